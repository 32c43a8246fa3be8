"""What names a resource while a tree is built: its id now, and the ids it had before.

A build compares ids as kustomize does: with the version, and with the namespace a resource is effectively in.
"""

from __future__ import annotations

from kfinstall.errors import InputError, about, collect, raise_all
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.scalar import source_text
from kfinstall.resource import Bookkeeping, Manifest, Origin, Resource, ResourceId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

CLUSTER = "_non_namespaceable_"
"""Stands for the namespace of a resource that is in none; it is what a selector's pattern is matched against."""

DEFAULT = "default"

CLUSTER_SCOPED = frozenset(
    f"{api}/{version} {kind}" if api else f"{version} {kind}"
    for api, versions, kinds in (
        ("", "v1", "ComponentStatus Namespace Node NodeProxyOptions PersistentVolume"),
        (
            "admissionregistration.k8s.io",
            "v1 v1beta1",
            "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        ),
        ("apiextensions.k8s.io", "v1 v1beta1", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "v1 v1beta1", "APIService"),
        ("certificates.k8s.io", "v1 v1beta1", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema PriorityLevelConfiguration"),
        ("networking.k8s.io", "v1 v1beta1", "IngressClass"),
        ("node.k8s.io", "v1 v1beta1", "RuntimeClass"),
        ("policy", "v1beta1", "PodSecurityPolicy"),
        ("rbac.authorization.k8s.io", "v1 v1beta1", "ClusterRole ClusterRoleBinding"),
        ("scheduling.k8s.io", "v1 v1beta1", "PriorityClass"),
        ("storage.k8s.io", "v1 v1beta1", "CSIDriver StorageClass VolumeAttachment"),
        ("storage.k8s.io", "v1", "CSINode"),
    )
    for version in versions.split()
    for kind in kinds.split()
)
"""Kinds that are in no namespace for kustomize, as `apiVersion kind`; any other is in one.

Source: kustomize v5.8.1, kyaml/openapi, precomputedIsNamespaceScoped (the kinds of Kubernetes 1.21).
"""


class BuildId(NamedTuple):
    """One id of a resource; `namespace` is the effective one: never empty."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        scope = "" if self.namespace in (CLUSTER, DEFAULT) else f"{self.namespace}/"
        return f"{self.kind}.{self.group} {scope}{self.name}" if self.group else f"{self.kind} {scope}{self.name}"


def text_of(value: Any) -> str:
    """Give a scalar of a manifest as the text that names are compared by; none and collections give no text."""
    if type(value) is str:
        return value
    return "" if value is None else source_text(value)


def metadata_of(manifest: Manifest) -> dict[str, Any]:
    """Give the metadata of a manifest, empty when it has none."""
    metadata = manifest.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def name_of(resource: Resource) -> str:
    """Give the name a resource has now."""
    return text_of(metadata_of(resource.manifest).get("name"))


def namespace_of(resource: Resource) -> str:
    """Give the namespace a resource says it is in; empty when it says none."""
    return text_of(metadata_of(resource.manifest).get("namespace"))


def kind_of(resource: Resource) -> str:
    """Give the kind of a resource."""
    return text_of(resource.manifest.get("kind"))


def group_version(manifest: Manifest) -> tuple[str, str]:
    """Give the group and version of a manifest, split at the first slash as kustomize does."""
    api_version = text_of(manifest.get("apiVersion"))
    group, slash, version = api_version.partition("/")
    return (group, version) if slash else ("", api_version)


def is_cluster_scoped(resource: Resource) -> bool:
    """Is it of a kind that is in no namespace?"""
    manifest = resource.manifest
    return f"{manifest.get('apiVersion')} {manifest.get('kind')}" in CLUSTER_SCOPED or resource.notes.in_no_namespace


def effective_namespace(resource: Resource) -> str:
    """Give the namespace it is in: `CLUSTER` for none, `DEFAULT` when it says nothing."""
    return CLUSTER if is_cluster_scoped(resource) else namespace_of(resource) or DEFAULT


def current_id(resource: Resource) -> BuildId:
    """Give the id it has now."""
    manifest = resource.manifest
    api_version, kind, metadata = (
        text_of(manifest.get("apiVersion")),
        text_of(manifest.get("kind")),
        metadata_of(manifest),
    )
    group, slash, version = api_version.partition("/")
    if not slash:
        group, version = "", api_version
    is_clustered = f"{api_version} {kind}" in CLUSTER_SCOPED or resource.notes.in_no_namespace
    namespace = CLUSTER if is_clustered else text_of(metadata.get("namespace")) or DEFAULT
    return BuildId(group, version, kind, namespace, text_of(metadata.get("name")))


def previous_ids(resource: Resource) -> list[BuildId]:
    """Give the ids it had before, oldest first, with the group and version that it has now."""
    if not resource.former_ids:
        return []
    group, version = group_version(resource.manifest)
    return [BuildId(group, version, old.kind, old.namespace or CLUSTER, old.name) for old in resource.former_ids]


def all_ids(resource: Resource) -> list[BuildId]:
    """Give the ids it had before, then the one it has now."""
    return [*previous_ids(resource), current_id(resource)]


def original_id(resource: Resource) -> BuildId:
    """Give the id it had first."""
    return previous_ids(resource)[0] if resource.former_ids else current_id(resource)


def remember_id(resource: Resource) -> Resource:
    """Note the id it has now among its former ones, before something changes it."""
    group, _, kind, namespace, name = current_id(resource)
    if "," in name or "," in namespace:
        message = f"the name or the namespace of {current_id(resource)} has a comma"
        raise InputError(message, origin=resource.origin, hint="take it out: names are listed with commas between them")
    former = ResourceId(group, kind, "" if namespace == CLUSTER else namespace, name)
    manifest = resource.manifest
    if manifest.get("metadata", {}) is None:  # kustomize keeps former ids there
        manifest = {**manifest, "metadata": {}}
    return Resource(manifest, resource.origin, (*resource.former_ids, former), resource.notes)


def has_books(resource: Resource) -> bool:
    """Has kustomize noted something of it by now? It does so among the annotations, which then are there."""
    notes = resource.notes
    books = (notes.prefixes, notes.suffixes, notes.needs_hash, notes.behavior, notes.source)
    return bool(resource.former_ids) or any(books)


def with_manifest(resource: Resource, manifest: Manifest) -> Resource:
    """Give the resource with another manifest; the same object if it is the one it has.

    What changed in one place of a shared text changes in all of them.
    """
    if manifest is resource.manifest:
        return resource
    if resource.notes.shared:
        from kfinstall.build.shared import spread

        manifest = spread(resource.manifest, manifest, resource.notes.shared)
    return Resource(manifest, resource.origin, resource.former_ids, resource.notes)


def with_notes(resource: Resource, notes: Bookkeeping) -> Resource:
    """Give the resource with other bookkeeping."""
    return Resource(resource.manifest, resource.origin, resource.former_ids, notes)


def with_untyped(resource: Resource) -> Resource:
    """Note of a resource that text may stand in it which has no type yet."""
    return resource if resource.notes.has_untyped else with_notes(resource, resource.notes._replace(has_untyped=True))


def index_ids(resources: Iterable[Resource]) -> dict[BuildId, list[int]]:
    """Give, for each id that a resource has or had, the positions of the resources, in order."""
    index: dict[BuildId, list[int]] = {}
    for position, resource in enumerate(resources):
        for one in dict.fromkeys(all_ids(resource)):
            index.setdefault(one, []).append(position)
    return index


def require_unique(resources: Iterable[Resource], message: str = "") -> None:
    """Refuse two resources with one id; every pair is named with both places.

    Raises: InputError, or a group of them.
    """
    seen: dict[BuildId, Origin] = {}
    errors = []
    for resource in resources:
        one = current_id(resource)
        if one in seen:
            errors.append(_duplicate(one, seen[one], resource.origin, message))
        else:
            seen[one] = resource.origin
    raise_all(errors)


def _duplicate(one: BuildId, first: Origin, second: Origin, message: str) -> InputError:
    hint = "remove one of them, or give them different names, prefixes or namespaces"
    if first == second:
        hint = "the same file is reached twice; include it once, in a base that both share"
    return InputError(
        message or f"{one} is already there: {first}", origin=second, hint=hint, premise=about(one.kind, one.name)
    )


def map_resources(resources: Iterable[Resource], change: Callable[[Resource], Resource]) -> tuple[Resource, ...]:
    """Change each resource; the mistakes found in all of them are raised together."""
    return tuple(collect(resources, change))
