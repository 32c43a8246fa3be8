"""The API server's own journal of a namespace: all changes of its ConfigMaps and Leases, in the server's order."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from kfinstall.cluster.api import ApiCluster
from kfinstall.cluster.watch import WatchEvent
from kfinstall.resource import GroupKind, Manifest

LEASE = GroupKind("coordination.k8s.io", "Lease")
CONFIG_MAP = GroupKind("", "ConfigMap")


class Entry(NamedTuple):
    """One change: the version that the whole server had after it, what happened, and to what."""

    version: int
    type: str
    manifest: Manifest

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])


class Journal:
    """What watches have told so far."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._changed = threading.Condition()

    def take(self, event: WatchEvent) -> None:
        """Write one event down."""
        assert event.type != "LOST", event.reason
        if event.manifest is not None:
            with self._changed:
                version = int(event.manifest["metadata"]["resourceVersion"])
                self._entries.append(Entry(version, event.type, event.manifest))
                self._changed.notify_all()

    def until(self, version: int) -> tuple[Entry, ...]:
        """Wait until ConfigMaps and Leases are both told up to a version; give all entries in the server's order."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._reaches(version), 60)
            return tuple(sorted(self._entries))

    def _reaches(self, version: int) -> bool:
        seen = {entry.manifest["kind"] for entry in self._entries if entry.version >= version}
        return seen == {"ConfigMap", "Lease"}


@contextmanager
def keep_journal(cluster: ApiCluster, namespace: str) -> Iterator[Journal]:
    """Watch a namespace for as long as the block lasts."""
    journal = Journal()
    with ExitStack() as stack:
        for kind in (CONFIG_MAP, LEASE):
            stack.callback(cluster.watch(kind, namespace, journal.take).close)
        yield journal


def holder_of(entry: Entry) -> str:
    """Give who holds a Lease, empty for nobody."""
    return str((entry.manifest.get("spec") or {}).get("holderIdentity") or "")


def interleaved(entries: Iterable[Entry], holders: Mapping[str, str]) -> list[str]:
    """Name each write that was not made by who held the lock of its installation then.

    In:      `entries` in the server's order; `holders`: the tag an installer writes -> who it is in a Lease. A
             ConfigMap's label `of` names its installation, its `by` the tag; a record's revision belongs to one run.
    """
    held: dict[str, str] = {}
    runs: dict[tuple[str, str], str] = {}
    wrong = []
    for entry in entries:
        data = entry.manifest.get("data") or {}
        if entry.manifest["kind"] == "Lease":
            held[entry.name] = holder_of(entry)
        elif "revision" in data:
            holder = held.get(entry.name, "")
            if not holder or runs.setdefault((entry.name, data["revision"]), holder) != holder:
                wrong.append(f"revision {data['revision']} of {entry.name} at {entry.version}, the lock at '{holder}'")
        elif "by" in data and entry.type != "DELETED":
            holder = held.get(data["of"], "")
            if holder != holders[data["by"]]:
                wrong.append(f"{entry.name} by {data['by']} at {entry.version}, the lock at '{holder}'")
    return wrong
