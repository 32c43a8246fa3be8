"""A resource's annotations as kustomize has them: all text, and its own books, kept in some of them, taken off.

Source: kustomize v5.8.1, api/resource/resource.go and api/internal/utils (annotations.go, makeResIds.go).
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import source_text
from kfinstall.resource import Bookkeeping, Manifest, Origin, Resource, ResourceId, gvk_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

INTERNAL = "internal.config.kubernetes.io/"
FORMER = tuple(f"{INTERNAL}previous{what}" for what in ("Kinds", "Namespaces", "Names"))
BOOKS = ("prefixes", "suffixes", "needsHashSuffix", "generatorBehavior", "helm-generated")
NOTES = tuple(f"{INTERNAL}{what}" for what in BOOKS)
OWN_ANNOTATIONS = frozenset(
    {
        *("config.kubernetes.io/index", "config.kubernetes.io/path", "config.k8s.io/id"),
        *("config.kubernetes.io/origin", "alpha.config.kubernetes.io/transformations"),
        *(f"{INTERNAL}{what}" for what in ("index", "path", "id", "seqindent", "refBy")),
        f"{INTERNAL}annotations-migration-resource-id",
        *(f"{INTERNAL}{what}" for what in ("allowNameChange", "allowKindChange")),
        *FORMER,
        *NOTES,
    }
)
"""Annotations kustomize keeps its books in; it removes them from what it prints."""


class Folded(str):
    """A folded annotation as it was read: it loses its style before it is printed, but for a JSON patch."""

    __slots__ = ()


def annotations_of(manifest: Manifest) -> Any:
    """Give `metadata.annotations`, whatever stands there; None when nothing does."""
    metadata = manifest.get("metadata")
    return metadata.get("annotations") if isinstance(metadata, dict) else None


def mapped_annotations(manifest: Manifest) -> Manifest:
    """Give the annotations as a mapping; an empty one where something else stands there, as kustomize takes it."""
    annotations = annotations_of(manifest)
    return annotations if isinstance(annotations, dict) else {}


def with_annotations(manifest: Manifest, annotations: Mapping[str, Any] | None) -> Manifest:
    """Give the manifest with other annotations; with none of them, the field goes."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "annotations"}
    return {**manifest, "metadata": {**metadata, "annotations": annotations} if annotations else metadata}


def take_books(resource: Resource) -> Resource:
    """Take kustomize's own annotations off: former ids and what was done to the name become fields of the resource.

    Raises: InputError for former names, namespaces and kinds that do not go together.
    """
    annotations = mapped_annotations(resource.manifest)
    if OWN_ANNOTATIONS.isdisjoint(annotations):
        return resource
    texts = {key: source_text(annotations[key]) for key in OWN_ANNOTATIONS & annotations.keys()}
    rest = {key: value for key, value in annotations.items() if key not in OWN_ANNOTATIONS}
    manifest = with_annotations(resource.manifest, rest)
    former_ids = _former_ids(resource.manifest, texts, resource.origin)
    return Resource(manifest, resource.origin, former_ids, _notes(texts, resource.notes))


def _former_ids(manifest: Manifest, annotations: Mapping[str, str], origin: Origin) -> tuple[ResourceId, ...]:
    if FORMER[2] not in annotations:
        return ()
    columns = [annotations.get(key, "").split(",") for key in FORMER]
    if len({len(column) for column in columns}) > 1:
        raise InputError("former names, namespaces and kinds differ in number", origin=origin, hint="remove them")
    group = gvk_of(manifest).group
    return tuple(
        ResourceId(group, kind, "" if namespace == "_non_namespaceable_" else namespace, name)
        for kind, namespace, name in zip(*columns, strict=True)
    )


def _notes(annotations: Mapping[str, str], notes: Bookkeeping) -> Bookkeeping:
    prefixes, suffixes, needs_hash, behavior, from_helm = (annotations.get(key, "") for key in NOTES)
    return notes._replace(
        prefixes=tuple(prefixes.split(",")) if prefixes else (),
        suffixes=tuple(suffixes.split(",")) if suffixes else (),
        needs_hash=needs_hash == "enabled",
        behavior=behavior,
        from_helm=from_helm == "true",
    )
