"""A change as a unified diff of YAML: what we own or want, nothing of what the server adds for itself."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from typing import Any

from kfinstall.manifest import dump_manifest
from kfinstall.plan.compare import Path, merge_keys, name_of, same_value
from kfinstall.plan.mask import mask_pair
from kfinstall.plan.model import Change, Observed
from kfinstall.plan.owned import owned_fields
from kfinstall.plan.takeover import LAST_APPLIED, taken_over
from kfinstall.resource import Manifest

_IDENTITY = ("apiVersion", "kind")


def diff_text(change: Change, observed: Observed | None) -> str:
    """Give one change as a unified diff, values of Secrets masked; empty when it changes nothing.

    Out: lines without colour. A created resource is all `+`, a pruned one all `-`.
    """
    before, after = mask_pair(*_sides(change, observed))
    lines = unified_diff(_yaml(before), _yaml(after), f"live/{change.id}", f"desired/{change.id}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _sides(change: Change, observed: Observed | None) -> tuple[Manifest, Manifest]:
    live = observed.manifest if observed else {}
    desired = change.resource.manifest if change.resource else {}
    if change.action == "keep":
        return {}, {}
    if change.action == "create" or not live:
        return {}, desired
    if change.action == "prune":
        return _shown(live, {}, _owned(live)), {}
    return _shown(live, desired, _owned(live)), desired


def _owned(live: Manifest) -> Manifest:
    metadata = live.get("metadata") or {}
    named = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
    owned = owned_fields(taken_over(live))
    identity = {key: live[key] for key in _IDENTITY if key in live}
    return {**identity, **owned, "metadata": {**named, **_readable(owned.get("metadata") or {})}}


def _readable(metadata: Manifest) -> Manifest:
    """Leave out kubectl's copy of the whole manifest: it repeats what stands there, a Secret's values among it."""
    annotations = metadata.get("annotations") or {}
    others = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
    return metadata if len(others) == len(annotations) else {**metadata, "annotations": others}


def _yaml(manifest: Manifest) -> list[str]:
    return dump_manifest(manifest).splitlines() if manifest else []


def _shown(live: Any, desired: Any, owned: Any, path: Path = ()) -> Any:
    """Give of a live value what is wanted or owned, in the order and the spelling of what is wanted."""
    if isinstance(live, dict):
        asked, ours = _mapping(desired), _mapping(owned)
        names = [key for key in (*asked, *(key for key in ours if key not in asked)) if key in live]
        return {key: _shown(live[key], asked.get(key), ours.get(key), (*path, key)) for key in names}
    if isinstance(live, list) and (isinstance(desired, list) or isinstance(owned, list)):
        return _shown_items(live, desired or [], owned or [], path)
    return desired if desired is not None and same_value(desired, live, path) else live


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _shown_items(live: list[Any], desired: list[Any], owned: list[Any], path: Path) -> list[Any]:
    keys = merge_keys(path, (*live, *desired))
    if not keys:
        return _shown_in_place(live, desired, path)
    ours, asked = _by_name(owned, keys), _by_name(desired, keys)
    present = _by_name(live, keys)
    names = [name for name in (*asked, *(name for name in ours if name not in asked)) if name in present]
    return [_shown(present[name], asked.get(name), ours.get(name), path) for name in names]


def _shown_in_place(live: list[Any], desired: list[Any], path: Path) -> list[Any]:
    wanted = [*desired, *[None] * len(live)]
    return [
        _shown(item, wanted[place], item if wanted[place] is None else None, path) for place, item in enumerate(live)
    ]


def _by_name(items: list[Any], keys: Sequence[str]) -> dict[tuple[Any, ...], Any]:
    return {name_of(item, keys): item for item in items if isinstance(item, dict)}
