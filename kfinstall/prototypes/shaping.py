"""A shape onto a document: fields are filled and parts taken away in place, comments and order stay.

A path is that of kustomize's replacements: keys with dots between them, `[name=x]` an item of a list, `*` all of them,
`\\.` a dot within a key.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, SingleQuotedScalarString

from kfinstall.build.field_paths import is_index, is_item, parse_field_path, split_item
from kfinstall.errors import InputError
from kfinstall.prototypes.model import Prototype, Shape, Variables
from kfinstall.prototypes.values import HOLE, fill, holds

PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null|inf|nan)$)(?:-{0,2}[a-z]|/)(?:[\w./@=-]|:(?=\S))*|\d+(?:m|[KMGT]i)",
    re.IGNORECASE,
)
"""Texts that every YAML parser reads as texts without quotes."""

SHORT = 72


class Place(NamedTuple):
    """A spot in a document: the mapping or list, the key or index in it, and the place of that mapping or list."""

    container: Any
    key: Any
    parent: Place | None


def is_for(shape: Shape, document: Any) -> bool:
    """Say whether a shape is for a document, by its kind, or kind and name."""
    kind, _, name = shape.of.partition("/")
    return kind in ("", document["kind"]) and name in ("", document["metadata"]["name"])


def applies(shape: Shape, known: Variables) -> bool:
    """Say whether all conditions of a shape hold."""
    return all(holds(condition, known) for condition in shape.when)


def fill_fields(document: Any, shape: Shape, found: Prototype, known: Variables) -> None:
    """Write the value of a shape into its fields.

    Raises: InputError for a field that is not there: the prototype is wrong.
    """
    for path in shape.fields:
        places = places_at(document, path)
        if not places:
            raise InputError(f"prototype {found.name}: nothing is at {path} of {document['kind']}")
        for place in places:
            place.container[place.key] = value_of(shape, found, known)


def value_of(shape: Shape, found: Prototype, known: Variables) -> Any:
    """Give the value of a shape: words, a number or boolean where a parameter of that type stands alone, or a text."""
    if shape.kind == "words":
        words = [word for part in shape.value.split() for word in _words(part, found, known)]
        return _list([text_of(word) for word in words])
    filled = fill(shape.value, known)
    types = {one.name: one.type for one in found.parameters}
    alone = HOLE.fullmatch(shape.value)
    kind = types.get(alone[1]) if alone and shape.kind == "value" else None
    if kind == "integer":
        return int(filled)
    return filled == "true" if kind == "boolean" else text_of(filled)


def _list(words: list[Any]) -> CommentedSeq:
    """Give a list that is written on one line where that is short."""
    items = CommentedSeq(words)
    if sum(map(len, words)) < SHORT:
        items.fa.set_flow_style()
    return items


def _words(part: str, found: Prototype, known: Variables) -> list[str]:
    """Give the words of one part: a parameter that stands alone is split as a shell does, else it is one word."""
    filled = fill(part, known)
    if not HOLE.fullmatch(part):
        return [filled]
    try:
        return shlex.split(filled)
    except ValueError as error:
        message = f"{part.strip('{}')} is '{filled}', and must be words as a shell takes them"
        raise InputError(message, hint=str(error).lower()) from None


def text_of(text: str) -> Any:
    """Give a text so that it is written with quotes where a YAML parser might read anything else, or line by line."""
    if "\n" in text:
        return LiteralScalarString(text)
    if PLAIN.fullmatch(text):
        return text
    return SingleQuotedScalarString(text) if '"' in text else DoubleQuotedScalarString(text)


def remove_parts(document: Any, shape: Shape) -> None:
    """Take away what is at the paths of a shape, and a mapping or list that is empty then."""
    for path in shape.removes:
        for place in reversed(places_at(document, path)):
            _remove(place)


def _remove(place: Place) -> None:
    del place.container[place.key]
    if not place.container and place.parent:
        _remove(place.parent)


def places_at(document: Any, path: str) -> list[Place]:
    """Give every place in a document that a path leads to."""
    *steps, last = parse_field_path(path)
    places: list[Place | None] = [None]
    for step in steps:
        places = [inner for place in places for inner in _step(_node(document, place), step, place)]
    return [inner for place in places for inner in _step(_node(document, place), last, place)]


def _node(document: Any, place: Place | None) -> Any:
    return document if place is None else place.container[place.key]


def _step(node: Any, step: str, parent: Place | None) -> Iterator[Place]:
    if isinstance(node, dict):
        keys = list(node) if step == "*" else [step] if step in node else []
    elif isinstance(node, list):
        keys = [at for at, item in enumerate(node) if _is_meant(item, at, step)]
    else:
        keys = []
    for key in keys:
        yield Place(node, key, parent)


def _is_meant(item: Any, at: int, step: str) -> bool:
    if is_item(step):
        key, value = split_item(step)
        return isinstance(item, dict) and str(item.get(key)) == value
    return step == "*" or (is_index(step) and int(step) == at)
