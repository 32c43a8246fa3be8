"""Containers that cannot be created, or run and are not ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.doctor.checks.mounts import from_render
from kfinstall.doctor.grouping import by_workload, ids, place, said
from kfinstall.doctor.kinds import CONFIG_MAP, POD, SECRET
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.running import Trouble, is_stopped_by_probe, live_pods, times, waiting
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.containers import Container
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, as_int, is_true, last_words
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

_CONFIG_REASONS = ("CreateContainerConfigError", "CreateContainerError")
_PROBE_MARGIN_S = 30.0


def _find_not_created(snapshot: Snapshot) -> Iterator[Found]:
    missing: dict[tuple[ResourceId, str], list[Manifest]] = {}
    others: list[tuple[Manifest, Trouble]] = []
    for pod, container in live_pods(snapshot):
        if waiting(container).get("reason") in _CONFIG_REASONS:
            absent = list(_absent(pod, container, snapshot))
            for one in absent:
                missing.setdefault(one, []).append(pod)
            if not absent:
                others.append((pod, _config_trouble(container)))
    for (id, key), pods in missing.items():
        yield _missing(id, key, pods, snapshot)
    for owner, trouble, found in by_workload(others, snapshot):
        yield Found(
            owner, f"container '{trouble.container}' cannot be created: {trouble.what}", trouble.hint, ids(found)
        )


def _missing(id: ResourceId, key: str, pods: list[Manifest], snapshot: Snapshot) -> Found:
    user = f"pod '{pods[0]['metadata']['name']}' takes its environment from it"
    kind = id.kind.lower()
    if key:
        message, hint = f"{id.kind} '{id.name}' has no key '{key}'; {user}", f"kubectl {place(id)}edit {kind} {id.name}"
    else:
        message = f"{id.kind} '{id.name}' does not exist in namespace '{id.namespace}'; {user}"
        generic = " generic" if kind == "secret" else ""
        hint = f"kubectl {place(id)}create {kind}{generic} {id.name} …"
    fix = () if key else from_render(id, snapshot)
    return Found(id, message, "it is in what is to be installed: kfinstall apply" if fix else hint, ids(pods), fix=fix)


def _absent(pod: Manifest, container: Container, snapshot: Snapshot) -> Iterator[tuple[ResourceId, str]]:
    """Give the objects, or the keys in them, that a container's environment names and that are not there."""
    namespace = str(pod["metadata"].get("namespace") or "")
    for kind, name, key in _environment(container.spec):
        if not snapshot.has(kind):
            continue
        live = snapshot.get(kind, namespace, name)
        if live is None:
            yield ResourceId(*kind, namespace, name), ""
        elif key and key not in {**part(live, "data"), **part(live, "binaryData")}:
            yield id_of(live), key


def _environment(spec: Mapping[str, Any]) -> Iterator[tuple[GroupKind, str, str]]:
    for variable in spec.get("env") or ():
        source = part(variable, "valueFrom")
        for kind, field in ((CONFIG_MAP, "configMapKeyRef"), (SECRET, "secretKeyRef")):
            if (named := part(source, field)) and not named.get("optional"):
                yield kind, str(named.get("name")), str(named.get("key"))
    for source in spec.get("envFrom") or ():
        for kind, field in ((CONFIG_MAP, "configMapRef"), (SECRET, "secretRef")):
            if (named := part(source, field)) and not named.get("optional"):
                yield kind, str(named.get("name")), ""


def _config_trouble(container: Container) -> Trouble:
    words = last_words(waiting(container).get("message") or waiting(container).get("reason") or "")
    security = {**part(container.spec, "securityContext")}
    hint = "see 'kubectl describe pod'"
    if "runAsNonRoot" in words or "non-root" in words:
        hint = "set securityContext.runAsUser to a number that is not 0, or take an image whose user is not root"
    elif "subPath" in words or "subpath" in words:
        hint = "make the folder that subPath names on the volume, or leave subPath out"
    elif security.get("privileged"):
        hint = "see whether the node allows privileged containers"
    return Trouble(container.name, words, hint)


def _find_not_ready(snapshot: Snapshot) -> Iterator[Found]:
    unready = (
        (pod, (container.name, "ready"))
        for pod, container in live_pods(snapshot)
        if _is_late(pod, container, snapshot) and not is_stopped_by_probe(pod, container, snapshot)
    )
    stopped = (
        (pod, (container.name, "alive"))
        for pod, container in live_pods(snapshot)
        if is_stopped_by_probe(pod, container, snapshot)
    )
    for owner, (name, what), pods in by_workload((*unready, *stopped), snapshot):
        probe = "readinessProbe" if what == "ready" else "livenessProbe"
        message = (
            f"container '{name}' runs and is not ready"
            if what == "ready"
            else f"container '{name}' is ended by its liveness probe again and again{times(pods)}"
        )
        yield Found(
            owner,
            message,
            f"look at its {probe} and its log: kubectl {place(owner)}logs {id_of(pods[0]).name} -c {name}",
            ids(pods),
            said(pods, snapshot, "Unhealthy", "ProbeWarning"),
            severity=Severity.ERROR if not _serves(owner, snapshot) else None,
        )


def _is_late(pod: Manifest, container: Container, snapshot: Snapshot) -> bool:
    running = part(part(container.status, "state"), "running")
    probe = part(container.spec, "readinessProbe") or part(container.spec, "startupProbe")
    allowed_s = _PROBE_MARGIN_S + as_int(probe.get("initialDelaySeconds"))
    is_unready = bool(running) and not container.status.get("ready") and not container.is_init
    return is_unready and age_s(running.get("startedAt"), snapshot.now) > allowed_s


def _serves(owner: ResourceId, snapshot: Snapshot) -> bool:
    """Is any pod of it ready?"""
    live = snapshot.find(owner)
    status = part(live, "status") if live else {}
    if owner.kind == "Pod":
        return live is not None and is_true(live, "Ready")
    return bool(as_int(status.get("readyReplicas")) or as_int(status.get("numberReady")))


CHECKS = (
    Check(
        "KF704",
        "A container cannot be created from its description",
        Severity.ERROR,
        _find_not_created,
        remedy="Create the ConfigMap, Secret or key, or correct the security context.",
        docs="""The reason is CreateContainerConfigError. Whether the ConfigMaps, Secrets and keys of its
environment are there is looked up. Other causes are an image whose user is root where runAsNonRoot
forbids it, and a subPath that is not on the volume.""",
        reads=(POD,),
        helps=(CONFIG_MAP, SECRET),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF705",
        "A container runs and its probes fail",
        Severity.WARNING,
        _find_not_ready,
        remedy="See what the probe asks, and what the program says.",
        docs="""A container that is not ready gets no traffic. One whose liveness probe fails is ended by the
kubelet: it ends well or by a signal, its restarts grow, and nothing looks wrong but the number. It
is an error where no pod of the workload is ready.""",
        reads=(POD,),
        is_proven=True,
    ),
)
