"""What a live resource leans on: where one is unwell, the cause may be in the others. Computed from objects alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from kfinstall.doctor.kinds import (
    API_SERVICE,
    APPLICATION,
    CLAIM,
    CRD,
    DAEMON_SET,
    FLUX_KUSTOMIZATION,
    GIT_REPOSITORY,
    HELM_RELEASE,
    INGRESS,
    JOB,
    MUTATING_WEBHOOKS,
    NODE,
    POD,
    REPLICA_SET,
    SERVICE,
    STATEFUL_SET,
    STORAGE_CLASS,
    VALIDATING_WEBHOOKS,
    VOLUME,
)
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.plan.templates import pod_templates, references
from kfinstall.resource import GroupKind, Manifest, ResourceId, gvk_of, id_of

_DEPTH = 6
_MAKES_PODS = (REPLICA_SET, STATEFUL_SET, DAEMON_SET, JOB)


def path_to(start: ResourceId, wanted: Collection[ResourceId], snapshot: Snapshot) -> tuple[ResourceId, ...] | None:
    """Give the shortest way from a resource to one of those that it leans on, both ends included; None without one."""
    came_from: dict[ResourceId, ResourceId | None] = {start: None}
    todo = deque([(start, 0)])
    while todo:
        at, depth = todo.popleft()
        if at in wanted:
            return _way(at, came_from)
        if depth < _DEPTH:
            for next in leans_on(at, snapshot):
                if next not in came_from:
                    came_from[next] = at
                    todo.append((next, depth + 1))
    return None


def _way(end: ResourceId, came_from: Mapping[ResourceId, ResourceId | None]) -> tuple[ResourceId, ...]:
    way: list[ResourceId] = []
    at: ResourceId | None = end
    while at is not None:
        way.append(at)
        at = came_from[at]
    return tuple(reversed(way))


def leans_on(id: ResourceId, snapshot: Snapshot) -> Iterator[ResourceId]:
    """Give what one resource leans on directly: what it owns, and what its manifest names. They need not exist."""
    manifest = snapshot.find(id)
    if manifest is None:
        return
    for child in snapshot.owned(manifest):
        if child.get("kind") != "Event":
            yield id_of(child)
    if follow := _FOLLOW.get(gvk_of(manifest).group_kind):
        yield from follow(manifest, snapshot)


def _of_pod(pod: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    yield from _of_template(pod, snapshot)
    if node := part(pod, "spec").get("nodeName"):
        yield _cluster_scoped(NODE, str(node))


def _of_template(manifest: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    """Give what pods of a manifest will name, also where none of them could be made."""
    namespace = str(part(manifest, "metadata").get("namespace") or "")
    for template in pod_templates(manifest):
        for reference in references(part(template, "spec")):
            scope = "" if reference.kind.group in {"scheduling.k8s.io", "node.k8s.io"} else namespace
            yield ResourceId(*reference.kind, scope, reference.name)


def _of_claim(claim: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    spec = part(claim, "spec")
    for kind, name in ((STORAGE_CLASS, spec.get("storageClassName")), (VOLUME, spec.get("volumeName"))):
        if name:
            yield _cluster_scoped(kind, str(name))


def _of_service(service: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    namespace = str(part(service, "metadata").get("namespace") or "")
    for pod in snapshot.labelled(POD, namespace, part(part(service, "spec"), "selector")):
        yield id_of(snapshot.top_owner(pod))
        yield id_of(pod)
    for kind in _MAKES_PODS:  # a workload whose pods were refused has none that carry the labels
        for workload in snapshot.in_namespace(kind, namespace):
            if any(_selects(service, template) for template in pod_templates(workload)):
                yield id_of(workload)


def _selects(service: Manifest, template: Mapping[str, object]) -> bool:
    selector = part(part(service, "spec"), "selector")
    labels = part(part(template, "metadata"), "labels")
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _of_ingress(ingress: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    namespace = str(part(ingress, "metadata").get("namespace") or "")
    spec = part(ingress, "spec")
    backends = [part(spec, "defaultBackend")]
    for rule in spec.get("rules") or ():
        backends += [part(path, "backend") for path in part(rule, "http").get("paths") or ()]
    for backend in backends:
        if name := part(backend, "service").get("name"):
            yield ResourceId(*SERVICE, namespace, str(name))


def _of_webhooks(manifest: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    yield from _services(part(webhook, "clientConfig") for webhook in manifest.get("webhooks") or ())


def _of_application(manifest: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    """Give what an Application of Argo CD keeps."""
    for one in part(manifest, "status").get("resources") or ():
        yield ResourceId(*(str(one.get(key) or "") for key in ("group", "kind", "namespace", "name")))


def _of_flux(manifest: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    """Give what an object of Flux takes its manifests from, what it waits for, and what it has applied."""
    spec, namespace = part(manifest, "spec"), str(part(manifest, "metadata").get("namespace") or "")
    source = part(spec, "sourceRef")
    if source.get("name"):
        group = GIT_REPOSITORY.group
        yield ResourceId(group, str(source.get("kind")), str(source.get("namespace") or namespace), str(source["name"]))
    for other in spec.get("dependsOn") or ():
        yield ResourceId(*gvk_of(manifest).group_kind, str(other.get("namespace") or namespace), str(other.get("name")))
    for entry in part(part(manifest, "status"), "inventory").get("entries") or ():
        where, name, group, kind = (str(entry.get("id")).split("_") + [""] * 4)[:4]
        yield ResourceId(group, kind, where, name)


def _of_api_service(manifest: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    yield from _services([part(manifest, "spec")])


def _of_crd(manifest: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    webhook = part(part(part(manifest, "spec"), "conversion"), "webhook")
    yield from _services([part(webhook, "clientConfig")])


def _services(holders: Iterable[Mapping[str, object]]) -> Iterator[ResourceId]:
    for holder in holders:
        service = part(holder, "service")
        if service.get("name"):
            yield ResourceId(*SERVICE, str(service.get("namespace") or ""), str(service["name"]))


def _cluster_scoped(kind: GroupKind, name: str) -> ResourceId:
    return ResourceId(kind.group, kind.kind, "", name)


_FOLLOW: Mapping[GroupKind, Callable[[Manifest, Snapshot], Iterator[ResourceId]]] = {
    POD: _of_pod,
    CLAIM: _of_claim,
    SERVICE: _of_service,
    INGRESS: _of_ingress,
    MUTATING_WEBHOOKS: _of_webhooks,
    VALIDATING_WEBHOOKS: _of_webhooks,
    API_SERVICE: _of_api_service,
    CRD: _of_crd,
    APPLICATION: _of_application,
    FLUX_KUSTOMIZATION: _of_flux,
    HELM_RELEASE: _of_flux,
    **dict.fromkeys(_MAKES_PODS, _of_template),
}
