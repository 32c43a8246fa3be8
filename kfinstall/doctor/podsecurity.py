"""The Pod Security Standards: what a pod template has that a level does not allow.

Source: kubernetes.io/docs/concepts/security/pod-security-standards; kubernetes v1.36, k8s.io/pod-security-admission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kfinstall.health.model import part

Spec = Mapping[str, Any]
_ADDABLE = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip
_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "image",
    "name",
}  # fmt: skip
LEVELS = ("privileged", "baseline", "restricted")


def violations(spec: Spec, level: str) -> tuple[str, ...]:
    """Give what a pod of this spec has that the level forbids, in the admission plugin's words; nothing for none."""
    rules: Sequence[Callable[[Spec], Iterator[str]]] = _RULES.get(level, ())
    return tuple(dict.fromkeys(found for rule in rules for found in rule(spec)))


def _all_containers(spec: Spec) -> list[Spec]:
    return [one for field in ("initContainers", "containers") for one in spec.get(field) or ()]


def _security(container: Spec) -> Spec:
    return part(container, "securityContext")


def _host(spec: Spec) -> Iterator[str]:
    if shared := [field for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]:
        yield f"host namespaces ({', '.join(shared)})"
    for volume in spec.get("volumes") or ():
        if "hostPath" in volume:
            yield f'hostPath volumes (volume "{volume.get("name")}")'
    for container in _all_containers(spec):
        if any(port.get("hostPort") for port in container.get("ports") or ()):
            yield f'hostPort (container "{container.get("name")}")'


def _power(spec: Spec) -> Iterator[str]:
    for container in _all_containers(spec):
        security = _security(container)
        added = set(part(security, "capabilities").get("add") or ())
        if security.get("privileged"):
            yield f'privileged (container "{container.get("name")}")'
        if forbidden := sorted(added - _ADDABLE):
            yield f'non-default capabilities (container "{container.get("name")}" adds {", ".join(forbidden)})'
    for holder in (spec, *_all_containers(spec)):
        if part(part(holder, "securityContext"), "seccompProfile").get("type") == "Unconfined":
            yield "seccompProfile (Unconfined)"


def _escalation(spec: Spec) -> Iterator[str]:
    for container in _all_containers(spec):
        security, name = _security(container), container.get("name")
        capabilities = part(security, "capabilities")
        if security.get("allowPrivilegeEscalation") is not False:
            yield f'allowPrivilegeEscalation != false (container "{name}")'
        if "ALL" not in (capabilities.get("drop") or ()):
            yield f'unrestricted capabilities (container "{name}" must drop ALL)'
        if set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}:
            yield f'unrestricted capabilities (container "{name}" adds others than NET_BIND_SERVICE)'


def _user(spec: Spec) -> Iterator[str]:
    pod = part(spec, "securityContext")
    for container in _all_containers(spec):
        security, name = _security(container), container.get("name")
        if security.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
            yield f'runAsNonRoot != true (container "{name}")'
        if security.get("runAsUser", pod.get("runAsUser")) == 0:
            yield f'runAsUser=0 (container "{name}")'
        profile = part(security, "seccompProfile") or part(pod, "seccompProfile")
        if profile.get("type") not in ("RuntimeDefault", "Localhost"):
            yield f'seccompProfile (container "{name}" must be RuntimeDefault or Localhost)'


def _volume_types(spec: Spec) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        if kinds := set(volume) - _VOLUMES:
            yield f'restricted volume types (volume "{volume.get("name")}" is {", ".join(sorted(kinds))})'


_BASELINE = (_host, _power)
_RULES = {"baseline": _BASELINE, "restricted": (*_BASELINE, _escalation, _user, _volume_types)}
