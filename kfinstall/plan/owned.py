"""What of a live manifest is ours: the fields that `managedFields` says a manager applied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.resource import Manifest

MANAGER = "kfinstall"


def owned_fields(live: Manifest, manager: str = MANAGER) -> Manifest:
    """Give the live manifest pruned to what the manager owns by server-side apply; empty when it owns nothing.

    Source:  structured-merge-diff v6, fieldpath/serialize.go: `f:NAME` a field, `k:{KEYS}` an item of a keyed list,
             `v:VALUE` an item of a set, `i:INDEX` an item by place, `.` the value itself.
    """
    owned: Manifest = {}
    for entry in _entries(live, manager):
        if fields := entry.get("fieldsV1"):
            owned = _merged(owned, _project(live, fields))
    return owned


def _entries(live: Manifest, manager: str) -> Iterator[Mapping[str, Any]]:
    for entry in (live.get("metadata") or {}).get("managedFields") or ():
        is_ours = entry.get("manager") == manager and entry.get("operation") == "Apply"
        if is_ours and not entry.get("subresource"):
            yield entry


def _project(value: Any, fields: Mapping[str, Any]) -> Any:
    if not fields:
        return value
    if isinstance(value, dict):
        names = ((key[2:], sub) for key, sub in fields.items() if key.startswith("f:"))
        return {name: _project(value[name], sub) for name, sub in names if name in value}
    return _items(value, fields) if isinstance(value, list) else value


def _items(items: list[Any], fields: Mapping[str, Any]) -> list[Any]:
    """Keep the live order: two field sets that name the same items are then the same value."""
    kept = []
    wanted = [(key[0], json.loads(key[2:]), sub) for key, sub in fields.items() if key[:2] in ("k:", "v:", "i:")]
    for place, item in enumerate(items):
        sub = next((sub for how, name, sub in wanted if _is_named(how, name, item, place)), None)
        if sub is not None:
            kept.append(_project(item, sub))
    return kept


def _is_named(how: str, name: Any, item: Any, place: int) -> bool:
    if how == "k":
        return isinstance(item, dict) and all(item.get(key) == value for key, value in name.items())
    return bool(place == name if how == "i" else item == name)


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _merged(one[key], other[key]) if key in other else one[key] for key in one}
        return {**other, **both}
    return other if isinstance(other, list) and len(other) > len(one) else one
