"""Adding generated resources to those that are there: new ones, or merged into, or in place of one."""

from __future__ import annotations

from kfinstall.build.ids import BuildId, current_id, index_ids, metadata_of, name_of, namespace_of
from kfinstall.errors import InputError, KfinstallError, about, raise_all
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import Untyped, source_text
from kfinstall.manifest.styled import settled, written
from kfinstall.resource import Manifest, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


def absorb_all(resources: Sequence[Resource], generated: Iterable[Resource]) -> tuple[Resource, ...]:
    """Give the resources with the generated ones among them, each as its behavior says.

    Raises: InputError, or a group of them, when what one should merge with, or replace, is not there, or when what it
            should create is.
    Source: kustomize v5.8.1, api/resmap, appendReplaceOrMerge.
    """
    generated = tuple(generated)
    if not generated:
        return tuple(resources)
    done = list(resources)
    index = index_ids(done)
    errors: list[KfinstallError] = []
    for one in generated:
        try:
            _absorb(done, index, one)
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    return tuple(done)


def _absorb(resources: list[Resource], index: dict[BuildId, list[int]], generated: Resource) -> None:
    wanted, behavior = current_id(generated), generated.notes.behavior
    found = index.get(wanted, [])
    if not found and behavior not in ("merge", "replace"):
        index[wanted] = [len(resources)]
        resources.append(generated)
        return
    if len(found) != 1:
        raise _no_single_target(generated, [resources[at] for at in found])
    if behavior not in ("merge", "replace"):
        message = f"{wanted} is already there: {resources[found[0]].origin}"
        hint = "give it another name, or set 'behavior: merge' or 'behavior: replace'"
        raise InputError(message, origin=generated.origin, hint=hint, premise=about(wanted.kind, wanted.name))
    resources[found[0]] = _combine(resources[found[0]], generated)


def _no_single_target(generated: Resource, found: Sequence[Resource]) -> InputError:
    wanted, behavior = current_id(generated), generated.notes.behavior
    if not found:
        hint = f"'behavior: {behavior}' needs one that a base made; its namespace counts too"
        message = f"there is no {wanted} to {behavior}"
        return InputError(message, origin=generated.origin, hint=hint, premise=about(wanted.kind, wanted.name))
    places = ", ".join(str(one.origin) for one in found)
    message, hint = f"there are several {wanted}: {places}", "say which namespace"
    return InputError(message, origin=generated.origin, hint=hint, premise=about(wanted.kind, wanted.name))


def _combine(old: Resource, new: Resource) -> Resource:
    """Give the new resource under the name and history of the old one, with its labels and annotations."""
    manifest: Manifest = {**new.manifest, "metadata": _metadata(old, new)}
    if new.notes.behavior == "merge":
        manifest = _with_data(manifest, old, new)
    notes = old.notes._replace(
        needs_hash=old.notes.needs_hash and new.notes.needs_hash, empty_nulls=(), has_untyped=True
    )
    if new.notes.behavior == "merge":
        return Resource(manifest, old.origin, old.former_ids, notes)
    return Resource(manifest, new.origin, old.former_ids, notes._replace(source=new.notes.source))


def _metadata(old: Resource, new: Resource) -> dict[str, Any]:
    metadata = dict(metadata_of(new.manifest))
    for field in ("labels", "annotations"):
        texts = _texts(old, "metadata", field) | _texts(new, "metadata", field)
        metadata.pop(field, None)
        metadata |= {field: texts} if texts else {}
    metadata["name"] = settled(Untyped(name_of(old)))
    metadata.pop("namespace", None)
    return metadata | ({"namespace": settled(Untyped(namespace_of(old)))} if namespace_of(old) else {})


def _with_data(manifest: Manifest, old: Resource, new: Resource) -> Manifest:
    for field in ("data", "binaryData"):
        texts = _texts(old, field) | _texts(new, field)
        manifest = {key: value for key, value in manifest.items() if key != field}
        manifest |= {field: texts} if texts else {}
    return manifest


def _texts(resource: Resource, *path: str) -> dict[str, str]:
    """Give a mapping with texts as values; an empty one for anything else, as kustomize takes it."""
    mapping: Any = resource.manifest
    for name in path:
        mapping = mapping.get(name) if isinstance(mapping, dict) else None
    if not isinstance(mapping, dict):
        return {}
    empty = {nothing[-1] for nothing in resource.notes.empty_nulls if nothing[:-1] == path}
    empty |= {key for key, value in mapping.items() if value is None and path[0] != "metadata"}
    return {key: written("" if key in empty else source_text(value)) for key, value in mapping.items()}
