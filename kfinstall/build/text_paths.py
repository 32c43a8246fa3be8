"""Writing at a field path of a YAML text: as in manifests, but on nodes, of which each knows how it was written.

Source: kustomize v5.8.1, kyaml/yaml/match.go (PathMatcher).
"""

from __future__ import annotations

from kfinstall.build.field_paths import NOWHERE, is_index, is_item, split_item
from kfinstall.build.field_specs import Path, PathError
from kfinstall.build.patterns import compile_pattern
from kfinstall.build.text_nodes import LIST, MAPPING, SCALAR, TextNode, node_of, read_text
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import Untyped

if TYPE_CHECKING:
    from typing import Any

    Found = tuple[TextNode, int]
    """A node after the change, and how many places the path led to."""


def write_at(node: TextNode, path: Path, value: Any, *, create: bool) -> Found:
    """Give the node with a value at all the places that a path leads to.

    Raises: PathError when the path does not fit what it meets; InputError for a pattern that is none.
    """
    if not path:
        return _put(node, value), 1
    if is_index(path[0]):
        return _at_index(node, path, value, create)
    if is_item(path[0]):
        return _at_items(node, path, value, create)
    if path[0] == "*":
        return _with_items(node, [write_at(item, path[1:], value, create=create) for item in _items(node, path[0])])
    return _at_field(node, path, value, create)


def _put(node: TextNode, value: Any) -> TextNode:
    """Give a scalar with another text, whatever its type, or another node in the place of a collection."""
    new = node_of(value)
    if node.kind == SCALAR:
        return node._replace(value=new.value if new.kind == SCALAR else "")
    return new._replace(line=node.line)


def _is_null(node: TextNode) -> bool:
    return node.kind == SCALAR and node.tag == "!!null"


def _items(node: TextNode, part: str) -> tuple[TextNode, ...]:
    if node.kind != LIST and not _is_null(node):
        raise PathError(f"'{part}' is looked for in something that is no list")
    return node.value if node.kind == LIST else ()


def _with_items(node: TextNode, done: list[Found]) -> Found:
    count = sum(found for _, found in done)
    return node._replace(value=tuple(one for one, _ in done)) if node.kind == LIST else node, count


def _new(path: Path, value: Any) -> TextNode:
    """Give an empty node of the kind that the next part of a path needs."""
    if not path:
        return node_of(type(value)()) if isinstance(value, dict | list) else node_of(Untyped(""))
    return node_of([] if is_item(path[0]) or is_index(path[0]) else {})


def _at_index(node: TextNode, path: Path, value: Any, create: bool) -> Found:
    items, at = list(_items(node, path[0])), int(path[0])
    if at == len(items) and create:
        items.append(_new(path[1:], value))
    if at >= len(items):
        raise PathError(f"there is no index {at} in a list of {len(items)}")
    items[at], count = write_at(items[at], path[1:], value, create=create)
    return node._replace(value=tuple(items)) if node.kind == LIST else node, count


def _at_items(node: TextNode, path: Path, value: Any, create: bool) -> Found:
    key, text = split_item(path[0])
    items, pattern = _items(node, path[0]), compile_pattern(text, NOWHERE)
    rest = path[1:] if key else ()
    fits = [_fits(item, key, pattern) for item in items]
    done = [
        write_at(item, rest, value, create=create) if fit else (item, 0) for item, fit in zip(items, fits, strict=True)
    ]
    if any(count for _, count in done) or not create or any(fits):
        return _with_items(node, done)
    made = node_of({key: Untyped(text)} if key else Untyped(text))
    if not _fits(made, key, pattern):
        raise PathError(f"'{path[0]}' cannot be created: it is a pattern")
    holder = node if node.kind == LIST else node_of([])
    found = _at_items(holder._replace(value=(*items, made)), path, value, create)
    return found if node.kind == LIST else (node, found[1])  # a null stays null, whatever is put into it


def _fits(item: TextNode, key: str, pattern: Any) -> bool:
    named = item if not key else _field(item, key)
    if named is None or named.kind != SCALAR:
        return False
    quotes = named.style if named.style in ("'", '"') else ""
    return bool(pattern.search(f"{quotes}{named.value}{quotes}".strip()))


def _field(node: TextNode, name: str) -> TextNode | None:
    pairs = node.value if node.kind == MAPPING else ()
    return next((value for key, value in pairs if key.value == name), None)


def _at_field(node: TextNode, path: Path, value: Any, create: bool) -> Found:
    if node.kind != MAPPING and not _is_null(node):
        raise PathError(f"'{path[0]}' is looked for in something that is no mapping")
    old = _field(node, path[0])
    if old is None and not create:
        return node, 0
    if old is not None and old.kind == SCALAR and path[1:]:
        return node, _count_within(old, path[1:], value, create)
    new, count = write_at(_new(path[1:], value) if old is None else old, path[1:], value, create=create)
    if node.kind != MAPPING:
        return node, count
    if old is None:
        return node._replace(value=(*node.value, (node_of(Untyped(path[0])), new))), count
    first = next(at for at, (key, _) in enumerate(node.value) if key.value == path[0])
    pairs = [(key, new if at == first else one) for at, (key, one) in enumerate(node.value)]
    return node._replace(value=tuple(pairs)), count


def _count_within(node: TextNode, path: Path, value: Any, create: bool) -> int:
    """Give how many places there are in a text within the text: kustomize writes there into what it forgets."""
    document = read_text(node.value)
    if document is None:
        raise PathError(f"'{path[0]}' is looked for in an empty text")
    return write_at(document.root, path, value, create=create)[1]
