"""Which fields of a live manifest are not as they were applied, and who manages them now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kfinstall.plan.compare import Path, differing_paths, dotted, key_labels
from kfinstall.plan.owned import MANAGER
from kfinstall.resource import Manifest


class Drift(NamedTuple):
    """One field that someone changed: its dotted path, and the managers that own it now, none when it was removed."""

    field: str
    managers: tuple[str, ...] = ()

    def __str__(self) -> str:
        by = f"by {', '.join(self.managers)}" if self.managers else "removed, or by whom is not recorded"
        return f"{self.field} ({by})"


def find_drift(applied: Manifest, live: Manifest) -> tuple[Drift, ...]:
    """Give the fields of a live manifest that differ from what was applied; never a value.

    In:      managedFields in full, as a GET gives them.
    """
    entries = live["metadata"].get("managedFields") or ()
    others = [entry for entry in entries if entry.get("manager") != MANAGER and entry.get("subresource") != "status"]
    return tuple(Drift(dotted(path), _managers(path, others)) for path in differing_paths(applied, live))


def _managers(path: Path, entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({str(entry["manager"]) for entry in entries if _has(entry.get("fieldsV1") or {}, path)}))


def _has(fields: Mapping[str, Any], path: Path) -> bool:
    """Is a path among the fields of an entry? A field without fields of its own is owned as a whole.

    Source:  structured-merge-diff v6, fieldpath/serialize.go; see `owned.owned_fields`.
    """
    for step in path:
        name = next((name for name in fields if _is_named(name, step)), None)
        if name is None:
            return False
        fields = fields[name]
        if not fields:
            return True
    return True


def _is_named(name: str, step: str) -> bool:
    if not step.startswith("["):
        return name == f"f:{step}"
    if name.startswith("i:"):
        return step == f"[{name[2:]}]"
    return name.startswith("k:") and step in key_labels(json.loads(name[2:]))
