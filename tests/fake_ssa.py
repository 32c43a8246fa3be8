"""Server-side apply in memory: who owns which field, conflicts, and what goes when nobody owns it any more.

Lists of mappings that all have a `name` are merged by it, other lists are one value: enough for what tests apply.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from kfinstall.errors import ClusterError, FieldCause

Path = tuple[Any, ...]
Owners = dict[tuple[str, str], set[Path]]
"""(manager, operation) -> the paths it owns."""
_UNOWNED = {
    ("apiVersion",),
    ("kind",),
    *(("metadata", k) for k in ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp")),
    ("metadata", "managedFields"),
    ("metadata", "deletionTimestamp"),
}


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give each leaf of a manifest with its path; an item of a keyed list is the step ("name", NAME)."""
    if path in _UNOWNED:
        return
    if isinstance(value, dict) and value:
        for key, sub in value.items():
            yield from leaves(sub, (*path, key))
    elif is_keyed(value):
        for item in value:
            step = ("name", item["name"])
            yield (*path, step), item["name"]
            yield from leaves({k: v for k, v in item.items() if k != "name"}, (*path, step))
    elif path and not (value == {} and len(path) == 0):
        yield path, value


def is_keyed(value: Any) -> bool:
    """Is it a list that is merged by name?"""
    return isinstance(value, list) and bool(value) and all(isinstance(i, dict) and "name" in i for i in value)


def apply_fields(live: Any, owners: Owners, desired: Any, manager: str, force: bool) -> Any:
    """Give the live manifest after an apply; `owners` is brought up to date.

    Raises:  ClusterError 409 with a cause for each field that someone else owns with another value.
    """
    me = (manager, "Apply")
    wanted = dict(leaves(desired))
    taken = {
        path: other
        for path, value in wanted.items()
        for other, paths in owners.items()
        if other != me and path in paths and value_at(live, path) != value
    }
    if taken and not force:
        causes = tuple(
            FieldCause(dotted(p), "FieldManagerConflict", f'conflict with "{m[0]}"') for p, m in taken.items()
        )
        said = ", ".join(
            f"{cause.field} (by {manager[0]})" for cause, manager in zip(causes, taken.values(), strict=True)
        )
        raise ClusterError(f"set by someone else: {said}", status=409, reason=causes[0].reason, causes=causes)
    for path, other in taken.items():
        owners[other].discard(path)
    result = copy.deepcopy(live)
    kept_by_others = set().union(*(paths for other, paths in owners.items() if other != me))
    for path in sorted(owners.get(me, set()) - wanted.keys(), key=len, reverse=True):
        if path not in kept_by_others:
            remove_at(result, path)
    for path, value in wanted.items():
        set_at(result, path, value)
    owners[me] = set(wanted)
    return result


def managed_fields(owners: Owners, api_version: str) -> list[dict[str, Any]]:
    """Give `metadata.managedFields`."""
    return [
        {
            "manager": manager,
            "operation": operation,
            "apiVersion": api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(paths),
        }
        for (manager, operation), paths in owners.items()
        if paths
    ]


def owners_of(entries: list[dict[str, Any]]) -> Owners:
    """Give who owns what, of `metadata.managedFields` as an update brings them."""
    return {
        (entry["manager"], entry["operation"]): set(_paths(entry["fieldsV1"]))
        for entry in entries
        if entry.get("fieldsV1")
    }


def _paths(tree: dict[str, Any], path: Path = ()) -> Iterator[Path]:
    if path and (not tree or "." in tree):
        yield path
    for key, sub in tree.items():
        if key.startswith("k:"):
            yield from _paths(sub, (*path, next(iter(json.loads(key[2:]).items()))))
        elif key != "." and not ("." in tree and key == "f:name"):
            yield from _paths(sub, (*path, key[2:]))


def _tree(paths: set[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for step in path:
            node = node.setdefault(_key(step), {})
        if path and isinstance(path[-1], tuple):
            node["."] = {}
            node["f:name"] = {}
    return tree


def _key(step: Any) -> str:
    return "k:" + json.dumps({step[0]: step[1]}, separators=(",", ":")) if isinstance(step, tuple) else f"f:{step}"


def dotted(path: Path) -> str:
    """Give a path as the server writes it."""
    return "".join(f'[{step[0]}="{step[1]}"]' if isinstance(step, tuple) else f".{step}" for step in path)


def value_at(value: Any, path: Path) -> Any:
    """Give the value at a path, None where there is none."""
    for step in path:
        if isinstance(step, tuple):
            value = next((item for item in value or () if item.get("name") == step[1]), None)
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value.get("name") if isinstance(value, dict) and path and isinstance(path[-1], tuple) else value


def set_at(value: Any, path: Path, new: Any) -> None:
    """Put a value at a path, making what is missing on the way."""
    for step, following in zip(path, [*path[1:], None], strict=True):
        if isinstance(step, tuple):
            item = next((one for one in value if one.get("name") == step[1]), None)
            if item is None:
                item = {"name": step[1]}
                value.append(item)
            value = item
        elif following is None:
            value[step] = copy.deepcopy(new)
        else:
            if not isinstance(value.get(step), list if isinstance(following, tuple) else dict):
                value[step] = [] if isinstance(following, tuple) else {}
            value = value[step]


def remove_at(value: Any, path: Path) -> None:
    """Take out what is at a path, and mappings that are empty then."""
    trail = []
    for step in path[:-1]:
        trail.append((value, step))
        if isinstance(step, tuple):
            value = next((item for item in value if item.get("name") == step[1]), None)
        else:
            value = value.get(step)
        if value is None:
            return
    last = path[-1]
    if isinstance(last, tuple):
        value[:] = [item for item in value if item.get("name") != last[1]]
    else:
        value.pop(last, None)
    for parent, step in reversed(trail):
        if not isinstance(step, tuple) and parent[step] in ({}, []):
            parent.pop(step)
