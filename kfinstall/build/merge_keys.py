"""By which fields the items of a list are told apart when a strategic merge patch meets it.

The table for the kinds of Kubernetes is generated (`generate_merge_keys.py`); a user's own OpenAPI document can take
its place.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from kfinstall.resource import Manifest

EXTENSION_KINDS = "x-kubernetes-group-version-kind"
EXTENSION_STRATEGY = "x-kubernetes-patch-strategy"
EXTENSION_KEY = "x-kubernetes-patch-merge-key"
EXTENSION_KEYS = "x-kubernetes-list-map-keys"
"""Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy and OpenAPI v2."""


class MergeList(NamedTuple):
    """A list whose items are merged: the fields that tell them apart (none: the items are scalars), their type."""

    keys: tuple[str, ...]
    items: str


Type: TypeAlias = "Mapping[str, str | MergeList]"
"""Field -> the type of a mapping, or what is to be known of a list; fields that never lead to a list are left out."""


class MergeKeys(NamedTuple):
    """What is known of merge keys: `kinds`, `apiVersion kind` -> name of its type; `types`, name -> type."""

    kinds: Mapping[str, str]
    types: Mapping[str, Type]

    def of_kind(self, manifest: Manifest) -> Type | None:
        """Give the type of a manifest; None for a kind that is not known."""
        name = self.kinds.get(f"{manifest.get('apiVersion')} {manifest.get('kind')}")
        return None if name is None else self.types.get(name, {})

    def of_field(self, type_: Type | None, field: str) -> Type | None:
        """Give the type of a field that is a mapping; None where nothing is known of it."""
        found = type_.get(field) if type_ else None
        return self.types.get(found) if isinstance(found, str) else None

    def of_items(self, found: MergeList) -> Type | None:
        """Give the type of a list's items."""
        return self.types.get(found.items)


def read_openapi(document: Mapping[str, Any]) -> MergeKeys:
    """Give the merge keys that an OpenAPI v2 document declares; what is no schema is left out."""
    definitions = {name: schema for name, schema in _mapping(document.get("definitions")).items() if _mapping(schema)}
    types: dict[str, Type] = {}
    for name in list(definitions):
        _add_type(name, definitions[name], definitions, types)
    kinds = {
        _api_kind(kind): name
        for name, schema in definitions.items()
        for kind in _list(schema.get(EXTENSION_KINDS))
        if isinstance(kind, dict)
    }
    useful = _useful(types)
    return MergeKeys(kinds, {name: _only(type_, useful) for name, type_ in types.items() if name in useful})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _api_kind(kind: Mapping[str, str]) -> str:
    group = kind.get("group")
    return f"{group}/{kind.get('version')} {kind.get('kind')}" if group else f"{kind.get('version')} {kind.get('kind')}"


def _add_type(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], types: dict[str, Type]) -> None:
    """Add a type, and those that are written out within it under names of their own."""
    fields: dict[str, str | MergeList] = {}
    types[name] = fields
    for field, told in _mapping(schema.get("properties")).items():
        inner = _mapping(told)
        strategy = str(inner.get(EXTENSION_STRATEGY) or "")
        place = f"{name}.{field}"
        if "merge" in strategy.split(",") and _is_array(inner):
            key = inner.get(EXTENSION_KEY)
            keys = _list(inner.get(EXTENSION_KEYS)) or ([key] if key else [])
            items = _name_type(place, _mapping(inner.get("items")), definitions, types)
            fields[field] = MergeList(tuple(map(str, keys)), items)
        elif found := _name_type(place, inner, definitions, types):
            fields[field] = found


def _name_type(place: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], types: dict[str, Type]) -> str:
    """Give the name of the type of a mapping; empty where there is none."""
    if (name := _reference(schema)) in definitions:
        return name
    if not _mapping(schema.get("properties")):
        return ""
    _add_type(place, schema, definitions, types)
    return place


def _is_array(field: Mapping[str, Any]) -> bool:
    return field.get("type") in ("array", ["array"])


def _reference(schema: Mapping[str, Any]) -> str:
    inner = (_mapping(one).get("$ref") for one in _list(schema.get("allOf")))
    return str(schema.get("$ref") or next(inner, "") or "").rpartition("/")[2]


def _useful(types: Mapping[str, Type]) -> set[str]:
    """Give the types from which a list with merge keys can be reached."""
    useful = {name for name, type_ in types.items() if any(isinstance(field, MergeList) for field in type_.values())}
    while more := {
        name for name, type_ in types.items() if name not in useful and not useful.isdisjoint(type_.values())
    }:
        useful |= more
    return useful


def _only(type_: Type, useful: set[str]) -> Type:
    return {name: field for name, field in type_.items() if isinstance(field, MergeList) or field in useful}
