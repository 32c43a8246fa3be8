"""Text that stands in several places of a resource and is one for kustomize.

kustomize writes a common label once and lets all the places it makes point to it. What later changes it in one place,
a patch or another label, so changes it in all of them: a selector follows the label of its pods. It is an accident
there, but the result must be the same here. `SharedText` is told apart by identity; `Bookkeeping.shared` has the paths
of the mappings that may hold some.

Source: kustomize v5.8.1, api/filters/filtersutil, SetEntry (one yaml.Node for all field specs).
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import SourceText, Unquoted, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeAlias

    from kfinstall.resource import Manifest

Path: TypeAlias = "tuple[str, ...]"
"""A path of a field spec."""

Place: TypeAlias = "tuple[str | int, ...]"
Holders: TypeAlias = "dict[Place, dict[str, Any]]"


class SharedText(Written):
    """Text of which all places that hold the same object are one."""

    __slots__ = ()


def spread(before: Manifest, after: Manifest, paths: Iterable[Path]) -> Manifest:
    """Give a manifest with what changed in one place of a shared text changed in all."""
    changes: dict[int, Any] = {}
    for path in sorted(paths):  # the order of a merge: the last change wins
        for old, new in _find_changed(before, after, path):
            changes.update(_changes(old, new))
    if not changes:
        return after
    olds = _holders(before, paths)
    for place, new in _holders(after, paths).items():
        after = _put(after, place, _replaced(olds.get(place, {}), new, changes))
    return after


def _find_changed(before: Any, after: Any, path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give the mappings that a path leads to and that are not what they were."""
    if before is after:
        return
    if isinstance(before, list) and isinstance(after, list):
        for old, new in zip(before, after, strict=False):
            yield from _find_changed(old, new, path)
    elif isinstance(before, dict) and isinstance(after, dict) and not path:
        yield before, after
    elif isinstance(before, dict) and isinstance(after, dict):
        name = path[0].removesuffix("[]")
        yield from _find_changed(before.get(name), after.get(name), path[1:])


def unshare(manifest: Manifest, paths: Iterable[Path]) -> Manifest:
    """Give a manifest in which every place has a text of its own."""
    for place, mapping in _holders(manifest, paths).items():
        if any(isinstance(value, SharedText) for value in mapping.values()):
            plain = {key: str(value) if isinstance(value, SharedText) else value for key, value in mapping.items()}
            manifest = _put(manifest, place, plain)
    return manifest


def _holders(manifest: Manifest, paths: Iterable[Path]) -> Holders:
    return {place: mapping for path in paths for place, mapping in _find(manifest, path, ())}


def _find(node: Any, path: Path, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Give the mappings that a path leads to, through lists too."""
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _find(item, path, (*place, at))
    elif isinstance(node, dict) and not path:
        yield place, node
    elif isinstance(node, dict):
        name = path[0].removesuffix("[]")
        yield from _find(node.get(name), path[1:], (*place, name))


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """Give what shared texts became, by their identity."""
    for key, text in old.items():
        value = new.get(key, text)
        if isinstance(text, SharedText) and value is not text and not isinstance(value, dict | list):
            is_text = isinstance(value, str) and not isinstance(value, Unquoted | SourceText)
            yield id(text), text if value == text else SharedText(value) if is_text else value


def _replaced(old: dict[str, Any], new: dict[str, Any], changes: dict[int, Any]) -> dict[str, Any]:
    """Put what shared texts became where they are, and where they were."""
    pairs = {}
    for key, value in new.items():
        text = value if isinstance(value, SharedText) else old.get(key)
        pairs[key] = changes.get(id(text), value) if isinstance(text, SharedText) else value
    return new if all(pairs[key] is value for key, value in new.items()) else pairs


def _put(node: Any, place: Place, value: Any) -> Any:
    """Give a copy with another value at a place; copies along the path only."""
    if not place:
        return value
    old = node[place[0]]
    new = _put(old, place[1:], value)
    if new is old:
        return node
    copy = node.copy()
    copy[place[0]] = new
    return copy
