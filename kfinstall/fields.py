"""Read and replace a value at a field path, sharing the rest: what is not on the path stays the same object."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

FieldPath: TypeAlias = "Sequence[str | int]"
"""Keys of mappings and indexes of lists, outermost first: `("spec", "containers", 0, "image")`."""


def get_at(value: Any, path: FieldPath, default: Any = None) -> Any:
    """Give what is at a path, the default when a part of it is not there; null counts as not there."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
            value = value[part]
        else:
            return default
    return default if value is None else value


def replace_at(value: Any, path: FieldPath, change: Callable[[Any], Any], *, create: bool = False) -> Any:
    """Give the value with what is at a path replaced by what `change` makes of it.

    In:     create, whether mappings that are not there are made on the way; `change` then gets None. Without it, a
            path that is not there changes nothing.
    Out:    the same object when nothing changed, else one copied along the path only.
    """
    if not path:
        return change(value)
    part, rest = path[0], path[1:]
    if create and value is None and isinstance(part, str):
        value = {}
    if isinstance(value, dict) and (create or part in value):
        return _replaced(value, part, replace_at(value.get(part), rest, change, create=create))
    if isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
        changed = replace_at(value[part], rest, change, create=create)
        part %= len(value)
        return value if changed is value[part] else [*value[:part], changed, *value[part + 1 :]]
    return value


def _replaced(mapping: dict[Any, Any], key: str | int, changed: Any) -> dict[Any, Any]:
    return mapping if key in mapping and changed is mapping[key] else {**mapping, key: changed}
