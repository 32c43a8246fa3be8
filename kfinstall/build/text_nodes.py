"""YAML that stands in a text, as nodes that know how it was written: what it is changed in, to be printed again.

A resource's manifest does not know its quotes, comments and anchors; here they are what must stay.

Source: go.yaml.in/yaml/v3 v3.0.3, decode.go and parserc.go.
"""

from __future__ import annotations

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from kfinstall.build.text_comments import NO_COMMENTS, Comments, Token, find_comments
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.events import LONG_TAG, MAX_DEPTH, Chunk, encode, yaml_errors
from kfinstall.manifest.quoted import events_of
from kfinstall.manifest.scalar import Quoted, SourceText, SpelledBool, Untyped, resource_scalar, source_text
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SCALAR, MAPPING, LIST, ALIAS = "scalar", "mapping", "list", "alias"
PLACE = "text"


class TextNode(NamedTuple):
    """A node of a text.

    `value`: the text of a scalar, the name of an alias, the items of a list, pairs of a key and a value of a mapping.
    `style`: of a scalar its quotes, `|` or `>`; of a collection `flow`. `tag`: the type of a scalar, "" where it has
    none; `is_tagged`: it is written there. `line`: where it starts; 0 for what was not in the text.
    """

    kind: str
    value: Any
    style: str = ""
    tag: str = ""
    is_tagged: bool = False
    anchor: str = ""
    line: int = 0


class TextDocument(NamedTuple):
    """The first document of a text, and its comments."""

    root: TextNode
    comments: Comments


class _Reader(NamedTuple):
    next_event: Callable[[], Any]
    tokens: list[Token]


def read_text(text: str) -> TextDocument | None:
    """Give the first document of a text; None where there is none.

    Raises: InputError for what is no YAML.
    """
    chunk = Chunk(encode(text, PLACE), 1)
    with yaml_errors(chunk, PLACE):
        reader = _Reader(events_of(chunk.content), [])
        reader.next_event()
        if type(reader.next_event()) is not DocumentStartEvent:
            return None
        root = _read(reader, reader.next_event(), 0)
    has_comments = b"#" in chunk.content
    return TextDocument(root, find_comments(chunk.content.decode(), reader.tokens) if has_comments else NO_COMMENTS)


def _read(reader: _Reader, event: Any, depth: int) -> TextNode:
    line = event.start_mark.line + 1
    if type(event) is AliasEvent:
        return TextNode(ALIAS, event.anchor, line=line)
    if depth > MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH}", origin=Origin(PLACE, line), hint="split the text")
    anchor, tag = event.anchor or "", event.tag or ""
    if type(event) is ScalarEvent:
        _note(reader, event, is_scalar=True)
        return TextNode(SCALAR, event.value, event.style or "", _tag(event), bool(tag and tag != "!"), anchor, line)
    read = _read_mapping if type(event) is MappingStartEvent else _read_list
    kind = MAPPING if type(event) is MappingStartEvent else LIST
    style = "flow" if event.flow_style else ""
    return TextNode(kind, read(reader, depth + 1), style, short_tag(tag), bool(tag), anchor, line)


def _read_mapping(reader: _Reader, depth: int) -> tuple[tuple[TextNode, TextNode], ...]:
    pairs = []
    while type(event := reader.next_event()) is not MappingEndEvent:
        _note(reader, event)
        key = _read(reader, event, depth)
        pairs.append((key, _read(reader, reader.next_event(), depth)))
    return tuple(pairs)


def _read_list(reader: _Reader, depth: int) -> tuple[TextNode, ...]:
    items = []
    while type(event := reader.next_event()) is not SequenceEndEvent:
        _note(reader, event, is_item=True)
        items.append(_read(reader, event, depth))
    return tuple(items)


def _note(reader: _Reader, event: Any, *, is_item: bool = False, is_scalar: bool = False) -> None:
    start, end = event.start_mark, event.end_mark
    column = max(0, start.column - 2) if is_item else start.column
    span = (start.line, start.column, end.line, end.column) if is_scalar else None
    reader.tokens.append(Token(start.line, column, span))


def _tag(event: ScalarEvent) -> str:
    tag = short_tag(event.tag or "")
    if tag and tag != "!":
        return tag
    return "!!str" if event.style or tag == "!" else type_of(event.value)


def short_tag(tag: str) -> str:
    """Give `!!int` for the long form of it."""
    return f"!!{tag.removeprefix(LONG_TAG)}" if tag.startswith(LONG_TAG) else tag


def type_of(text: str) -> str:
    """Give the tag that text without quotes has."""
    if text == "<<":
        return "!!merge"
    value = resource_scalar(text) if text else None
    if isinstance(value, str) and not isinstance(value, SpelledBool):
        return "!!timestamp" if isinstance(value, SourceText) else "!!str"
    if isinstance(value, int) and not isinstance(value, bool):
        return "!!int" if not set(source_text(value).lower()) & set(".e") or text[:2].lower() == "0x" else "!!float"
    return "!!null" if value is None else "!!bool" if isinstance(value, bool | SpelledBool) else "!!float"


def node_of(value: Any) -> TextNode:
    """Give a value of a manifest as a node."""
    if isinstance(value, dict):
        return TextNode(
            MAPPING, tuple((TextNode(SCALAR, key, tag="!!str"), node_of(one)) for key, one in value.items())
        )
    if isinstance(value, list):
        return TextNode(LIST, tuple(map(node_of, value)))
    text = str(source_text(value))
    if isinstance(value, Untyped):
        return TextNode(SCALAR, text)
    if isinstance(value, str) and not isinstance(value, SourceText):
        return TextNode(SCALAR, text, '"' if isinstance(value, Quoted) else "", "!!str")
    return TextNode(SCALAR, text, tag=type_of(text))
