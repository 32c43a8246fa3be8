"""Field paths of replacements and vars (`spec.containers.[name=web].image`), which are not those of field specs.

Source: kustomize v5.8.1, kyaml/yaml/fns.go (PathGetter), kyaml/yaml/match.go (PathMatcher), kyaml/utils.
"""

from __future__ import annotations

from kfinstall.build.field_specs import Path, PathError, split_path
from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.patterns import Pattern, compile_pattern
from kfinstall.build.scalars import is_text_key
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, lazy_pattern
from kfinstall.manifest.scalar import Bare, Untyped, source_text
from kfinstall.manifest.styled import is_quoted
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, TypeAlias


class _Created:
    pass


CREATED: Final = _Created()
"""What a setter is given for a scalar that was not there."""

_INDEX: Final = lazy_pattern(r"(?a)[-+]?[0-9]{1,18}\Z")
NOWHERE: Final = Origin("", 0)


def parse_field_path(path: str) -> Path:
    """Split a path at its dots; `[a.b/c]` is one key, `[name=x]` an item of a list, `\\.` a dot within a key."""
    parts = split_path(path, ".")
    names: list[str] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.startswith("[") and not part.endswith("]"):
            end = next((i for i in range(at + 1, len(parts)) if parts[i].endswith("]")), len(parts) - 1)
            part = ".".join(parts[at : end + 1])
            part = part if "=" in part else part.strip("[]")
            at = end
        names.append(part)
        at += 1
    return tuple(names)


def is_item(part: str) -> bool:
    """Is it `[key=value]`?"""
    return part.startswith("[") and part.endswith("]")


def is_index(part: str) -> bool:
    """Is it a place in a list, counted from 0?"""
    return bool(_INDEX.match(part)) and int(part) >= 0


def split_item(part: str) -> tuple[str, str]:
    """Give key and value of `[key=value]`; the key is empty for `[=value]`.

    Raises: PathError when there is no `=`.
    """
    key, equals, value = part.removeprefix("[").removesuffix("]").partition("=")
    if not equals:
        raise PathError(f"'{part}' is not [key=value]")
    return key, value


def lookup(node: Any, path: Path) -> Any:
    """Give the value at a path; MISSING where there is none.

    Raises: PathError when the path does not fit what it meets, or has a wildcard.
    """
    for part in (part.strip() for part in path):
        if part:
            node = _step(node, part)
        if node is MISSING:
            return MISSING
    return node


def _step(node: Any, part: str) -> Any:
    if _INDEX.match(part) or part == "-":
        return _indexed(node, part)
    if part == "*":
        raise PathError("a wildcard cannot be used here")
    if is_item(part):
        return _matching(node, part)
    if node is None:
        return MISSING
    if not isinstance(node, dict):
        raise PathError(f"'{part}' is looked for in something that is no mapping")
    return node.get(part, MISSING)


def _indexed(node: Any, part: str) -> Any:
    at = -1 if part == "-" else int(part)
    if part != "-" and at < 0:
        raise PathError(f"the index {part} is negative")
    if node is not None and not isinstance(node, list):
        raise PathError(f"'{part}' is looked for in something that is no list")
    items = node or []
    if at < 0 and not items:
        raise PathError("there is no last item in an empty list")
    return items[at] if at < len(items) else MISSING


def _matching(node: Any, part: str) -> Any:
    key, value = split_item(part)
    if node is not None and not isinstance(node, list):
        raise PathError(f"'{part}' is looked for in something that is no list")
    for item in node or ():
        text = item if not key else item.get(key, MISSING) if isinstance(item, dict) else MISSING
        if text is not MISSING and source_text(text) == value:
            return item
    return MISSING


Setter: TypeAlias = "Callable[[Any], Any]"


def replace_all(node: Any, path: Path, setter: Setter, created: type | None) -> tuple[Any, int]:
    """Apply the setter to every value that a path leads to; copies along the paths only.

    In:     `created`: what is made at the end of a path that is not there (`dict`, `list`, `str`), None: nothing is.
            An item of a list that is told by `[key=pattern]` may be several: the pattern is searched in the text.
    Out:    the new value, and how many places were found.
    Raises: PathError when the path does not fit what it meets; InputError for a pattern that is none.
    """
    if not path:
        return setter(node), 1
    part = path[0]
    if is_index(part):
        return _in_index(node, path, setter, created)
    if is_item(part):
        return _in_items(node, path, setter, created)
    if part == "*":
        return _in_every(node, path, setter, created)
    return _in_field(node, path, setter, created)


def _new(path: Path, created: type) -> Any:
    """Give an empty value of the kind that the next part of a path needs."""
    kind = created if not path else list if is_item(path[0]) or is_index(path[0]) else dict
    return CREATED if kind is str else kind()


def _in_field(node: Any, path: Path, setter: Setter, created: type | None) -> tuple[Any, int]:
    if node is not None and not isinstance(node, dict):
        raise PathError(f"'{path[0]}' is looked for in something that is no mapping")
    mapping = node or {}
    if not path[0]:
        raise PathError("a field name is empty")
    if path[0] not in mapping and created is None:
        return node, 0
    old = mapping[path[0]] if path[0] in mapping else _new(path[1:], created or dict)
    new, count = replace_all(old, path[1:], setter, created)
    if node is None or (new is old and path[0] in mapping):
        return node, count  # a null stays null, whatever is put into it
    return {**mapping, path[0]: new}, count


def _items_of(node: Any, part: str) -> list[Any]:
    if node is not None and not isinstance(node, list):
        raise PathError(f"'{part}' is looked for in something that is no list")
    return node or []


def _in_index(node: Any, path: Path, setter: Setter, created: type | None) -> tuple[Any, int]:
    items, at = _items_of(node, path[0]), int(path[0])
    if at == len(items) and created is not None:
        items = [*items, _new(path[1:], created)]
    if at >= len(items):
        raise PathError(f"there is no index {at} in a list of {len(items)}")
    new, count = replace_all(items[at], path[1:], setter, created)
    return node if node is None else [*items[:at], new, *items[at + 1 :]], count


def _in_every(node: Any, path: Path, setter: Setter, created: type | None) -> tuple[Any, int]:
    done = [replace_all(item, path[1:], setter, created) for item in _items_of(node, "*")]
    return ([new for new, _ in done] if done else node), sum(count for _, count in done)


def _in_items(node: Any, path: Path, setter: Setter, created: type | None) -> tuple[Any, int]:
    key, text = split_item(path[0])
    items = _items_of(node, path[0])
    pattern = compile_pattern(text, NOWHERE)
    # An item that is text itself is the end of a path, whatever follows.
    rest = path[1:] if key else ()
    done = [replace_all(item, rest, setter, created) if _is_like(item, key, pattern) else (item, 0) for item in items]
    count = sum(found for _, found in done)
    if count or created is None:
        return [new for new, _ in done] if count and node is not None else node, count
    if any(_is_like(item, key, pattern) for item in items):
        return node, 0
    made = {key: Untyped(text)} if key else Untyped(text)
    if not _is_like(made, key, pattern):
        raise InputError(f"'{path[0]}' cannot be created: it is a pattern", hint="name the item in full")
    new, count = _in_items([*items, made], path, setter, created)
    return node if node is None else new, count


def _is_like(item: Any, key: str, pattern: Pattern) -> bool:
    value = item if not key else item.get(key) if isinstance(item, dict) and key in item else MISSING
    if value is MISSING:
        return False
    return pattern.search(_as_printed(value).strip())


def _as_printed(value: Any) -> str:
    """Give a scalar as kustomize prints it to match it: quotes are part of it."""
    text = source_text(value)
    is_typed = isinstance(value, Bare) and not is_text_key(text)
    return f'"{text}"' if "\n" not in text and (is_quoted(value) or is_typed) else text
