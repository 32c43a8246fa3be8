"""Where a manifest holds pod templates, and what those templates refer to by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.resource import GroupKind, Manifest, gvk_of

_TEMPLATE = ("spec", "template")
POD_TEMPLATES: Mapping[GroupKind, tuple[str, ...]] = {
    GroupKind("", "Pod"): (),
    GroupKind("", "ReplicationController"): _TEMPLATE,
    GroupKind("apps", "Deployment"): _TEMPLATE,
    GroupKind("apps", "ReplicaSet"): _TEMPLATE,
    GroupKind("apps", "StatefulSet"): _TEMPLATE,
    GroupKind("apps", "DaemonSet"): _TEMPLATE,
    GroupKind("batch", "Job"): _TEMPLATE,
    GroupKind("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    GroupKind("kubeflow.org", "Notebook"): _TEMPLATE,
    GroupKind("kubeflow.org", "TFJob"): ("spec", "tfReplicaSpecs", "*", "template"),
    GroupKind("kubeflow.org", "PyTorchJob"): ("spec", "pytorchReplicaSpecs", "*", "template"),
    GroupKind("kubeflow.org", "MPIJob"): ("spec", "mpiReplicaSpecs", "*", "template"),
    GroupKind("kubeflow.org", "XGBoostJob"): ("spec", "xgbReplicaSpecs", "*", "template"),
    GroupKind("kubeflow.org", "PaddleJob"): ("spec", "paddleReplicaSpecs", "*", "template"),
    GroupKind("kubeflow.org", "JAXJob"): ("spec", "jaxReplicaSpecs", "*", "template"),
    GroupKind("argoproj.io", "Workflow"): (),
}
"""Kind -> where its pod templates are; `*` is every value. Source: the API types of each kind."""

SERVICE_ACCOUNT = GroupKind("", "ServiceAccount")
CONFIG_MAP, SECRET = GroupKind("", "ConfigMap"), GroupKind("", "Secret")
CLAIM = GroupKind("", "PersistentVolumeClaim")


class Reference(NamedTuple):
    """A name in a pod template, what kind of resource it names, how it is used, and whether it may be missing."""

    kind: GroupKind
    name: str
    how: str
    is_optional: bool = False


def pod_templates(manifest: Manifest) -> tuple[Mapping[str, Any], ...]:
    """Give the pod templates in a manifest: mappings with `metadata` and `spec`; none for a kind that makes no pods."""
    path = POD_TEMPLATES.get(gvk_of(manifest).group_kind)
    return tuple(_follow(manifest, path)) if path is not None else ()


def _follow(value: Any, path: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    if not isinstance(value, Mapping):
        return
    if not path:
        yield value
        return
    steps = list(value.values()) if path[0] == "*" else [value.get(path[0])]
    for step in steps:
        yield from _follow(step, path[1:])


def references(spec: Mapping[str, Any]) -> Iterator[Reference]:
    """Give what a pod spec names: its ServiceAccount, ConfigMaps, Secrets, claims and classes."""
    yield Reference(SERVICE_ACCOUNT, str(spec.get("serviceAccountName") or "default"), "runs as it")
    yield from _classes(spec)
    for secret in _mappings(spec.get("imagePullSecrets")):
        yield Reference(SECRET, str(secret.get("name")), "pulls images with it", is_optional=True)
    for volume in _mappings(spec.get("volumes")):
        yield from _volume(volume)
    for container in (*_mappings(spec.get("initContainers")), *_mappings(spec.get("containers"))):
        yield from _environment(container)


def _classes(spec: Mapping[str, Any]) -> Iterator[Reference]:
    if name := spec.get("priorityClassName"):
        yield Reference(GroupKind("scheduling.k8s.io", "PriorityClass"), str(name), "has its priority")
    if name := spec.get("runtimeClassName"):
        yield Reference(GroupKind("node.k8s.io", "RuntimeClass"), str(name), "runs in it")


def _volume(volume: Mapping[str, Any]) -> Iterator[Reference]:
    how = f"mounts it as volume '{volume.get('name')}'"
    if claim := _mapping(volume.get("persistentVolumeClaim")):
        yield Reference(CLAIM, str(claim.get("claimName")), how)
    for source in (volume, *_mappings(_mapping(volume.get("projected")).get("sources"))):
        if config := _mapping(source.get("configMap")):
            yield Reference(CONFIG_MAP, str(config.get("name")), how, bool(config.get("optional")))
        if secret := _mapping(source.get("secret")):
            yield Reference(
                SECRET, str(secret.get("secretName") or secret.get("name")), how, bool(secret.get("optional"))
            )


def _environment(container: Mapping[str, Any]) -> Iterator[Reference]:
    who = f"container '{container.get('name')}'"
    for source in _mappings(container.get("envFrom")):
        yield from _named(source, "configMapRef", "secretRef", f"{who} takes its environment from it")
    for variable in _mappings(container.get("env")):
        source = _mapping(variable.get("valueFrom"))
        yield from _named(source, "configMapKeyRef", "secretKeyRef", f"{who} takes {variable.get('name')} from it")


def _named(source: Mapping[str, Any], config: str, secret: str, how: str) -> Iterator[Reference]:
    for field, kind in ((config, CONFIG_MAP), (secret, SECRET)):
        if named := _mapping(source.get(field)):
            yield Reference(kind, str(named.get("name")), how, bool(named.get("optional")))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
