"""One patch on one resource, once it is known which."""

from __future__ import annotations

from kfinstall.build.ids import has_books, metadata_of, remember_id, text_of, with_manifest, with_notes
from kfinstall.build.json6902 import JsonPatchError, Operation, apply_operations
from kfinstall.build.keyed_lists import MISSING, MergeError
from kfinstall.build.scalars import is_text_key
from kfinstall.build.shared import unshare
from kfinstall.build.strategic_merge import merge
from kfinstall.errors import InputError, Premise
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.annotations import Folded
from kfinstall.manifest.json_values import as_json
from kfinstall.manifest.memo import BareKey
from kfinstall.manifest.scalar import source_text
from kfinstall.manifest.schema_comments import without_schemas
from kfinstall.manifest.styled import put_untyped, written
from kfinstall.resource import Manifest, Origin, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from kfinstall.build.kustomization import PatchOptions
    from kfinstall.build.merge_keys import MergeKeys

ANNOTATION_HOLDERS = frozenset(("", "/metadata", "/metadata/annotations"))


def merge_fitted(resource: Resource, patch: Resource, options: PatchOptions, keys: MergeKeys) -> Resource | None:
    """Do as `merge_into` with a patch that is fitted first; a resource without apiVersion gets one that is null.

    Raises: InputError.
    """
    merged = merge_into(resource, _fit(patch, resource), options, keys)
    if merged is None or "apiVersion" in merged.manifest:
        return merged
    return with_manifest(merged, {**merged.manifest, "apiVersion": None})


def _fit(patch: Resource, resource: Resource) -> Resource:
    """Give a patch as it meets a resource that its target selects, or that `patchesStrategicMerge` is for.

    Its labels and annotations are text there, a null too; its apiVersion is that of the resource.

    Raises: InputError when it adds a key that cannot be printed.
    """
    metadata = dict(metadata_of(patch.manifest))
    for field in ("labels", "annotations"):
        pairs = metadata.pop(field, None)
        if isinstance(pairs, dict) and pairs:
            there = metadata_of(resource.manifest).get(field)
            _require_text_keys(patch, pairs.keys() - (there.keys() if isinstance(there, dict) else ()))
            empty = {path[2] for path in patch.notes.empty_nulls if path[:2] == ("metadata", field)}
            texts = {key: "" if key in empty else source_text(value) for key, value in pairs.items()}
            metadata[field] = {key: written(text) for key, text in texts.items()}
    manifest = {**patch.manifest, "metadata": metadata, "apiVersion": resource.manifest.get("apiVersion")}
    done = [("metadata", field) for field in ("labels", "annotations")]
    nulls = tuple(path for path in patch.notes.empty_nulls if path[:2] not in done or len(path) < 3)
    return with_notes(with_manifest(patch, manifest), patch.notes._replace(empty_nulls=nulls))


def _bare_keys(node: Any) -> Iterator[str]:
    """Give the keys that came from a patch where they were no text, and that the resource did not have."""
    if isinstance(node, dict):
        yield from (key for key in node if isinstance(key, BareKey))
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _bare_keys(inner)


def _require_text_keys(patch: Resource, keys: Iterable[str]) -> None:
    for key in keys:
        if not is_text_key(key):
            message = f"the patch adds the key '{key}', which reads as something else than text"
            raise InputError(message, origin=patch.origin, hint="kustomize cannot print it; put a letter before it")


def merge_into(resource: Resource, patch: Resource, options: PatchOptions, keys: MergeKeys) -> Resource | None:
    """Give the patched resource; None when the patch deletes it. Name, kind and namespace stay unless allowed.

    Raises: InputError when the patch has another shape than the resource, or adds what cannot be printed.
    """
    if options.allow_name_change or options.allow_kind_change:
        resource = remember_id(resource)
    has_schemas = resource.notes.has_schemas or patch.notes.has_schemas
    try:
        manifest = merge(
            resource.manifest,
            patch.manifest,
            keys,
            has_schemas=has_schemas,
            empties=resource.notes.empty_nulls,
            patch_empties=patch.notes.empty_nulls,
        )
    except MergeError as error:
        hint = f"the resource is from {resource.origin}"
        raise InputError(f"the patch does not fit: {error}", origin=patch.origin, hint=hint) from None
    if manifest is MISSING or not manifest:
        return None
    if patch.notes.has_bare_keys:
        _require_text_keys(patch, _bare_keys(manifest))
    if resource.notes.empty_nulls or has_schemas:
        resource = with_notes(resource, resource.notes._replace(empty_nulls=(), has_schemas=has_schemas))
    return with_manifest(resource, _identified(manifest, resource.manifest, options))


def _identified(manifest: Manifest, old: Manifest, options: PatchOptions) -> Manifest:
    """Give the manifest with the kind, name and namespace it must keep."""
    metadata = dict(metadata_of(manifest))
    before = metadata_of(old)
    if not options.allow_name_change:
        _restore(metadata, "name", before)
    if text_of(before.get("namespace")):
        _restore(metadata, "namespace", before)
    else:
        metadata.pop("namespace", None)
    kind = manifest.get("kind") if options.allow_kind_change else old.get("kind")
    return {**manifest, "kind": kind, "metadata": metadata}


def _restore(metadata: dict[str, Any], field: str, before: Mapping[str, Any]) -> None:
    """Put back the text that a field had, without a type."""
    text = text_of(before.get(field))
    metadata[field] = put_untyped(metadata[field], text) if field in metadata else text


def operate(resource: Resource, operations: Sequence[Operation], origin: Origin) -> Resource:
    """Give the resource after JSON 6902 operations.

    Raises: InputError when one of them does not apply.
    """
    return _forgetful(_with_own_texts(resource, _operated(resource, operations, origin)), operations)


def _with_own_texts(resource: Resource, manifest: Manifest) -> Resource:
    """Give a resource with a manifest that went through JSON: nothing in it is shared, and every null was written.

    Comments are gone.
    """
    manifest = unshare(manifest, resource.notes.shared)
    manifest = without_schemas(manifest) if resource.notes.has_schemas else manifest
    notes = resource.notes._replace(shared=(), empty_nulls=(), has_schemas=False)
    return Resource(manifest, resource.origin, resource.former_ids, notes)


def _forgetful(resource: Resource, operations: Sequence[Operation]) -> Resource:
    """Forget where a resource came from when its annotations went as a whole: kustomize keeps it among them."""
    touched = {one[field] for one in operations for field in ("path", "from") if one["op"] != "test" and field in one}
    if touched.isdisjoint(ANNOTATION_HOLDERS):
        return resource
    return with_notes(resource, resource.notes._replace(source=None, transformations=()))


def _operated(resource: Resource, operations: Sequence[Operation], origin: Origin) -> Manifest:
    try:
        manifest: Manifest = apply_operations(as_json(_as_handed_over(resource)), operations)
        if not isinstance(manifest, dict):
            raise JsonPatchError("it leaves no mapping")
    except JsonPatchError as error:
        hint = f"the resource is from {resource.origin}"
        message, premise = f"the JSON patch does not apply: {error}", Premise(field=tuple(error.pointer.split("/")[1:]))
        raise InputError(message, origin=origin, hint=hint, premise=premise) from None
    return manifest


def _as_handed_over(resource: Resource) -> Manifest:
    """Give the manifest as kustomize hands it to the patch: printed, with its books among the annotations.

    So there are annotations to add to wherever it has noted something.
    """
    metadata = metadata_of(resource.manifest)
    annotations = metadata.get("annotations")
    if annotations and any(isinstance(value, Folded) for value in annotations.values()):
        from kfinstall.manifest.folded import refold  # loads YAML

        printed = {key: refold(value) if isinstance(value, Folded) else value for key, value in annotations.items()}
    elif annotations or not has_books(resource):
        return resource.manifest
    else:
        printed = {}
    return {**resource.manifest, "metadata": {**metadata, "annotations": printed}}
