"""Schemas in comments: `items: # {"type": "array", "x-kubernetes-patch-strategy": "merge"}` says how a list merges.

A comment stands on the line of a key, or on a line of its own right above it. It is the key's, and where mappings are
merged it goes where the key goes: so the key holds it.

Source: kustomize v5.8.1, kyaml/fieldmeta/fieldmeta.go and kyaml/yaml/walk/map.go.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.locate import locate_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeAlias

    from kfinstall.manifest.node import Node
    from kfinstall.resource import Manifest

Place: TypeAlias = "tuple[str | int, ...]"
Lines: TypeAlias = "dict[int, Mapping[str, Any]]"
"""Line of a key -> the schema in its comment."""


class DescribedKey(str):
    """A key with the schema that a comment gives its field."""

    schema: Mapping[str, Any]


def described(name: str, schema: Mapping[str, Any]) -> DescribedKey:
    """Give a key that holds a schema."""
    key = DescribedKey(name)
    key.schema = schema
    return key


def has_schema_comments(text: str | bytes) -> bool:
    """Say whether a text may hold schemas in comments: few do."""
    if isinstance(text, bytes):
        return any(part.lstrip(b"# \t")[:1] == b"{" for part in text.split(b"#")[1:])
    return any(part.lstrip("# \t")[:1] == "{" for part in text.split("#")[1:])


def holds_schemas(value: Any) -> bool:
    """Has a key of the value, or of one within it, a schema?"""
    if isinstance(value, dict):
        return any(type(key) is DescribedKey or holds_schemas(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(holds_schemas, value))


def without_schemas(value: Any) -> Any:
    """Give a value with plain keys."""
    if isinstance(value, dict):
        return {str(k) if type(k) is DescribedKey else k: without_schemas(inner) for k, inner in value.items()}
    return [without_schemas(item) for item in value] if isinstance(value, list) else value


def add_schema_comments(
    manifest: Manifest, text: str | bytes, path: str, document_line: int, first_line: int = 1
) -> Manifest:
    """Give the manifest of one document with the schemas in its keys; itself where there are none."""
    lines = _schemas(text.decode() if isinstance(text, bytes) else text, first_line)
    node = locate_document(text, path, document_line, first_line) if lines else None
    for place, schema in _found(node, lines, ()) if node else ():
        manifest = _with_key(manifest, place, schema)
    return manifest


def _schemas(text: str, first_line: int) -> Lines:
    """Give the schemas by the line of the key they are for."""
    found: Lines = {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        before, mark, comment = line.partition("#")
        schema = _read(comment.lstrip("#")) if mark and before[-1:] in ("", " ", "\t") else None
        if schema and before.strip():
            found[_opening_line(lines, number, before) + first_line] = schema
        elif schema and _stands_above_key(lines, number):
            found.setdefault(number + first_line + 1, schema)
    return found


def _opening_line(lines: list[str], number: int, before: str) -> int:
    """Give the number of the line on which what a line closes was opened: brackets may go over several lines."""
    depth = _closed(before)
    while depth > 0 and number:
        number -= 1
        depth += _closed(lines[number])
    return number


def _closed(line: str) -> int:
    return sum(line.count(mark) for mark in "]}") - sum(line.count(mark) for mark in "[{")


def _stands_above_key(lines: list[str], number: int) -> bool:
    """Is the comment a single one, with a field below it?"""
    above = lines[number - 1].lstrip() if number else ""
    below = lines[number + 1].lstrip() if number + 1 < len(lines) else ""
    return not above.startswith("#") and not below.startswith(("#", "- "))


def _read(comment: str) -> Mapping[str, Any] | None:
    """Give the schema that a comment is; None for any other comment."""
    if not comment.lstrip().startswith("{"):
        return None
    import json

    try:
        schema = json.loads(comment)
    except (ValueError, RecursionError):
        return None
    is_typed = isinstance(schema.get("type", ""), str | list)
    return schema if isinstance(schema, dict) and is_typed else None


def _found(node: Node, lines: Lines, place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Give the fields that have a schema; of several that begin on one line, the outermost is meant."""
    children: Any = node.value.items() if isinstance(node.value, dict) else ()
    children = enumerate(node.value) if isinstance(node.value, list) else children
    for part, child in children:
        schema = lines.pop(child.key_line, None) if isinstance(part, str) else None
        if schema is not None and isinstance(child.value, dict | list):
            yield (*place, part), schema
        yield from _found(child, lines, (*place, part))


def _with_key(node: Any, place: Place, schema: Mapping[str, Any]) -> Any:
    """Give a copy with the schema in the key at a place; what was read otherwise there stays as it is."""
    name, *rest = place
    if isinstance(node, list) and isinstance(name, int) and name < len(node):
        return [*node[:name], _with_key(node[name], tuple(rest), schema), *node[name + 1 :]]
    if not isinstance(node, dict) or name not in node:
        return node
    if rest:
        return {**node, name: _with_key(node[name], tuple(rest), schema)}
    return {described(key, schema) if key == name else key: value for key, value in node.items()}
