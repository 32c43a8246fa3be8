"""Edges from what a pod template names, and from what storage and routing name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.plan.annotations import generated_by, lenient
from kfinstall.plan.edges.scene import Scene, Workload
from kfinstall.plan.model import Edge
from kfinstall.plan.templates import SECRET, references
from kfinstall.resource import Resource, ResourceId

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_OF_CLUSTER = frozenset({"PriorityClass", "RuntimeClass"})


def named_before_workload(scene: Scene) -> Iterator[Edge]:
    """What a pod template names is there before its pods: a claim only applied, since it may wait for them."""
    for workload in scene.workloads:
        for group_kind, name, how, _ in references(workload.spec):
            namespace = "" if group_kind.kind in _OF_CLUSTER else workload.id.namespace
            yield from scene.edge(ResourceId(*group_kind, namespace, name), workload.id, "applied", how)


def generator_before_users(scene: Scene) -> Iterator[Edge]:
    """A Job that makes a Secret is complete before the pods that cannot start without it."""
    makers = dict(_secrets_made(scene))
    for workload in scene.workloads if makers else ():
        for group_kind, name, how, is_optional in references(workload.spec):
            maker = makers.get((workload.id.namespace, name))
            if group_kind == SECRET and maker and not is_optional:
                yield from scene.edge(maker, workload.id, "healthy", f"makes Secret '{name}': {how}")


def _secrets_made(scene: Scene) -> Iterator[tuple[tuple[str, str], ResourceId]]:
    for workload in scene.workloads:
        for secret in lenient(generated_by, workload.template) or ():
            yield (workload.id.namespace, secret.name), workload.id


def service_before_stateful_set(scene: Scene) -> Iterator[Edge]:
    """The headless Service that gives a StatefulSet's pods their names is there before them."""
    for stateful_set in scene.of("apps", "StatefulSet"):
        name = (stateful_set.manifest.get("spec") or {}).get("serviceName")
        before = ResourceId("", "Service", stateful_set.id.namespace, str(name))
        yield from scene.edge(before, stateful_set.id, "applied", "names its pods")


def class_before_claim(scene: Scene) -> Iterator[Edge]:
    """A StorageClass is there before the claims that name it, or name none where it is the default."""
    default = _default_class(scene)
    for claim in scene.of("", "PersistentVolumeClaim"):
        yield from _class_edge(scene, claim.manifest.get("spec") or {}, claim, default)
    for stateful_set in scene.of("apps", "StatefulSet"):
        for template in (stateful_set.manifest.get("spec") or {}).get("volumeClaimTemplates") or ():
            yield from _class_edge(scene, template.get("spec") or {}, stateful_set, default)


def _class_edge(scene: Scene, spec: Mapping[str, Any], user: Resource, default: str) -> list[Edge]:
    name = spec.get("storageClassName")
    reason = "claims a volume of this class" if name else "claims a volume of the default class"
    before = ResourceId("storage.k8s.io", "StorageClass", "", default if name is None else str(name))
    return scene.edge(before, user.id, "applied", reason)


def _default_class(scene: Scene) -> str:
    for storage_class in scene.of("storage.k8s.io", "StorageClass"):
        annotations = storage_class.manifest["metadata"].get("annotations") or {}
        if annotations.get(_DEFAULT_CLASS) == "true":
            return storage_class.id.name
    return ""


def volume_before_claim(scene: Scene) -> Iterator[Edge]:
    """A volume made by hand is there before a claim that could be bound to it."""
    for volume in scene.of("", "PersistentVolume"):
        for claim in scene.of("", "PersistentVolumeClaim"):
            if _may_bind(volume, claim):
                yield from scene.edge(volume.id, claim.id, "applied", "may be bound to this volume")


def _may_bind(volume: Resource, claim: Resource) -> bool:
    has, wants = volume.manifest.get("spec") or {}, claim.manifest.get("spec") or {}
    if wants.get("volumeName"):
        return bool(wants["volumeName"] == volume.id.name)
    if reserved := has.get("claimRef"):
        return (reserved.get("namespace"), reserved.get("name")) == (claim.id.namespace, claim.id.name)
    return (has.get("storageClassName") or "") == (wants.get("storageClassName") or "")


def target_before_autoscaler(scene: Scene) -> Iterator[Edge]:
    """An autoscaler comes after what it scales."""
    for autoscaler in scene.of("autoscaling", "HorizontalPodAutoscaler"):
        target = (autoscaler.manifest.get("spec") or {}).get("scaleTargetRef") or {}
        group = str(target.get("apiVersion") or "").rpartition("/")[0]
        before = ResourceId(group, str(target.get("kind")), autoscaler.id.namespace, str(target.get("name")))
        yield from scene.edge(before, autoscaler.id, "applied", "is scaled by it")


def pull_secret_before_account(scene: Scene) -> Iterator[Edge]:
    """A pull Secret is there before the ServiceAccount that hands it out; a token Secret after its ServiceAccount."""
    for account in scene.of("", "ServiceAccount"):
        for secret in account.manifest.get("imagePullSecrets") or ():
            before = ResourceId("", "Secret", account.id.namespace, str(secret.get("name")))
            yield from scene.edge(before, account.id, "applied", "hands it to its pods")
    for secret in scene.of("", "Secret"):
        if secret.manifest.get("type") == "kubernetes.io/service-account-token":
            annotations = secret.manifest["metadata"].get("annotations") or {}
            name = str(annotations.get("kubernetes.io/service-account.name"))
            account_id = ResourceId("", "ServiceAccount", secret.id.namespace, name)
            yield from scene.edge(account_id, secret.id, "applied", "gets its token")


def workloads_of(scene: Scene, service: ResourceId) -> list[Workload]:
    """Give the workloads whose pods a Service sends its traffic to."""
    found = scene.by_id.get(service)
    selector = ((found.manifest.get("spec") or {}).get("selector") or {}) if found else {}
    candidates = scene.workloads_in.get(service.namespace, ()) if selector else ()
    return [w for w in candidates if all(w.labels.get(key) == value for key, value in selector.items())]
