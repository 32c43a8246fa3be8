"""OpenAPI schemas -> merge keys: of a whole document, and of one field that has its schema in a comment.

Source: kustomize v5.8.1, kyaml/openapi/openapi.go, ResourceSchema (Field, Elements, PatchStrategyAndKeyList).
"""

from __future__ import annotations

from kfinstall.build.merge_keys import (
    ANY_FIELD,
    DEFINITIONS,
    EXTENSION_KEY,
    EXTENSION_KEYS,
    EXTENSION_KINDS,
    EXTENSION_STRATEGY,
    MergeKeys,
    MergeList,
    Type,
)
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeAlias

    Schema: TypeAlias = Mapping[str, Any]

NOTHING = MergeKeys({}, {})


class _Reader(NamedTuple):
    """The definitions of a document, the types made of them so far, and what is known beside them.

    `is_beneath`: what the document defines counts, where both know a name.
    """

    definitions: Mapping[str, Schema]
    types: dict[str, Type]
    known: MergeKeys
    is_beneath: bool


def read_openapi(document: Mapping[str, Any], known: MergeKeys = NOTHING, *, is_beneath: bool = True) -> MergeKeys:
    """Give the merge keys that an OpenAPI v2 document declares, with those that are known beside it.

    In: `is_beneath`: where both have a kind or a definition, that of the document counts.
    """
    definitions = {f"{DEFINITIONS}{name}": schema for name, schema in _mapping(document, "definitions").items()}
    reader = _Reader(definitions, {}, known, is_beneath)
    for name, schema in definitions.items():
        _add_type(name, schema, reader)
    useful = _useful(reader.types, known.types)
    types = {name: _only(type_, useful) for name, type_ in reader.types.items() if name in useful}
    if is_beneath:  # what is built in refers to the document's, where both define it
        types |= {short: reader.types[name] for name in definitions if (short := known.named(name))}
    kinds = dict(_kinds(definitions))
    kinds = {**known.kinds, **kinds} if is_beneath else {**kinds, **known.kinds}
    return MergeKeys(kinds, {**known.types, **types}, known.aliases)


def describe(schema: Schema, known: MergeKeys) -> tuple[Type | MergeList, MergeKeys]:
    """Give what a schema says of the value it is for, and the merge keys with the types that it writes out."""
    reader = _Reader({}, {}, known, is_beneath=False)
    found = _describe("#", schema, reader)
    keys = known._replace(types={**known.types, **reader.types}) if reader.types else known
    return (keys.types.get(found, {}) if isinstance(found, str) else found), keys


def _mapping(schema: Any, field: str) -> Mapping[str, Any]:
    """Give a field that is a mapping; an empty one where it is something else."""
    found = schema.get(field) if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _kinds(definitions: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    for name, schema in definitions.items():
        kinds = schema.get(EXTENSION_KINDS) if isinstance(schema, dict) else None
        for kind in kinds if isinstance(kinds, list) else ():
            if isinstance(kind, dict):
                yield api_kind(kind), name


def api_kind(kind: Mapping[str, str]) -> str:
    """Give a group, version and kind as `apiVersion kind`."""
    group = kind.get("group")
    return f"{group}/{kind.get('version')} {kind.get('kind')}" if group else f"{kind.get('version')} {kind.get('kind')}"


def _add_type(name: str, schema: Schema, reader: _Reader) -> None:
    """Add a type, and those that are written out within it under names of their own."""
    fields: dict[str, str | MergeList] = {}
    reader.types[name] = fields
    inner = dict(_mapping(schema, "properties"))
    if others := _mapping(schema, "additionalProperties"):
        inner.setdefault(ANY_FIELD, others)
    for field, one in inner.items():
        if found := _describe(f"{name}.{field}", one, reader):
            fields[field] = found


def _describe(place: str, schema: Schema, reader: _Reader) -> str | MergeList:
    """Give the name of the type of a mapping, or what is to be known of a list; empty text where that is nothing.

    Beside a reference nothing counts.
    """
    seen: set[str] = set()
    while reference := _reference(schema):
        name = reader.known.named(reference)
        if (name and not (reader.is_beneath and reference in reader.definitions)) or reference in seen:
            return name
        seen.add(reference)
        place, schema = reference, reader.definitions.get(reference, {})
    strategy = schema.get(EXTENSION_STRATEGY) if isinstance(schema, dict) else None
    if "merge" in str(strategy or "").split(","):
        items = _items(place, schema, reader) if schema.get("type") in ("array", ["array"]) else ""
        return MergeList(_keys(schema), items)
    if not (_mapping(schema, "properties") or _mapping(schema, "additionalProperties")):
        return ""
    if place not in reader.definitions:
        _add_type(place, schema, reader)
    return place


def _items(place: str, schema: Schema, reader: _Reader) -> str:
    found = _describe(f"{place}[]", _mapping(schema, "items"), reader)
    return found if isinstance(found, str) else ""


def _keys(schema: Schema) -> tuple[str, ...]:
    keys = schema.get(EXTENSION_KEYS)
    if isinstance(keys, list):
        return tuple(map(str, keys))
    return (str(schema[EXTENSION_KEY]),) if EXTENSION_KEY in schema else ()


def _reference(schema: Any) -> str:
    found = schema.get("$ref") if isinstance(schema, dict) else None
    return found if isinstance(found, str) else ""


def _useful(types: Mapping[str, Type], known: Mapping[str, Type]) -> set[str]:
    """Give the types from which a list with merge keys can be reached."""
    useful = {name for name, type_ in types.items() if any(isinstance(field, MergeList) for field in type_.values())}
    useful |= known.keys()
    while more := {
        name for name, type_ in types.items() if name not in useful and not useful.isdisjoint(type_.values())
    }:
        useful |= more
    return useful


def _only(type_: Type, useful: set[str]) -> Type:
    return {name: field for name, field in type_.items() if isinstance(field, MergeList) or field in useful}
