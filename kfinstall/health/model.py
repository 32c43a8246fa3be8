"""What health is: a verdict on one live manifest, and what may be looked at to reach it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from kfinstall.resource import GroupKind, Manifest


class Status(StrEnum):
    """The six verdicts. Failed means: certain not to recover by waiting."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


class Health(NamedTuple):
    """A verdict and one sentence that names the cause: pod, container, reason and what to do where it is known."""

    status: Status
    message: str = ""


def current(message: str = "") -> Health:
    """It is as its manifest asks."""
    return Health(Status.CURRENT, message)


def in_progress(message: str) -> Health:
    """It may still get there by waiting."""
    return Health(Status.IN_PROGRESS, message)


def failed(message: str) -> Health:
    """Waiting does not help."""
    return Health(Status.FAILED, message)


ManifestsByUid: TypeAlias = Mapping[str, Sequence[Manifest]]


@dataclass(frozen=True, slots=True)
class Related:
    """Live manifests around the judged one, by kind: its namespace's Pods, ReplicaSets, Events, claims, quotas, and
    the cluster's StorageClasses and Nodes. A kind that was not collected (or may not be read) is absent.

    A watcher that keeps the two indexes itself hands them over; else they are made when first asked for.
    """

    manifests: Mapping[GroupKind, Sequence[Manifest]] = field(default_factory=dict)
    by_owner: ManifestsByUid | None = None
    events_by_uid: ManifestsByUid | None = None
    _made: dict[str, ManifestsByUid] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, group: str, kind: str) -> Sequence[Manifest]:
        """Give the collected manifests of a kind, none when it was not collected."""
        return self.manifests.get(GroupKind(group, kind), ())

    def has(self, group: str, kind: str) -> bool:
        """Was this kind collected? Only then does the absence of a manifest mean something."""
        return GroupKind(group, kind) in self.manifests

    def owned_by(self, uid: str) -> Sequence[Manifest]:
        """Give the manifests whose ownerReferences name this uid."""
        if self.by_owner is not None:
            return self.by_owner.get(uid, ())
        if "owner" not in self._made:
            everything = (m for manifests in self.manifests.values() for m in manifests)
            self._made["owner"] = _index(everything, _owner_uids)
        return self._made["owner"].get(uid, ())

    def events_of(self, uid: str) -> Sequence[Manifest]:
        """Give the Events about the manifest with this uid, of either Event API."""
        if self.events_by_uid is not None:
            return self.events_by_uid.get(uid, ())
        if "event" not in self._made:
            events = (*self.of("", "Event"), *self.of("events.k8s.io", "Event"))
            self._made["event"] = _index(events, _subject_uids)
        return self._made["event"].get(uid, ())


def _index(manifests: Iterable[Manifest], uids: Callable[[Manifest], Iterable[str]]) -> ManifestsByUid:
    found: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        for uid in uids(manifest):
            found[uid].append(manifest)
    return found


def _owner_uids(manifest: Manifest) -> Iterable[str]:
    owners = (manifest.get("metadata") or {}).get("ownerReferences") or ()
    return {owner.get("uid", "") for owner in owners} - {""}


def _subject_uids(event: Manifest) -> Iterable[str]:
    subject = event.get("involvedObject") or event.get("regarding") or {}
    return (subject["uid"],) if subject.get("uid") else ()


@dataclass(frozen=True, slots=True)
class Live:
    """What a rule judges: the live manifest, what stands around it, and the time."""

    manifest: Manifest
    related: Related
    now: datetime

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its metadata, empty when there is none."""
        return part(self.manifest, "metadata")

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its spec, empty when there is none."""
        return part(self.manifest, "spec")

    @property
    def status(self) -> Mapping[str, Any]:
        """Its status, empty when no controller has written one."""
        return part(self.manifest, "status")

    @property
    def uid(self) -> str:
        """The server's identity of it; empty when it has none."""
        return str(self.metadata.get("uid") or "")

    def beside(self, manifest: Manifest) -> Live:
        """Judge another manifest under the same circumstances."""
        return Live(manifest, self.related, self.now)


def part(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Give a mapping inside a manifest; what is absent, null or no mapping is empty."""
    value = manifest.get(name)
    return value if type(value) is dict or isinstance(value, Mapping) else {}


Judge: TypeAlias = Callable[[Live], Health]


class Rule(NamedTuple):
    """One row of the table: how a kind is judged, where that is written, and what to collect to explain it."""

    judge: Judge
    source: str
    related: tuple[GroupKind, ...] = ()
