"""Text that stands in several places of a resource and is one for kustomize.

kustomize writes a common label once and lets all the places it makes point to it. What later changes it in one place,
a patch or another label, so changes it in all of them: a selector follows the label of its pods. It is an accident
there, but the result must be the same here. `SharedText` is told apart by identity; `Bookkeeping.is_shared` says that a
resource may hold any.

Source: kustomize v5.8.1, api/filters/filtersutil, SetEntry (one yaml.Node for all field specs).
"""

from __future__ import annotations

from typing import Any

from kfinstall.resource import Manifest


class SharedText(str):
    """Text of which all places that hold the same object are one."""

    __slots__ = ()


def spread(before: Manifest, after: Manifest) -> Manifest:
    """Give a manifest with what changed in one place of a shared text changed in all."""
    changes: dict[int, Any] = {}
    _compare(before, after, changes)
    result: Manifest = _replaced(after, before, changes) if changes else after
    return result


def _compare(before: Any, after: Any, changes: dict[int, Any]) -> None:
    """Note what shared texts became, by their identity. What both sides share is not looked into."""
    if before is after:
        return
    if isinstance(before, SharedText):
        if not isinstance(after, dict | list):
            changes[id(before)] = before if after == before else SharedText(after) if type(after) is str else after
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() & after.keys()):  # the order of a merge: the last change wins
            _compare(before[key], after[key], changes)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            _compare(one, other, changes)


def _replaced(node: Any, before: Any, changes: dict[int, Any]) -> Any:
    """Put what shared texts became in all places that hold them, and in those that did."""
    if isinstance(node, dict):
        old = before if isinstance(before, dict) else {}
        pairs = {key: _replaced(value, old.get(key), changes) for key, value in node.items()}
        return node if all(pairs[key] is value for key, value in node.items()) else pairs
    if isinstance(node, list):
        olds = before if isinstance(before, list) and len(before) == len(node) else [None] * len(node)
        items = [_replaced(item, old, changes) for item, old in zip(node, olds, strict=True)]
        return node if all(new is item for new, item in zip(items, node, strict=True)) else items
    if isinstance(node, SharedText):
        return changes.get(id(node), node)
    return changes.get(id(before), node) if isinstance(before, SharedText) else node


def unshared(node: Any) -> Any:
    """Give a value in which every place has a text of its own."""
    if isinstance(node, SharedText):
        return str(node)
    if isinstance(node, dict):
        return {key: unshared(value) for key, value in node.items()}
    return [unshared(item) for item in node] if isinstance(node, list) else node
