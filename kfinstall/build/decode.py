"""Nodes of a file -> the types of `kustomization`, with every mistake at its line.

What a field may hold is its annotation; there is no second description of it. The rules are those of Go's JSON
decoder: fields match whatever their case, null gives the zero value.

Source: encoding/json and sigs.k8s.io/yaml v1.6.0, as api/types/kustomization.go uses them.
"""

from __future__ import annotations

import sys

from kfinstall.build import kustomization
from kfinstall.build.kustomization import SPELLINGS, FieldKey, Generator
from kfinstall.errors import InputError, did_you_mean, raise_all
from kfinstall.light import TYPE_CHECKING, NamedTuple, remembered
from kfinstall.manifest.emit import float_text
from kfinstall.manifest.node import Node, plain
from kfinstall.manifest.scalar import INT64, Unquoted, source_text
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeVar

    T = TypeVar("T")

MOST_KNOWN = 12
TEXT = ""
"""Behind the key of a block of text: the line its text begins on, below the `|`."""
NONE: frozenset[str] = frozenset()
EMBEDDED: Mapping[str, frozenset[str]] = {
    "Selector": frozenset({"group", "version", "kind", "name", "namespace"}),
    "ReplacementSource": frozenset({"group", "version", "kind", "name", "namespace"}),
    "NameReference": frozenset({"group", "version", "kind"}),
    "FieldSpec": frozenset({"group", "version", "kind"}),
    "Generator": frozenset(Generator._fields),
    "Replacement": frozenset({"source_value"}),
}
"""Type -> the fields that stand in an embedded struct in Go, or are pointers: there text is never made of a number.

Source: sigs.k8s.io/yaml v1.6.0, convertToJSONableObject, which looks no deeper than the struct itself.
"""
EMBEDDED_IN_PLUGINS = {**EMBEDDED, "FieldSpec": NONE}
NOT_IN_FILE = {("Kustomization", "path"), ("Kustomization", "lines")}
INFINITY = float("inf")
MAX_FLOAT32 = 3.4028235677973366e38
OR_NONE = " | None"
SCALARS: dict[str, type] = {"str": str, "int": int, "bool": bool}
MAPPINGS = {"StringMap": "str", "Mapping[str, Any]": "Any"}
"""The annotation of a mapping -> that of its values."""
KINDS = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a mapping"}

HINTS = {
    "text": "write a word, or text in quotes",
    "a boolean": "write true or false, without quotes",
    "a number": "write a whole number, without quotes",
    "a list": "begin each entry with '- '",
    "a mapping": "write 'name: value' on lines of their own",
}


class Decoding(NamedTuple):
    """How to read one file, and what came of it: the line of each place, and every mistake.

    `is_strict`: an unknown field is a mistake. `coerces`: a number or a boolean may stand where text is expected, but
    in the fields of `embedded`.
    """

    path: str
    is_strict: bool
    coerces: bool
    lines: dict[FieldKey, int]
    errors: list[InputError]
    embedded: Mapping[str, frozenset[str]] = EMBEDDED


def new_decoding(path: str, *, is_strict: bool = True, coerces: bool = False) -> Decoding:
    """Give a decoding of which nothing has come yet."""
    return Decoding(path, is_strict, coerces, {}, [])


def decode_plain(value: Any, cls: type[T], origin: Origin, *, coerces: bool = True) -> T:
    """Give the configuration of a built-in transformer or generator; unknown fields are left out, as Go does.

    In:     `coerces`: numbers and booleans are taken for text.
    Raises: InputError, or a group of them, for values of another type, at `origin`.
    """
    decoding = new_decoding(origin.path, is_strict=False, coerces=coerces)._replace(embedded=EMBEDDED_IN_PLUGINS)
    result = decode_node(_to_node(value, origin.line), cls, decoding)
    raise_all(decoding.errors)
    return result


def decode_node(node: Node, cls: type[T], decoding: Decoding, key: FieldKey = ()) -> T:
    """Give a mapping as an instance of a type; a value of the wrong type is reported and left out."""
    result = _decode_struct(node, cls, decoding, key)
    assert isinstance(result, cls)
    return result


def decode_list(node: Node, cls: type[T], decoding: Decoding, key: FieldKey = ()) -> tuple[T, ...]:
    """Give a list of mappings as instances of a type."""
    return tuple(_decode_list(node, cls.__name__, cls.__module__, decoding, key))


@remembered(256)
def fields_of(cls: type) -> Mapping[str, tuple[str, str]]:
    """Give the fields of a type: spelling in lower case -> its name and annotation."""
    return {
        spelling_of(cls, name).lower(): (name, hint)
        for name, hint in cls.__annotations__.items()
        if hint != "Origin" and (cls.__name__, name) not in NOT_IN_FILE
    }


def spelling_of(cls: type, name: str) -> str:
    """Give the spelling in the file of a field: `new_tag` -> `newTag`."""
    head, *tail = name.split("_")
    return SPELLINGS.get((cls.__name__, name), head + "".join(word.capitalize() for word in tail))


def show_key(key: FieldKey) -> str:
    """Give a place as people write it: `images[0].newTag`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


def _decode_struct(node: Node, cls: type, decoding: Decoding, key: FieldKey) -> Any:
    given: dict[str, Any] = {}
    if "origin" in cls.__annotations__:
        given["origin"] = Origin(decoding.path, node.line)
    if not isinstance(node.value, dict):
        if node.value is not None:
            _mismatch(node, "a mapping", decoding, key)
        return cls(**given)
    fields = fields_of(cls)
    for name in sorted(node.value):
        child = node.value[name]
        field = fields.get(name.lower())
        if field is None:
            _unknown(name, child, cls, decoding, key)
            continue
        place = (*key, spelling_of(cls, field[0]))
        decoding.lines[place] = child.key_line
        is_embedded = decoding.coerces and field[0] in decoding.embedded.get(cls.__name__, ())
        within = decoding._replace(coerces=False) if is_embedded else decoding
        given[field[0]] = _decode(child, field[1], cls.__module__, within, place)
    return cls(**given)


def _decode(node: Node, hint: str, module: str, decoding: Decoding, key: FieldKey) -> Any:
    """Give a value as its annotation, as written in a module, says."""
    if node.value is None and hint.endswith(OR_NONE):
        return None
    hint = hint.removesuffix(OR_NONE)
    if hint in SCALARS:
        return _decode_scalar(node, SCALARS[hint], decoding, key)
    if hint.startswith("tuple["):
        item = hint.removeprefix("tuple[").removesuffix(", ...]")
        return tuple(_decode_list(node, item, module, decoding, key))
    if hint == "Any":
        return plain(node)
    if hint in MAPPINGS:
        return dict(_decode_mapping(node, MAPPINGS[hint], module, decoding, key))
    return _decode_struct(node, _type_of(hint, module), decoding, key)


def _type_of(name: str, module: str) -> type:
    """Give the type that an annotation names: one of the module it stands in, or of `kustomization`."""
    found: type = vars(sys.modules[module]).get(name) or vars(kustomization)[name]
    return found


def _decode_list(node: Node, hint: str, module: str, decoding: Decoding, key: FieldKey) -> Iterator[Any]:
    if node.value is not None and not isinstance(node.value, list):
        _mismatch(node, "a list", decoding, key)
        return
    for i, child in enumerate(node.value or ()):
        decoding.lines[(*key, i)] = child.line
        yield _decode(child, hint, module, decoding, (*key, i))


def _decode_mapping(node: Node, hint: str, module: str, decoding: Decoding, key: FieldKey) -> Iterator[tuple[str, Any]]:
    if node.value is not None and not isinstance(node.value, dict):
        _mismatch(node, "a mapping", decoding, key)
        return
    for name, child in (node.value or {}).items():
        decoding.lines[(*key, name)] = child.key_line
        yield name, _decode(child, hint, module, decoding, (*key, name))


def _decode_scalar(node: Node, kind: type, decoding: Decoding, key: FieldKey) -> Any:
    value = node.value
    if value is None:
        return kind()
    if type(value) is kind and (kind is not int or value in INT64):
        if node.content_line != node.line:
            decoding.lines[(*key, TEXT)] = node.content_line
        return value
    if kind is str and decoding.coerces and isinstance(value, int | float) and abs(value) < INFINITY:
        return _coerced(value)
    _mismatch(node, KINDS[kind], decoding, key)
    return kind()


def _coerced(value: float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _float32_text(value) if isinstance(value, float) else str(value)


def _float32_text(value: float) -> str:
    """Give a number as Go prints one of 32 bits, with the fewest digits that tell it from others."""
    import struct

    if abs(value) > MAX_FLOAT32:
        return "+Inf" if value > 0 else "-Inf"

    def rounded(number: float) -> bytes:
        return struct.pack("f", number)

    value = float(struct.unpack("f", rounded(value))[0])
    digits = next(n for n in range(9) if n == 8 or rounded(float(f"{value:.{n}e}")) == rounded(value))
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return float_text(float(f"{mantissa}e{power}")) if -5 < int(power) < 6 else f"{mantissa}e{int(power):+03d}"


def _unknown(name: str, node: Node, cls: type, decoding: Decoding, key: FieldKey) -> None:
    if decoding.is_strict:
        known = [spelling_of(cls, field) for field, _ in fields_of(cls).values()]
        place = f" in {show_key(key)}" if key else ""
        listed = f"known here: {', '.join(sorted(known))}" if len(known) < MOST_KNOWN else "remove it"
        hint = did_you_mean(name, known) or listed
        origin = Origin(decoding.path, node.key_line)
        decoding.errors.append(InputError(f"unknown field '{name}'{place}", origin=origin, hint=hint))


def _mismatch(node: Node, expected: str, decoding: Decoding, key: FieldKey) -> None:
    found = next(name for kind, name in KINDS.items() if isinstance(node.value, kind))
    shown = f" {node.text}" if node.text and not isinstance(node.value, str) else ""
    hint = f'put it in quotes: "{node.text}"' if expected == "text" and node.text else HINTS[expected]
    message = f"{show_key(key) or 'the file'} must be {expected}, not {found}{shown}"
    decoding.errors.append(InputError(message, origin=Origin(decoding.path, node.line), hint=hint))


def _to_node(value: Any, line: int) -> Node:
    if isinstance(value, dict):
        return Node({key: _to_node(child, line) for key, child in value.items()}, line, line)
    if isinstance(value, list):
        return Node([_to_node(child, line) for child in value], line, line)
    return Node(_bare(value), line, line, source_text(value))


def _bare(value: Any) -> Any:
    """Give a scalar of a manifest without what is known of how it was written."""
    if isinstance(value, Unquoted):
        return _bare(value.value)
    kind = next((kind for kind in (bool, int, float, str) if isinstance(value, kind)), None)
    return value if kind in (None, bool) else kind(value)
