"""YAML text -> nodes that know their line, in the dialect kustomize reads its own files in.

Kustomization files, configurations and JSON patches are YAML 1.1 read into JSON: `yes` is true, keys become text, of a
repeated key the last counts. These files are short; the code is plain rather than fast.

Source: sigs.k8s.io/yaml v1.6.0 on go.yaml.in/yaml/v2.
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

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.anchors import AliasError, Anchors, begin, children_of, follow, no_anchors, remember
from kfinstall.manifest.events import LONG_TAG, MAX_DEPTH, Chunk, encode, yaml_errors
from kfinstall.manifest.node import Node, NodeDocument, Repeated, plain
from kfinstall.manifest.quoted import events_of
from kfinstall.manifest.scalar import NOT_BASE64, decode_binary, kustomization_scalar
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any


class _Reader(NamedTuple):
    next_event: Callable[[], Any]
    anchors: Anchors
    repeated: list[Repeated]
    path: str
    first_line: int


def parse_node(text: str | bytes, path: str, first_line: int = 1) -> NodeDocument:
    """Give the first document of a text as nodes.

    Raises: InputError for what is no YAML, or a key that JSON cannot have.
    """
    chunk = Chunk(encode(text, path), first_line)
    with yaml_errors(chunk, path):
        reader = _Reader(events_of(chunk.content), no_anchors(_children), [], path, first_line)
        documents = _read_documents(reader)
        node = next(documents, None)
    repeated = tuple(reader.repeated)
    return NodeDocument(node, repeated, _start_of_next(documents, chunk, path))


def _start_of_next(documents: Iterator[Node], chunk: Chunk, path: str) -> Origin | None:
    """Give where the next document starts; one that is no YAML starts where that shows."""
    try:
        with yaml_errors(chunk, path):
            node = next(documents, None)
    except InputError as error:
        return error.origin
    return Origin(path, node.line) if node else None


def parse_plain(text: str | bytes, path: str, first_line: int = 1) -> Any:
    """Give the first document of a text as plain data; None when it is empty."""
    node = parse_node(text, path, first_line).node
    return plain(node) if node else None


def _read_documents(reader: _Reader) -> Iterator[Node]:
    reader.next_event()
    while type(reader.next_event()) is DocumentStartEvent:
        reader.anchors.values.clear()
        node = _read_node(reader, reader.next_event(), 0, 0)
        if node.value is not None:
            yield node
        reader.next_event()


def _read_node(reader: _Reader, event: Any, key_line: int, depth: int) -> Node:
    line = _line(reader, event)
    if type(event) is AliasEvent:
        return _follow(reader, event)._replace(key_line=key_line or line)
    if depth > MAX_DEPTH:
        raise _error(reader, event, f"nested deeper than {MAX_DEPTH}")
    if event.anchor:
        begin(reader.anchors, event.anchor)
    if type(event) is ScalarEvent:
        node = Node(_read_scalar(reader, event), line, key_line or line, event.value, event.style or "")
    else:
        read = _read_mapping if type(event) is MappingStartEvent else _read_sequence
        node = Node(read(reader, event, depth + 1), line, key_line or line)
    if event.anchor:
        remember(reader.anchors, event.anchor, node)
    return node


def _read_mapping(reader: _Reader, start: Any, depth: int) -> dict[str, Node]:
    result: dict[str, Node] = {}
    while type(event := reader.next_event()) is not MappingEndEvent:
        key = _read_key(reader, event, depth)
        node = _read_node(reader, reader.next_event(), _line(reader, event), depth)
        if key == "<<" and not getattr(event, "style", ""):
            for source in reversed(_sources(reader, start, node)):
                result |= source  # go-yaml v2 lets it win over what stands before it
            continue
        if key in result:
            reader.repeated.append(Repeated(key, Origin(reader.path, node.key_line)))
        result[key] = node
    return result


def _read_sequence(reader: _Reader, start: Any, depth: int) -> list[Node]:
    result = []
    while type(event := reader.next_event()) is not SequenceEndEvent:
        result.append(_read_node(reader, event, 0, depth))
    return result


def _read_scalar(reader: _Reader, event: ScalarEvent) -> Any:
    tag, text = event.tag, event.value
    if tag is None or tag == "!":
        return text if event.style else kustomization_scalar(text)
    if tag == f"{LONG_TAG}binary":
        return _decode_binary(reader, event)
    if tag.removeprefix(LONG_TAG) not in ("int", "float", "bool", "null"):
        return text
    value = kustomization_scalar(text)
    if isinstance(value, str):
        raise _error(reader, event, f"'{text}' cannot be read as !!{tag.removeprefix(LONG_TAG)}")
    return value


def _decode_binary(reader: _Reader, event: ScalarEvent) -> str:
    try:
        return decode_binary(event.value)
    except ValueError:
        raise _error(reader, event, NOT_BASE64) from None


def _read_key(reader: _Reader, event: Any, depth: int) -> str:
    """Give a key as text: numbers and booleans as JSON writes them."""
    value = _read_node(reader, event, 0, depth).value
    if value is None or isinstance(value, dict | list) or (isinstance(value, float) and value - value != 0):
        raise _error(reader, event, "a key is no text", "put the key in quotes")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:.8g}" if isinstance(value, float) else str(value)


def _sources(reader: _Reader, start: Any, node: Node) -> list[dict[str, Node]]:
    """Give the mappings that a `<<` key names, those that win first."""
    flat = node.value if isinstance(node.value, list) else [node]
    if not all(isinstance(one.value, dict) for one in flat):
        raise _error(reader, start, "the key '<<' takes a mapping or a list of mappings")
    return [one.value for one in flat]


def _follow(reader: _Reader, event: AliasEvent) -> Node:
    try:
        node: Node = follow(reader.anchors, event.anchor or "")
    except AliasError as error:
        raise _error(reader, event, str(error), error.hint) from None
    return node


def _children(node: Node) -> Iterable[Node]:
    return children_of(node.value)


def _line(reader: _Reader, event: Any) -> int:
    return int(event.start_mark.line) + reader.first_line


def _error(reader: _Reader, event: Any, message: str, hint: str = "") -> InputError:
    return InputError(message, origin=Origin(reader.path, _line(reader, event)), hint=hint)
