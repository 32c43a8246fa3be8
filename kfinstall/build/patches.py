"""`patches`, `patchesStrategicMerge` and `patchesJson6902`: finds what each patch is for, and applies it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from kfinstall.build.ids import (
    BuildId,
    all_ids,
    index_ids,
    metadata_of,
    original_id,
    remember_id,
    require_unique,
    text_of,
    with_manifest,
    with_notes,
)
from kfinstall.build.json6902 import JsonPatchError, Operation, apply_operations, check_operations
from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.kustomization import Patch, PatchOptions, Selector
from kfinstall.build.merge_keys import MergeKeys
from kfinstall.build.selectors import make_matcher, selects
from kfinstall.build.strategic_merge import MergeError, drop_empty_nulls, merge
from kfinstall.build.tree import PatchText
from kfinstall.errors import InputError, KfinstallError, did_you_mean, raise_all
from kfinstall.manifest.scalar import source_text
from kfinstall.resource import Manifest, Origin, Resource

NO_OPTIONS = PatchOptions()

Keys: TypeAlias = Callable[[], MergeKeys]
"""Gives the merge keys; they are loaded when a patch needs them."""


class Desk(NamedTuple):
    """Resources while patches are applied to them, each in its place; None where one was deleted.

    `by_id`: the places of the resources that have, or had, an id.
    """

    places: list[Resource | None]
    by_id: dict[BuildId, list[int]]
    keys: Keys


def merge_patches(resources: Sequence[Resource], patches: Iterable[Resource], keys: Keys) -> tuple[Resource, ...]:
    """Apply strategic merge patches, each to the resource that has, or had, its id.

    Raises: InputError, or a group of them, when a patch fits none, or several, or not the shape of one.
    """
    desk = Desk(list(resources), index_ids(resources), keys)
    errors: list[KfinstallError] = []
    for patch in patches:
        _note(errors, partial(_merge_by_id, desk, patch, NO_OPTIONS))
    raise_all(errors)
    return _left(desk)


def apply_patches(
    resources: Sequence[Resource], patches: Iterable[Patch], texts: Iterable[PatchText], keys: Keys
) -> tuple[Resource, ...]:
    """Apply the entries of `patches`, in order; `texts` has what each of them says.

    Raises: InputError, or a group of them.
    Source: kustomize v5.8.1, PatchTransformer.
    """
    desk = Desk(list(resources), index_ids(resources), keys)
    errors: list[KfinstallError] = []
    for patch, text in zip(patches, texts, strict=True):
        _note(errors, partial(_apply, desk, patch, text))
    raise_all(errors)
    return _left(desk)


def apply_json_patches(
    resources: Sequence[Resource], patches: Iterable[Patch], texts: Iterable[PatchText]
) -> tuple[Resource, ...]:
    """Apply the entries of `patchesJson6902`, in order.

    Raises: InputError, or a group of them.
    """
    desk = Desk(list(resources), {}, lambda: MergeKeys({}, {}))
    errors: list[KfinstallError] = []
    for patch, text in zip(patches, texts, strict=True):
        _note(errors, partial(_apply_operations, desk, patch, text, remember=False))
    raise_all(errors)
    return _left(desk)


def _note(errors: list[KfinstallError], apply: Callable[[], None]) -> None:
    """Apply one patch; its mistakes are kept, so that those of the others are found too."""
    try:
        apply()
    except InputError as error:
        errors.append(error)
    except ExceptionGroup as group:
        errors.extend(error for error in group.exceptions if isinstance(error, KfinstallError))


def _left(desk: Desk) -> tuple[Resource, ...]:
    return tuple(resource for resource in desk.places if resource is not None)


def _apply(desk: Desk, patch: Patch, text: PatchText) -> None:
    if text.resources is None:
        _apply_operations(desk, patch, text, remember=True)
        return
    options = patch.options or NO_OPTIONS
    if patch.target is None:
        for resource in text.resources:
            _merge_by_id(desk, resource, options)
    elif len(text.resources) > 1:
        message = "a patch with a target has several documents"
        raise InputError(message, origin=text.origin, hint="make an entry of 'patches' of each")
    elif text.resources:
        _merge_by_target(desk, text.resources[0], patch.target, options)


def _merge_by_id(desk: Desk, patch: Resource, options: PatchOptions) -> None:
    wanted = original_id(patch)
    found = [at for at in desk.by_id.get(wanted, ()) if desk.places[at] is not None]
    if len(found) != 1:
        raise _no_single_target(desk, patch, [desk.places[at] for at in found])
    _put(desk, found[0], _merged(desk.places[found[0]], patch, options, desk.keys()))


def _merge_by_target(desk: Desk, patch: Resource, target: Selector, options: PatchOptions) -> None:
    matcher = make_matcher(target)
    for at, resource in enumerate(desk.places):
        if resource is not None and selects(matcher, resource):
            _put(desk, at, _merged(resource, _fitted(patch, resource), options, desk.keys()))
    if options.allow_name_change or options.allow_kind_change:
        require_unique(_left(desk))


def _put(desk: Desk, at: int, resource: Resource | None) -> None:
    """Put a patched resource in its place, and list the ids that it got."""
    desk.places[at] = resource
    for one in all_ids(resource) if resource is not None else ():
        places = desk.by_id.setdefault(one, [])
        if at not in places:
            places.append(at)


def _fitted(patch: Resource, resource: Resource) -> Resource:
    """Give a patch as it meets one of the resources that its target selects.

    Its labels and annotations are text there, a null too; its apiVersion is that of the resource.
    """
    metadata = dict(metadata_of(patch.manifest))
    for field in ("labels", "annotations"):
        pairs = metadata.pop(field, None)
        if isinstance(pairs, dict) and pairs:
            metadata[field] = {key: source_text(value) for key, value in pairs.items()}
    manifest = {**patch.manifest, "metadata": metadata, "apiVersion": resource.manifest.get("apiVersion")}
    return with_manifest(patch, manifest)


def _merged(resource: Resource | None, patch: Resource, options: PatchOptions, keys: MergeKeys) -> Resource | None:
    """Give the patched resource; None when the patch deletes it. Name, kind and namespace stay unless allowed."""
    assert resource is not None
    if options.allow_name_change or options.allow_kind_change:
        resource = remember_id(resource)
    try:
        start = drop_empty_nulls(resource.manifest, resource.notes.empty_nulls, keys)
        manifest = merge(start, patch.manifest, keys)
    except MergeError as error:
        hint = f"the resource is from {resource.origin}"
        raise InputError(f"the patch does not fit: {error}", origin=patch.origin, hint=hint) from None
    if manifest is MISSING or not manifest:
        return None
    if resource.notes.empty_nulls:
        resource = with_notes(resource, resource.notes._replace(empty_nulls=()))
    return with_manifest(resource, _identified(manifest, resource.manifest, options))


def _identified(manifest: Manifest, old: Manifest, options: PatchOptions) -> Manifest:
    """Give the manifest with the kind, name and namespace it must keep."""
    metadata = dict(metadata_of(manifest))
    before = metadata_of(old)
    if not options.allow_name_change:
        metadata["name"] = text_of(before.get("name"))
    metadata.pop("namespace", None)
    if text_of(before.get("namespace")):
        metadata["namespace"] = text_of(before.get("namespace"))
    kind = manifest.get("kind") if options.allow_kind_change else old.get("kind")
    if metadata == manifest.get("metadata") and kind == manifest.get("kind"):
        return manifest
    return {**manifest, "kind": kind, "metadata": metadata}


def _no_single_target(desk: Desk, patch: Resource, found: Sequence[Resource | None]) -> InputError:
    wanted = original_id(patch)
    if found:
        places = ", ".join(str(one.origin) for one in found if one is not None)
        message = f"the patch for {wanted} fits several resources: {places}"
        return InputError(message, origin=patch.origin, hint="say the namespace, or use a target with labels")
    known = {str(one) for one in desk.by_id}
    hint = did_you_mean(str(wanted), known) or "apiVersion, kind, name and namespace must be those of a resource"
    return InputError(f"the patch fits no resource: there is no {wanted}", origin=patch.origin, hint=hint)


def _apply_operations(desk: Desk, patch: Patch, text: PatchText, *, remember: bool) -> None:
    operations = check_operations(text.operations or (), text.origin)
    if patch.target is None:
        raise InputError("a JSON patch has no target", origin=patch.origin, hint="add 'target:' with kind and name")
    matcher = make_matcher(patch.target)
    for at, resource in enumerate(desk.places):
        if resource is not None and selects(matcher, resource):
            changed = remember_id(resource) if remember else resource
            _put(desk, at, with_manifest(changed, _operated(resource, operations, text.origin)))


def _operated(resource: Resource, operations: Sequence[Operation], origin: Origin) -> Manifest:
    try:
        manifest: Manifest = apply_operations(resource.manifest, operations)
    except JsonPatchError as error:
        hint = f"the resource is from {resource.origin}"
        raise InputError(f"the JSON patch does not apply: {error}", origin=origin, hint=hint) from None
    return manifest
