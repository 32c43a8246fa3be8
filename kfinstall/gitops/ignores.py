"""Fields of a set that controllers write, which Argo CD must not call a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kfinstall.plan.annotations import generated_by
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import GroupKind, Manifest, Resource

HPA: Final = GroupKind("autoscaling", "HorizontalPodAutoscaler")
CLUSTER_ROLE: Final = GroupKind("rbac.authorization.k8s.io", "ClusterRole")
CRD: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
API_SERVICE: Final = GroupKind("apiregistration.k8s.io", "APIService")
SECRET: Final = GroupKind("", "Secret")
CERTIFICATE_OF_WEBHOOKS: Final = ".webhooks[]?.clientConfig.caBundle"
CERTIFICATE_OF_DEFINITION: Final = ".spec.conversion.webhook.clientConfig.caBundle"
AGGREGATED_RULES: Final = ".rules"
SCALED_REPLICAS: Final = ".spec.replicas"
"""Fields as jq names them, which is how Argo CD is told to leave them alone."""
_WEBHOOKS: Final = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


class Ignored(NamedTuple):
    """Fields of one resource, as jq names them."""

    resource: Resource
    paths: tuple[str, ...]


def ignored(resources: Sequence[Resource]) -> tuple[Ignored, ...]:
    """Give the fields that others write, in the order of the resources; nothing for a field that the set states."""
    scaled = frozenset(_scaled(resources))
    made = frozenset(_made(resources))
    found = (Ignored(one, tuple(_paths(one, scaled, made))) for one in resources)
    return tuple(one for one in found if one.paths)


def _paths(resource: Resource, scaled: frozenset[tuple[str, ...]], made: frozenset[tuple[str, ...]]) -> Iterator[str]:
    manifest, id = resource.manifest, resource.id
    if find := _BY_KIND.get(id.group_kind):
        yield from find(manifest)
    if (id.namespace, id.kind, id.name) in scaled:
        yield SCALED_REPLICAS
    if id.group_kind == SECRET and ((id.namespace, id.name) in made or not _holds_anything(manifest)):
        yield ".data"


def _scaled(resources: Sequence[Resource]) -> Iterator[tuple[str, ...]]:
    """Give what autoscalers of the set scale: (namespace, kind, name)."""
    for resource in resources:
        if resource.id.group_kind == HPA:
            target = (resource.manifest.get("spec") or {}).get("scaleTargetRef") or {}
            yield resource.id.namespace, str(target.get("kind")), str(target.get("name"))


def _made(resources: Sequence[Resource]) -> Iterator[tuple[str, ...]]:
    """Give the Secrets that Jobs of the set make: (namespace, name)."""
    for resource in resources:
        for template in pod_templates(resource.manifest):
            for one in generated_by(template):
                yield resource.id.namespace, one.name


def _holds_anything(manifest: Manifest) -> bool:
    return bool(manifest.get("data") or manifest.get("stringData"))


def _of_webhooks(manifest: Manifest) -> Iterator[str]:
    if any("caBundle" not in (one.get("clientConfig") or {}) for one in manifest.get("webhooks") or ()):
        yield CERTIFICATE_OF_WEBHOOKS


def _of_definition(manifest: Manifest) -> Iterator[str]:
    conversion = (manifest.get("spec") or {}).get("conversion") or {}
    client: Mapping[str, Any] = (conversion.get("webhook") or {}).get("clientConfig") or {}
    if conversion.get("strategy") == "Webhook" and "caBundle" not in client:
        yield CERTIFICATE_OF_DEFINITION


def _of_role(manifest: Manifest) -> Iterator[str]:
    if manifest.get("aggregationRule"):
        yield AGGREGATED_RULES


def _of_api_service(manifest: Manifest) -> Iterator[str]:
    if "caBundle" not in (manifest.get("spec") or {}):
        yield ".spec.caBundle"


_BY_KIND: Mapping[GroupKind, Callable[[Manifest], Iterator[str]]] = {
    **{GroupKind("admissionregistration.k8s.io", kind): _of_webhooks for kind in _WEBHOOKS},
    CRD: _of_definition,
    CLUSTER_ROLE: _of_role,
    API_SERVICE: _of_api_service,
}
"""Kind -> the fields that others write of a manifest.

Source:  cert-manager's ca-injector and the certificate rotators of operators (caBundle); kube-controller-manager, which
aggregates roles.
"""
