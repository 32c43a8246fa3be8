"""Leave to others the fields they set: `kfinstall.dev/on-conflict: yield`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from kfinstall.errors import FieldCause
from kfinstall.resource import Manifest

_ITEM = re.compile(r"\[(?P<keys>[^\]]*)\]")


def without_fields(manifest: Manifest, causes: Iterable[FieldCause]) -> Manifest:
    """Give the manifest without the fields that a conflict names; what does not name one is left as it is.

    Source:  structured-merge-diff v6, fieldpath/element.go: `.NAME` a field (dots in it stand as they are),
             `[KEY="VALUE",…]` an item of a keyed list, `[="VALUE"]` an item of a set.
    """
    for cause in causes:
        manifest = _without(manifest, cause.field)
    return manifest


def _without(value: Any, path: str) -> Any:
    if isinstance(value, dict) and path.startswith("."):
        return _without_field(value, path[1:])
    match = _ITEM.match(path)
    if isinstance(value, list) and match:
        return _without_item(value, match["keys"], path[match.end() :])
    return value


def _without_field(mapping: dict[str, Any], path: str) -> dict[str, Any]:
    names = [name for name in mapping if path == name or path.startswith((f"{name}.", f"{name}["))]
    if not names:
        return mapping
    name = max(names, key=len)
    rest = path[len(name) :]
    left = _without(mapping[name], rest) if rest else None
    if left:
        return {**mapping, name: left}
    return {key: value for key, value in mapping.items() if key != name}  # an empty rest would own what others fill in


def _without_item(items: list[Any], keys: str, rest: str) -> list[Any]:
    if keys.startswith("="):
        return [item for item in items if item != json.loads(keys[1:])]
    wanted = [pair.partition("=") for pair in re.findall(r'[^,=]+=(?:"(?:[^"\\]|\\.)*"|[^,]*)', keys)]
    found = [all(str(item.get(k)) == str(json.loads(v)) for k, _, v in wanted) for item in items]
    if not rest:
        return [item for item, is_it in zip(items, found, strict=True) if not is_it]
    return [_without(item, rest) if is_it else item for item, is_it in zip(items, found, strict=True)]
