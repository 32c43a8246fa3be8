"""The shape of the fields that a plan reads: where a manifest has another, it is said at once, and at its place.

Everything else is left to the API server, which knows all fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from kfinstall.errors import InputError
from kfinstall.plan.templates import POD_TEMPLATES, pod_templates
from kfinstall.resource import GroupKind, Manifest, Resource, gvk_of


class Scalar(NamedTuple):
    """A value without parts: what it is called, and which types it may have."""

    name: str
    types: tuple[type, ...]


Shape: TypeAlias = Mapping[str, Any] | list[Any] | Scalar
"""A mapping with the shapes of some of its fields, a list with that of its items, or a scalar. Null fits everywhere."""

TEXT = Scalar("text", (str,))
NUMBER = Scalar("a number", (int, float))
ANYTHING = Scalar("anything", (object,))

_NAMED: Mapping[str, Any] = {"labels": {}, "annotations": {}}
_ALL: Shape = {"apiVersion": TEXT, "kind": TEXT, "metadata": {"name": TEXT, "namespace": TEXT, **_NAMED}}
_TEMPLATE: Shape = {"metadata": _NAMED, "spec": {}}
_SELECTOR: Shape = {"matchLabels": {}, "matchExpressions": [{"values": [ANYTHING]}]}
_RULES: Shape = [{"apiGroups": [ANYTHING], "resources": [ANYTHING], "verbs": [ANYTHING], "operations": [ANYTHING]}]
_CLIENT: Shape = {"service": {}}
_BINDING: Shape = {"roleRef": {}, "subjects": [{}]}
_ROLE: Shape = {"rules": _RULES}
_WEBHOOKS: Shape = {
    "webhooks": [
        {"clientConfig": _CLIENT, "rules": _RULES, "namespaceSelector": _SELECTOR, "objectSelector": _SELECTOR}
    ]
}
_BACKEND: Shape = {"service": {}}
_ROUTE: Shape = {"spec": {"parentRefs": [{}]}}
_ADMISSION, _RBAC, _ROUTES = "admissionregistration.k8s.io", "rbac.authorization.k8s.io", "gateway.networking.k8s.io"

SHAPES: Mapping[GroupKind, Shape] = {
    GroupKind("", "Secret"): {"data": {}},
    GroupKind("", "Service"): {"spec": {"selector": {}}},
    GroupKind("", "ServiceAccount"): {"imagePullSecrets": [{}]},
    GroupKind("", "PersistentVolume"): {"spec": {"claimRef": {}}},
    GroupKind("", "PersistentVolumeClaim"): {"spec": {}},
    GroupKind("apps", "StatefulSet"): {
        "spec": {
            "replicas": NUMBER,
            "ordinals": {"start": NUMBER},
            "selector": _SELECTOR,
            "volumeClaimTemplates": [{"metadata": {"name": TEXT}, "spec": {}}],
        }
    },
    GroupKind("autoscaling", "HorizontalPodAutoscaler"): {"spec": {"scaleTargetRef": {}}},
    GroupKind("networking.k8s.io", "Ingress"): {
        "spec": {"tls": [{}], "defaultBackend": _BACKEND, "rules": [{"http": {"paths": [{"backend": _BACKEND}]}}]}
    },
    GroupKind(_ROUTES, "Gateway"): {"spec": {}},
    **{GroupKind(_ROUTES, f"{kind}Route"): _ROUTE for kind in ("HTTP", "GRPC", "TLS", "TCP", "UDP")},
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): {
        "spec": {"names": {}, "versions": [{}], "conversion": {"webhook": {"clientConfig": _CLIENT}}}
    },
    GroupKind("apiregistration.k8s.io", "APIService"): {"spec": _CLIENT},
    **{GroupKind(_RBAC, kind): _BINDING for kind in ("RoleBinding", "ClusterRoleBinding")},
    **{GroupKind(_RBAC, kind): _ROLE for kind in ("Role", "ClusterRole")},
    **{GroupKind(_ADMISSION, f"{kind}WebhookConfiguration"): _WEBHOOKS for kind in ("Mutating", "Validating")},
    **{GroupKind(_ADMISSION, f"{kind}AdmissionPolicyBinding"): {"spec": {}} for kind in ("Mutating", "Validating")},
}
"""What is read of each kind by the rules of `edges`, by `normalise` and by `companions`. Source: the API types."""


def check_shape(resource: Resource) -> list[InputError]:
    """Give a mistake for each field of a resource that is read and is of another shape than it must be."""
    manifest = resource.manifest
    return [_mistake(found, resource) for found in _wrong(manifest, _ALL, "")] or [
        _mistake(found, resource) for found in _wrong_parts(manifest)
    ]


class _Wrong(NamedTuple):
    """A field that is no what it should be."""

    field: str
    wanted: str


def _wrong_parts(manifest: Manifest) -> Iterator[_Wrong]:
    group_kind = gvk_of(manifest).group_kind
    makes_pods: Shape = {"spec": {}} if group_kind in POD_TEMPLATES else {}
    for shape in (makes_pods, SHAPES.get(group_kind, {})):
        yield from _wrong(manifest, shape, "")
    for template in pod_templates(manifest):
        yield from _wrong(template, _TEMPLATE, "" if template is manifest else "template")


def _wrong(value: Any, shape: Shape, path: str) -> Iterator[_Wrong]:
    if value is None:
        return
    if isinstance(shape, Scalar):
        if not isinstance(value, shape.types):
            yield _Wrong(path, shape.name)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield _Wrong(path, "a list")
            return
        for at, item in enumerate(value):
            yield from _wrong_item(item, shape[0], f"{path}[{at}]")
    elif not isinstance(value, dict):
        yield _Wrong(path, "a mapping")
    else:
        for name, inner in shape.items():
            yield from _wrong(value.get(name), inner, f"{path}.{name}" if path else name)


def _wrong_item(item: Any, shape: Shape, path: str) -> Iterator[_Wrong]:
    """Null is nothing to leave out in a list."""
    if item is None and isinstance(shape, Mapping):
        yield _Wrong(path, "a mapping")
    else:
        yield from _wrong(item, shape, path)


def _mistake(wrong: _Wrong, resource: Resource) -> InputError:
    metadata = resource.manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    what = f"{resource.manifest.get('kind')} {name}" if name else f"a {resource.manifest.get('kind')}"
    hint = "the API server takes nothing else there"
    return InputError(f"'{wrong.field}' of {what} is not {wrong.wanted}", origin=resource.origin, hint=hint)
