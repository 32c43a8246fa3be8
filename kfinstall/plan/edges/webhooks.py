"""Edges of webhooks: who answers comes before the configuration, and that before what it judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kfinstall.plan.edges.pods import workloads_of
from kfinstall.plan.edges.scene import Scene, labels_of, matches
from kfinstall.plan.edges.scope import crds_by_kind
from kfinstall.plan.model import Edge
from kfinstall.plan.templates import POD_TEMPLATES
from kfinstall.resource import GroupKind, Resource, ResourceId

_GROUP = "admissionregistration.k8s.io"
_NAME_LABEL = "kubernetes.io/metadata.name"
_POD = GroupKind("", "Pod")


def _configurations(scene: Scene) -> list[Resource]:
    return scene.of(_GROUP, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def _webhooks(configuration: Resource) -> Iterable[Mapping[str, Any]]:
    return configuration.manifest.get("webhooks") or ()


def _service_of(client_config: Mapping[str, Any]) -> ResourceId | None:
    service = client_config.get("service")
    return ResourceId("", "Service", str(service.get("namespace")), str(service.get("name"))) if service else None


def backend_before_caller(scene: Scene) -> Iterator[Edge]:
    """What answers a webhook or an aggregated API is healthy before the API server is told to call it."""
    for caller, client_config in _callers(scene):
        service = _service_of(client_config)
        if service is None:
            continue
        yield from scene.edge(service, caller.id, "applied", "is called through this Service")
        for workload in workloads_of(scene, service):
            yield from scene.edge(workload.id, caller.id, "healthy", "answers its calls")


def _callers(scene: Scene) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for configuration in _configurations(scene):
        for webhook in _webhooks(configuration):
            yield configuration, webhook.get("clientConfig") or {}
    for api in scene.of("apiregistration.k8s.io", "APIService"):
        yield api, api.manifest.get("spec") or {}


def converter_before_custom_resources(scene: Scene) -> Iterator[Edge]:
    """What converts between the versions of a kind is healthy before resources of it are sent."""
    by_kind = crds_by_kind(scene)
    answering = {crd.id: _converters(scene, crd) for crd in by_kind.values()}
    for resource in scene.resources:
        crd = by_kind.get(resource.gvk.group_kind)
        for workload in answering[crd.id] if crd else ():
            yield from scene.edge(workload, resource.id, "healthy", "converts between the versions of its kind")


def _converters(scene: Scene, crd: Resource) -> list[ResourceId]:
    conversion = (crd.manifest.get("spec") or {}).get("conversion") or {}
    service = _service_of((conversion.get("webhook") or {}).get("clientConfig") or {})
    return [workload.id for workload in workloads_of(scene, service)] if service else []


def webhook_before_what_it_judges(scene: Scene) -> Iterator[Edge]:
    """A webhook is in force before what it is to judge or change, and before the pods that it is to see."""
    for configuration in _configurations(scene):
        for webhook in _webhooks(configuration):
            for resource in scene.resources:
                if judges(webhook, resource, scene):
                    yield from scene.edge(configuration.id, resource.id, "healthy", "is judged by this webhook")


def judges(webhook: Mapping[str, Any], resource: Resource, scene: Scene) -> bool:
    """Will a webhook see a resource, or the pods that are made for it, as far as labels in the scene say?"""
    return (
        _has_rule(webhook, resource, scene)
        and matches(webhook.get("namespaceSelector"), _namespace_labels(resource, scene))
        and matches(webhook.get("objectSelector"), _judged_labels(webhook, resource, scene))
    )


def _has_rule(webhook: Mapping[str, Any], resource: Resource, scene: Scene) -> bool:
    kinds = [resource.gvk.group_kind]
    if resource.gvk.group_kind in POD_TEMPLATES:
        kinds.append(_POD)
    return any(_covers(rule, kind, scene) for rule in webhook.get("rules") or () for kind in kinds)


def _covers(rule: Mapping[str, Any], kind: GroupKind, scene: Scene) -> bool:
    info = scene.kinds.get(kind)
    operations = rule.get("operations") or ()
    return (
        info is not None
        and any(name in (rule.get("apiGroups") or ()) for name in (kind.group, "*"))
        and any(name in (rule.get("resources") or ()) for name in (info.plural, "*", "*/*"))
        and any(name in operations for name in ("CREATE", "UPDATE", "*"))
    )


def _namespace_labels(resource: Resource, scene: Scene) -> Mapping[str, str]:
    name = resource.id.namespace or (resource.id.name if resource.gvk.kind == "Namespace" else "")
    namespace = scene.by_id.get(ResourceId("", "Namespace", "", name))
    return {**(labels_of(namespace.manifest) if namespace else {}), _NAME_LABEL: name}


def _judged_labels(webhook: Mapping[str, Any], resource: Resource, scene: Scene) -> Mapping[str, str]:
    """Give the labels the selector will see: for a webhook on pods those of the pods a workload makes."""
    if any(_covers(rule, resource.gvk.group_kind, scene) for rule in webhook.get("rules") or ()):
        return labels_of(resource.manifest)
    pods = [
        workload.labels for workload in scene.workloads_in.get(resource.id.namespace, ()) if workload.id == resource.id
    ]
    return pods[0] if pods else {}
