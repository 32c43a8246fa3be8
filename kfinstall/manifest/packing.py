"""Documents as bytes and back: plain data as Python's own, and beside it what is more than that, with its place.

What is more: texts and numbers that know how they were written.
"""

from __future__ import annotations

import marshal

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.document import Document
from kfinstall.manifest.scalar import Bare, Quoted, SourceFloat, SourceInt, SourceText, SpelledBool, Tagged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    Path: TypeAlias = tuple[str | int, ...]
    Mark: TypeAlias = tuple[int, Path, int, str]
    """The place of a document among the others, a path in it, which of `MARKED` stands there, and what was written."""

MARKED: tuple[type, ...] = (Quoted, Bare, SourceInt, SourceFloat, SourceText, SpelledBool, Tagged)

PLAIN: dict[type, type] = {SourceInt: int, SourceFloat: float, **dict.fromkeys((Quoted, Bare, SourceText, Tagged), str)}


def pack(documents: Iterable[Document], beside: Any = None) -> bytes:
    """Give documents as bytes, with plain data that belongs to them.

    Raises: ValueError where there is something that cannot be kept, such as a key that is no text.
    """
    rows = [tuple(document) for document in documents]
    try:
        return marshal.dumps((rows, (), beside))
    except ValueError:
        marks: list[Mark] = []
        bare = [(_take(row[0], i, (), marks, {}), *row[1:]) for i, row in enumerate(rows)]
        return marshal.dumps((bare, marks, beside))


def unpack(packed: Any) -> tuple[tuple[Document, ...], Any]:
    """Give the documents that `marshal` read, and what belongs to them."""
    rows, marks, beside = packed
    documents = tuple(Document(*row) for row in rows)
    for i, path, kind, text in marks:
        holder = documents[i].manifest
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = _marked(MARKED[kind], holder[path[-1]], text)
    return documents, beside


def _take(value: Any, document: int, path: Path, marks: list[Mark], known: dict[int, Any]) -> Any:
    """Give a value as plain data; what was more is listed. What is the same object stays one."""
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, dict):
        known[id(value)] = pairs = {
            key: _take(inner, document, (*path, key), marks, known) for key, inner in value.items()
        }
        return pairs
    if isinstance(value, list):
        known[id(value)] = items = [_take(one, document, (*path, at), marks, known) for at, one in enumerate(value)]
        return items
    if type(value) not in MARKED:
        return value
    is_spelled = isinstance(value, SpelledBool)
    marks.append((document, path, MARKED.index(type(value)), str(value) if is_spelled else getattr(value, "text", "")))
    return value.value if is_spelled else PLAIN[type(value)](value)


def _marked(kind: type, value: Any, text: str) -> Any:
    if kind is SpelledBool:
        return SpelledBool(text)
    marked = kind(value)
    if text:
        marked.text = text
    return marked
