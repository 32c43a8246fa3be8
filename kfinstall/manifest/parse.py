"""YAML text -> manifests, in the dialect kustomize reads resources and patches in.

Values come straight from libyaml's events. What is aliased in the text is shared in the result: a manifest is never
changed in place.

Source: kyaml v0.21.1 (kio/byteio_reader.go, yaml/rnode.go) on go.yaml.in/yaml/v3.
"""

from __future__ import annotations

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.anchors import AliasError, Anchors, begin, follow, merged, no_anchors, remember
from kfinstall.manifest.document import Document
from kfinstall.manifest.events import LONG_TAG, MAX_DEPTH, encode, split_documents, yaml_errors
from kfinstall.manifest.folded import refold
from kfinstall.manifest.memo import (
    EMPTY,
    EMPTY_IN_BRACES,
    MERGE,
    NOT_TEXT,
    BareKey,
    Keys,
    Mark,
    Styled,
    Values,
    patch_keys,
    refused_keys,
    top_keys,
)
from kfinstall.manifest.quoted import events_of
from kfinstall.manifest.scalar import NOT_BASE64, SourceText, SpelledBool, Tagged, decode_binary, resource_scalar
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

TAGGED_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": (bool, SpelledBool),
    "null": type(None),
    "timestamp": SourceText,
}


TEXT_TAGS = (None, "!", f"{LONG_TAG}str")
"""Tags of keys that are text; kustomize cannot print a key with another, but at the top."""


class _Reader(NamedTuple):
    """All that reading one document needs."""

    next_event: Callable[[], Any]
    keys: Keys
    top_keys: Keys
    block: Values
    flow: Values
    styled: Styled
    anchors: Anchors
    path: str
    first_line: int


def parse_documents(
    text: str | bytes, path: str, first_line: int = 1, *, is_patch: bool = False
) -> tuple[Document, ...]:
    """Give the documents of a file in order; documents without content are left out.

    In:     path, for errors; the line `text` starts at, when it stands inside another file; whether the text is a
            patch, in which a key need not be text.
    Raises: InputError for what is no YAML, duplicate keys, keys that are no text, nesting or aliases without bound.
    """
    content = encode(text, path)
    keys, tops = patch_keys() if is_patch else refused_keys(), top_keys()
    block, flow, styled = Values(EMPTY), Values(EMPTY_IN_BRACES), Styled()
    documents: list[Document] = []
    for chunk in split_documents(content, path, first_line):
        with yaml_errors(chunk, path):
            next_event = events_of(chunk.content)
            reader = _Reader(next_event, keys, tops, block, flow, styled, no_anchors(), path, chunk.first_line)
            documents += _read_chunk(reader)
    return tuple(documents)


def _read_chunk(reader: _Reader) -> Iterator[Document]:
    reader.next_event()
    if type(reader.next_event()) is not DocumentStartEvent:
        return
    document = _read_document(reader)
    if document.manifest is not None:
        yield document
    while type(reader.next_event()) is DocumentStartEvent:
        extra = _read_document(reader)
        if extra.manifest is not None:
            raise InputError(
                "a second document begins without a line '---'",
                origin=Origin(reader.path, extra.line),
                hint="kustomize never reads it; put '---' on a line of its own before it",
            )


def _read_document(reader: _Reader) -> Document:
    reader.anchors.values.clear()
    event = reader.next_event()
    line = event.start_mark.line + reader.first_line
    manifest = _read_value(reader, event, False, 0)
    reader.next_event()
    has_bare_keys = reader.keys.bare is BareKey and any(type(key) is BareKey for key in reader.keys.values())
    if (reader.block.pop("", None), reader.flow.pop("", None)) == (None, None):
        return Document(manifest, line, (), has_bare_keys)
    found = tuple(_settle_empties(manifest, ()))
    return Document(None if manifest is EMPTY else manifest, line, found, has_bare_keys)


def _settle_empties(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Make each field that was left empty null, or text between braces, and give its path.

    Kustomize prints what is empty between braces as '' before it reads it again.
    """
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, child in children:
        if child is EMPTY or child is EMPTY_IN_BRACES:
            value[part] = None if child is EMPTY else ""
            yield (*path, part)
        elif isinstance(child, dict | list):
            yield from _settle_empties(child, (*path, part))


def _read_value(reader: _Reader, event: Any, is_flow: bool, depth: int) -> Any:
    kind = type(event)
    if kind is ScalarEvent:
        value = _read_scalar(reader, event, is_flow)
    elif kind is AliasEvent:
        return _follow(reader, event)
    elif depth > MAX_DEPTH:
        raise _error(reader, event, f"nested deeper than {MAX_DEPTH}")
    else:
        if event.anchor:
            begin(reader.anchors, event.anchor)
        read = _read_mapping if kind is MappingStartEvent else _read_sequence
        value = read(reader, event, is_flow or event.flow_style, depth + 1)
    if event.anchor:
        remember(reader.anchors, event.anchor, value)
    return value


def _read_mapping(reader: _Reader, start: MappingStartEvent, is_flow: bool, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    merges: list[Any] = []
    next_event, values = reader.next_event, reader.flow if is_flow else reader.block
    keys = reader.keys if depth > 1 else reader.top_keys
    while type(event := next_event()) is not MappingEndEvent:
        is_plain = type(event) is ScalarEvent and not (event.style or event.tag or event.anchor)
        key = keys[event.value] if is_plain else _read_key(reader, event, keys)
        key_event, event = event, next_event()
        if type(event) is ScalarEvent and not (event.tag or event.anchor):
            value = _read_styled(reader, event) if event.style else values[event.value]
        else:
            value = _read_value(reader, event, is_flow, depth)
        if key in result or not isinstance(key, str):
            _check_key(reader, key_event, key, merges)
            merges.append(value)
        else:
            result[key] = value
    return _merge(reader, start, result, merges) if merges else result


def _read_sequence(reader: _Reader, start: SequenceStartEvent, is_flow: bool, depth: int) -> list[Any]:
    result: list[Any] = []
    next_event, values = reader.next_event, reader.flow if is_flow else reader.block
    while type(event := next_event()) is not SequenceEndEvent:
        if type(event) is ScalarEvent and not (event.tag or event.anchor):
            result.append(_read_styled(reader, event) if event.style else values[event.value])
        else:
            result.append(_read_value(reader, event, is_flow, depth))
    return result


def _read_styled(reader: _Reader, event: ScalarEvent) -> str:
    """Give text in quotes, or in a block."""
    text: str = event.value if event.style != ">" else refold(event.value)
    return text if "\n" in text else reader.styled[text]


def _read_scalar(reader: _Reader, event: ScalarEvent, is_flow: bool) -> Any:
    tag, text = event.tag, event.value
    if tag is None or tag == "!":
        return _read_styled(reader, event) if event.style else (reader.flow if is_flow else reader.block)[text]
    text = text if event.style != ">" else refold(text)
    name = tag.removeprefix(LONG_TAG)
    if name == "binary":
        return _decode_binary(reader, event)
    expected = TAGGED_TYPES.get(name) if tag != name else None
    if expected is None:
        return text if event.style else Tagged(text)
    value = resource_scalar(text)
    if not isinstance(value, expected) or (name in ("int", "float") and isinstance(value, bool)):
        raise _error(reader, event, f"'{text}' cannot be read as !!{name}")
    return value


def _decode_binary(reader: _Reader, event: ScalarEvent) -> str:
    try:
        value = SourceText(decode_binary(event.value))
    except ValueError:
        raise _error(reader, event, NOT_BASE64) from None
    value.text = event.value
    return value


def _read_key(reader: _Reader, event: Any, keys: Keys) -> str | Mark:
    """Give a key that is quoted, tagged, anchored, an alias, or no scalar."""
    if type(event) not in (ScalarEvent, AliasEvent):
        raise _error(reader, event, "a key is a mapping or a list", "is a '{{ }}' of a template without quotes?")
    if type(event) is ScalarEvent and event.value == "<<" and event.style:
        raise _error(reader, event, "the key '<<' in quotes is lost in kustomize", "rename it")
    if type(event) is ScalarEvent and keys is not reader.top_keys and event.tag not in TEXT_TAGS:
        return NOT_TEXT
    value = _read_value(reader, event, False, 0)
    if event.anchor and type(event) is ScalarEvent:
        remember(reader.anchors, event.anchor, event.value)
    if isinstance(value, str) and not isinstance(value, SourceText):
        return str(value)
    return keys[event.value] if type(event) is ScalarEvent else NOT_TEXT


def _check_key(reader: _Reader, event: Any, key: str | Mark, merges: list[Any]) -> None:
    """Raise unless the key is the first `<<` of its mapping."""
    if key is NOT_TEXT:
        raise _error(reader, event, f"the key {event.value or 'null'} is not text", "put the key in quotes")
    if key is not MERGE or merges:
        raise _error(reader, event, f"the key '{event.value}' is already defined", "keep one of the two")


def _merge(reader: _Reader, event: Any, mapping: dict[str, Any], sources: list[Any]) -> dict[str, Any]:
    try:
        return merged(mapping, sources)
    except AliasError as error:
        raise _error(reader, event, str(error), error.hint) from None


def _follow(reader: _Reader, event: AliasEvent) -> Any:
    try:
        return follow(reader.anchors, event.anchor or "")
    except AliasError as error:
        raise _error(reader, event, str(error), error.hint) from None


def _error(reader: _Reader, event: Any, message: str, hint: str = "") -> InputError:
    return InputError(message, origin=Origin(reader.path, event.start_mark.line + reader.first_line), hint=hint)
