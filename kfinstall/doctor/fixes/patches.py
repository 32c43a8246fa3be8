"""Patches to add to an overlay, for what stands in a file that is not ours to change: a base, a repository."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kfinstall.doctor.fixes.documents import CHANGES
from kfinstall.doctor.fixes.files import is_below
from kfinstall.doctor.model import Finding
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.resource import Manifest, Resource, ResourceId, gvk_of

_BY_NAME: Final = frozenset({"containers", "initContainers", "env", "volumes"})
"""Lists whose entries a patch finds by name, in kinds that Kubernetes itself has."""


class Patch(NamedTuple):
    """A patch by example, and the findings that it makes good."""

    manifest: Manifest
    findings: tuple[Finding, ...]


def patches_to_add(findings: Sequence[Finding], rendered: Sequence[Resource], root: Path) -> Iterator[Patch]:
    """Give a patch for each resource in which something can be made good, and whose file is not below a folder.

    What a patch cannot do is left out: its target is found by the API version.
    """
    by_id: dict[ResourceId, list[Finding]] = {}
    for finding in findings:
        is_elsewhere = finding.origin is not None and not is_below(Path(finding.origin.path), root)
        if finding.check in CHANGES and finding.check != "KF750" and is_elsewhere:
            by_id.setdefault(finding.subject, []).append(finding)
    for resource in rendered:
        found = by_id.get(resource.id, ())
        after = copy.deepcopy(resource.manifest)
        if [True for finding in found if CHANGES[finding.check](after)]:
            yield Patch(_patch(resource.manifest, after), tuple(found))


def _patch(before: Manifest, after: Manifest) -> Manifest:
    is_merged_by_name = gvk_of(before).group_kind in BUILTIN_KINDS
    metadata = {name: before["metadata"][name] for name in ("name", "namespace") if name in before["metadata"]}
    identity = {"apiVersion": before["apiVersion"], "kind": before["kind"], "metadata": metadata}
    return {**identity, **_difference(before, after, by_name=is_merged_by_name)}


def _difference(before: Any, after: Any, *, by_name: bool) -> dict[str, Any]:
    """Give what a merge must have to make one mapping of another; null takes a field away."""
    changed: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if value == old:
            continue
        if isinstance(value, dict) and isinstance(old, dict):
            changed[key] = _difference(old, value, by_name=by_name)
        elif by_name and key in _BY_NAME and isinstance(value, list) and isinstance(old, list):
            changed[key] = _entries(old, value)
        else:
            changed[key] = value
    return changed


def _entries(before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    known = {one.get("name"): one for one in before}
    return [
        {"name": one["name"], **_difference(known.get(one["name"], {}), one, by_name=True)}
        for one in after
        if one != known.get(one.get("name"))
    ]
