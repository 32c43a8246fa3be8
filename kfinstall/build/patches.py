"""`patches`, `patchesStrategicMerge` and `patchesJson6902`: finds what each patch is for, and applies it."""

from __future__ import annotations

from kfinstall.build.ids import (
    BuildId,
    all_ids,
    current_id,
    index_ids,
    original_id,
    remember_id,
    require_unique,
)
from kfinstall.build.json6902 import check_operations
from kfinstall.build.kustomization import Patch, PatchOptions, Selector
from kfinstall.build.merge_keys import MergeKeys
from kfinstall.build.patch_one import merge_fitted, merge_into, operate
from kfinstall.build.places import Places, find_places, index_places, note_place
from kfinstall.build.selectors import make_matcher, selects
from kfinstall.errors import InputError, KfinstallError, about, did_you_mean, mistakes_in, raise_all
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from kfinstall.build.tree import PatchText
    from kfinstall.resource import Resource

NO_OPTIONS = PatchOptions()

Keys: TypeAlias = "Callable[[], MergeKeys]"
"""Gives the merge keys; they are loaded when a patch needs them."""


class Desk(NamedTuple):
    """Resources while patches are applied to them, each in its place; None where one was deleted.

    `by_id`: the places of the resources that have, or had, an id; `known`: the same by name and by kind; `moved`: the
    places of those that got another id since ids were last compared; `has_twins`: two shared an id from the start, one
    of them maybe long ago.
    """

    places: list[Resource | None]
    by_id: dict[BuildId, list[int]]
    known: Places
    moved: list[int]
    has_twins: bool
    keys: Keys


def _lay_out(resources: Sequence[Resource], keys: Keys) -> Desk:
    by_id = index_ids(resources)
    has_twins = any(len(places) > 1 for places in by_id.values())
    return Desk(list(resources), by_id, index_places(resources), [], has_twins, keys)


def merge_patches(resources: Sequence[Resource], patches: Iterable[Resource], keys: Keys) -> tuple[Resource, ...]:
    """Apply strategic merge patches, each to the resource that has, or had, its id.

    Raises: InputError, or a group of them, when a patch fits none, or several, or not the shape of one.
    """
    desk = _lay_out(resources, keys)
    errors: list[KfinstallError] = []
    for patch in patches:
        _note(errors, _merge_fitted, desk, patch)
    raise_all(errors)
    return _left(desk)


def apply_patches(
    resources: Sequence[Resource], patches: Iterable[Patch], texts: Iterable[PatchText], keys: Keys
) -> tuple[Resource, ...]:
    """Apply the entries of `patches`, in order; `texts` has what each of them says.

    Raises: InputError, or a group of them.
    Source: kustomize v5.8.1, PatchTransformer.
    """
    desk = _lay_out(resources, keys)
    errors: list[KfinstallError] = []
    for patch, text in zip(patches, texts, strict=True):
        _note(errors, _apply, desk, patch, text)
        if desk.moved and text.resources is not None and patch.target is not None:
            if desk.has_twins or any(_is_taken(desk, at) for at in desk.moved):
                _note(errors, require_unique, _left(desk))
            desk.moved.clear()
    raise_all(errors)
    return _left(desk)


def apply_json_patches(
    resources: Sequence[Resource], patches: Iterable[Patch], texts: Iterable[PatchText]
) -> tuple[Resource, ...]:
    """Apply the entries of `patchesJson6902`, in order.

    Raises: InputError, or a group of them.
    """
    desk = _lay_out(resources, lambda: MergeKeys({}, {}))
    errors: list[KfinstallError] = []
    for patch, text in zip(patches, texts, strict=True):
        _note(errors, _apply_operations, desk, patch, text, False)
    raise_all(errors)
    return _left(desk)


def _note(errors: list[KfinstallError], apply: Callable[..., None], *arguments: Any) -> None:
    """Apply one patch; its mistakes are kept, so that those of the others are found too."""
    try:
        apply(*arguments)
    except (InputError, ExceptionGroup) as problem:
        errors += mistakes_in(problem)


def _left(desk: Desk) -> tuple[Resource, ...]:
    return tuple(resource for resource in desk.places if resource is not None)


def _apply(desk: Desk, patch: Patch, text: PatchText) -> None:
    if text.resources is None:
        _apply_operations(desk, patch, text, True)
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


def _only_place(desk: Desk, patch: Resource) -> tuple[int, Resource]:
    """Give the one resource that has, or had, the id of the patch, and its place."""
    found = [at for at in desk.by_id.get(original_id(patch), ()) if desk.places[at] is not None]
    if len(found) != 1:
        raise _no_single_target(desk, patch, [desk.places[at] for at in found])
    resource = desk.places[found[0]]
    assert resource is not None
    return found[0], resource


def _merge_by_id(desk: Desk, patch: Resource, options: PatchOptions) -> None:
    at, old = _only_place(desk, patch)
    _put(desk, at, merge_into(old, patch, options, desk.keys()))


def _merge_fitted(desk: Desk, patch: Resource) -> None:
    at, old = _only_place(desk, patch)
    _put(desk, at, merge_fitted(old, patch, NO_OPTIONS, desk.keys()))


def _merge_by_target(desk: Desk, patch: Resource, target: Selector, options: PatchOptions) -> None:
    for at, resource in _selected(desk, target):
        _put(desk, at, merge_fitted(resource, patch, options, desk.keys()))


def _selected(desk: Desk, target: Selector) -> list[tuple[int, Resource]]:
    """Give the resources that a target selects, with their places."""
    matcher = make_matcher(target)
    candidates = [(at, desk.places[at]) for at in find_places(desk.known, target.name, target.kind)]
    return [(at, one) for at, one in candidates if one is not None and selects(matcher, one)]


def _put(desk: Desk, at: int, resource: Resource | None) -> None:
    """Put a patched resource in its place, and list the ids that it got."""
    old = desk.places[at]
    desk.places[at] = resource
    if resource is None or old is None or all_ids(old) == all_ids(resource):
        return
    if current_id(old) != current_id(resource):
        desk.moved.append(at)
    note_place(desk.known, at, resource)
    for one in all_ids(resource):
        places = desk.by_id.setdefault(one, [])
        if at not in places:
            places.append(at)


def _is_taken(desk: Desk, at: int) -> bool:
    """Does another resource have the id that the one in this place has now?"""
    resource = desk.places[at]
    if resource is None:
        return False
    wanted = current_id(resource)
    others = [desk.places[other] for other in desk.by_id[wanted] if other != at]
    return any(other is not None and current_id(other) == wanted for other in others)


def _no_single_target(desk: Desk, patch: Resource, found: Sequence[Resource | None]) -> InputError:
    wanted = original_id(patch)
    if found:
        places = ", ".join(str(one.origin) for one in found if one is not None)
        message = f"the patch for {wanted} fits several resources: {places}"
        hint = "say the namespace, or use a target with labels"
        return InputError(message, origin=patch.origin, hint=hint, premise=about(wanted.kind, wanted.name))
    known = {str(one) for one in desk.by_id}
    hint = did_you_mean(str(wanted), known) or "apiVersion, kind, name and namespace must be those of a resource"
    message = f"the patch fits no resource: there is no {wanted}"
    return InputError(message, origin=patch.origin, hint=hint, premise=about(wanted.kind, wanted.name))


def _apply_operations(desk: Desk, patch: Patch, text: PatchText, remember: bool) -> None:
    operations = check_operations(text.operations or (), text.origin)
    if patch.target is None:
        raise InputError("a JSON patch has no target", origin=patch.origin, hint="add 'target:' with kind and name")
    if not remember and not patch.target.name:
        hint = "add 'name:' to 'target:', or move the entry to 'patches', where a target needs none"
        raise InputError("the target of the JSON patch has no name", origin=patch.origin, hint=hint)
    for at, resource in _selected(desk, patch.target):
        _put(desk, at, operate(remember_id(resource) if remember else resource, operations, text.origin))
