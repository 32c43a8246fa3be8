"""Writing where field specs say: which ones are for a resource, and the walk down their paths.

A path is one of a field spec (`spec/containers[]/image`), not of JSON: it goes through lists by itself.
"""

from __future__ import annotations

from kfinstall.build.ids import group_version, kind_of
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Literal, TypeAlias

    from kfinstall.build.kustomization import FieldSpec
    from kfinstall.resource import Manifest, Resource

Setter: TypeAlias = "Callable[[Any], Any]"
"""Old value -> new value; the same object where nothing changes."""

Path: TypeAlias = "tuple[str, ...]"


Leaf: TypeAlias = "Literal['scalar', 'mapping']"
"""What is created at the end of a path that is not there."""


class PathError(Exception):
    """A path does not fit the manifest; turned into an InputError where the resource is known."""


def split_path(path: str, delimiter: str = "/") -> Path:
    """Split a path; `\\/` is a slash within a name, a leading slash is allowed."""
    parts = path.split(delimiter)
    if len(parts) > 1 and not parts[0]:
        parts = parts[1:]
    names = parts[:1]
    for part in parts[1:]:
        if names[-1].endswith("\\"):
            names[-1] = names[-1][:-1] + delimiter + part
        else:
            names.append(part)
    return tuple(names)


def matches(spec: FieldSpec, group: str, version: str, kind: str) -> bool:
    """Is the field spec for this group, version and kind?"""
    return (
        (not spec.kind or spec.kind == kind)
        and (not spec.group or spec.group == group)
        and (not spec.version or spec.version == version)
    )


Chosen: TypeAlias = "tuple[tuple[FieldSpec, Path], ...]"


def chooser(specs: Sequence[FieldSpec]) -> Callable[[Resource], Chosen]:
    """Give a function that picks the field specs for a resource; it remembers its answer for each kind."""
    known: dict[tuple[str, str, str], Chosen] = {}
    paths = [(spec, split_path(spec.path)) for spec in specs]

    def choose(resource: Resource) -> Chosen:
        key = (*group_version(resource.manifest), kind_of(resource))
        found = known.get(key)
        if found is None:
            found = known[key] = tuple((spec, path) for spec, path in paths if matches(spec, *key))
        return found

    return choose


def write_fields(
    resource: Resource, chosen: Iterable[tuple[FieldSpec, Path]], setter: Setter, leaf: Leaf | None = None
) -> Manifest:
    """Give the manifest with `setter` applied wherever the field specs lead.

    In:     `leaf`: what a field spec that says `create` makes at its end; None: nothing is ever created.

    Raises: InputError when a path runs into a scalar, or the setter refuses what it finds.
    """
    manifest = resource.manifest
    for spec, path in chosen:
        made = leaf if spec.create else None
        if made is None and is_absent(manifest, path):
            continue
        try:
            manifest = write(manifest, path, setter, made)
        except PathError as error:
            message = f"field '{spec.path}' of {kind_of(resource)} cannot be changed: {error}"
            hint = "correct this file, or the field spec, if it is one of 'configurations'"
            raise InputError(message, origin=resource.origin, hint=hint) from None
    return manifest


def is_absent(node: Any, path: Path) -> bool:
    """Does a path lead nowhere, as can be seen without looking into lists?"""
    for part in path:
        if type(node) is not dict:
            return node is None
        if part not in node:
            return part.removesuffix("[]") not in node and _is_name(part)
        node = node[part]
    return False


@remembered(4096)
def _is_name(part: str) -> bool:
    """Is a part of a path the name of a field, or of a list (`name[]`)?

    What leads into a list, or to everything, in other paths leads nowhere here: `0`, `-`, `*`, `[name=x]`.
    """
    name = part.removesuffix("[]")
    is_item = name[:1] == "[" and name[-1:] == "]"
    return name not in ("", "-", "*") and not is_item and not name.removeprefix("-").removeprefix("+").isdecimal()


def write(node: Any, path: Path, setter: Setter, leaf: Leaf | None = None) -> Any:
    """Walk down a path and apply the setter at its end; copies along the path only.

    In:     `leaf`: what to create at the end where the path is not there, or None to leave it so.
    Raises: PathError when the path runs into a scalar.
    Source: kustomize v5.8.1, api/filters/fieldspec.
    """
    if not path:
        return setter(node)
    if node is None:
        return None
    if isinstance(node, dict):
        return _write_in_mapping(node, path, setter, leaf)
    if isinstance(node, list):
        items = [write(item, path, setter, leaf) for item in node]
        return node if all(new is old for new, old in zip(items, node, strict=True)) else items
    raise PathError(f"'{path[0]}' is looked for in {node!r}, which is neither a mapping nor a list")


def _write_in_mapping(node: dict[str, Any], path: Path, setter: Setter, leaf: Leaf | None) -> Any:
    name = path[0].removesuffix("[]")
    is_list = name != path[0]
    if not _is_name(path[0]):
        what = f"'{name}' is no name" if name else "the name is empty"
        raise PathError(f"{what} of a field; a path of a field spec goes through lists by itself")
    if name not in node and (leaf is None or is_list):
        return node
    old = node.get(name)
    start = _created(is_list, leaf, is_last=len(path) == 1) if old is None else old
    new = write(start, path[1:], setter, leaf)
    if new is old and name in node:
        return node
    return {**node, name: new}


def _created(is_list: bool, leaf: Leaf | None, *, is_last: bool) -> Any:
    """Give what stands for a field that is missing or null."""
    if is_list:
        return []
    if leaf is None:
        return None
    return {} if not is_last or leaf == "mapping" else None
