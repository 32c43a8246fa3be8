"""Schemas in comments: `items: # {"type": "array", "x-kubernetes-patch-strategy": "merge"}` says how a list merges.

Source: kyaml v0.21.1, fieldmeta/fieldmeta.go; yaml/walk/walk.go (GetSchema).
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, lazy_pattern
from kfinstall.manifest.locate import locate_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeAlias

    from kfinstall.manifest.node import Node

FieldSchema: TypeAlias = "tuple[tuple[str | int, ...], Mapping[str, Any]]"
COMMENT = lazy_pattern(r'(?m)^[^\n#]*#\s*(\{[^\n]*"x-kubernetes-[^\n]*\})\s*$')


def has_schema_comments(text: str | bytes) -> bool:
    """Say whether a text may hold schemas in comments: few do."""
    return (b'"x-kubernetes-' in text if isinstance(text, bytes) else '"x-kubernetes-' in text) and bool(_schemas(text))


def schema_comments(text: str | bytes, path: str, document_line: int, first_line: int = 1) -> tuple[FieldSchema, ...]:
    """Give the fields of one document that have a schema in the comment on their line."""
    schemas = {line + first_line - 1: schema for line, schema in _schemas(text).items()}
    node = locate_document(text, path, document_line, first_line)
    return tuple(_found(node, schemas, ())) if node else ()


def _schemas(text: str | bytes) -> dict[int, Mapping[str, Any]]:
    """Give line -> the schema in its comment; a comment that is no JSON is none."""
    content = text.decode() if isinstance(text, bytes) else text
    import json

    found: dict[int, Mapping[str, Any]] = {}
    for match in COMMENT.finditer(content):
        try:
            found[content.count("\n", 0, match.start(1)) + 1] = json.loads(match[1])
        except ValueError:
            continue
    return found


def _found(node: Node, schemas: Mapping[int, Mapping[str, Any]], path: tuple[str | int, ...]) -> Iterator[FieldSchema]:
    children: Any = node.value.items() if isinstance(node.value, dict) else ()
    children = enumerate(node.value) if isinstance(node.value, list) else children
    for part, child in children:
        if isinstance(part, str) and child.key_line in schemas:
            yield (*path, part), schemas[child.key_line]
        yield from _found(child, schemas, (*path, part))
