"""The line of a field inside a document, found by reading the text a second time: only errors need it."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from kfinstall.manifest.node import Node


def locate_document(text: str | bytes, path: str, document_line: int, first_line: int = 1) -> Node | None:
    """Give the nodes of the document that starts at a line of a text which itself starts at `first_line`."""
    return locate_in_rows(split_rows(text), path, document_line, first_line)


def split_rows(text: str | bytes) -> list[bytes]:
    """Give the lines of a text."""
    return (text.encode() if isinstance(text, str) else text).split(b"\n")


def locate_in_rows(rows: list[bytes], path: str, document_line: int, first_line: int = 1) -> Node | None:
    """Do as `locate_document` with the lines of the text."""
    from kfinstall.manifest.nodes import parse_node

    start = document_line - first_line
    end = next((at for at in range(start + 1, len(rows)) if rows[at].startswith(b"---")), len(rows))
    return parse_node(b"\n".join(rows[start:end]), path, document_line).node


def locate_field(node: Node, *field: str | int) -> Node:
    """Give the node at a field path, or the nearest one around it that exists."""
    for part in field:
        child = _child(node.value, part)
        if child is None:
            break
        node = child
    return node


def _child(value: Any, part: str | int) -> Node | None:
    child: Node | None = None
    if isinstance(value, dict):
        child = value.get(part)
    elif isinstance(value, list) and isinstance(part, int) and part < len(value):
        child = value[part]
    return child
