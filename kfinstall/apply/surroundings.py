"""The live manifests around what is waited for: pods, events, claims, as watches report them, indexed by owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kfinstall.apply.protocols import WatchEventLike
from kfinstall.health import Related, related_kinds
from kfinstall.resource import GroupKind, Manifest, ResourceId

Place: TypeAlias = tuple[GroupKind, str]
"""A kind in a namespace; the empty string for cluster scope."""
_DEPTH = 4
"""A pod's ReplicaSet, its Deployment, the custom resource that made that, and what made that."""


def _lists() -> defaultdict[str, list[Manifest]]:
    return defaultdict(list)


@dataclass(slots=True)
class Surroundings:
    """A mirror of the kinds that explain why something is not healthy."""

    _by_place: dict[Place, dict[str, Manifest]] = field(default_factory=lambda: defaultdict(dict))
    _synced: set[Place] = field(default_factory=set)
    _unreadable: set[Place] = field(default_factory=set)
    _cached: dict[Place, Sequence[Manifest]] = field(default_factory=dict)
    _by_uid: dict[str, Manifest] = field(default_factory=dict)
    _by_owner: defaultdict[str, list[Manifest]] = field(default_factory=_lists)
    _events: defaultdict[str, list[Manifest]] = field(default_factory=_lists)

    def take(self, place: Place, event: WatchEventLike) -> None:
        """Note what a watch saw."""
        if event.type == "SYNCED":
            self._synced.add(place)
        manifest = event.manifest
        if manifest is None:
            return
        uid = _uid(manifest)
        self._cached.pop(place, None)
        self._forget(place, uid)
        if event.type != "DELETED":
            manifest = {**manifest, "metadata": {**manifest["metadata"], "managedFields": None}}
            self._by_place[place][uid] = self._by_uid[uid] = manifest
            for index, key in self._places_in_indexes(manifest):
                index[key] = [one for one in index[key] if _uid(one) != uid] + [manifest]

    def around(self, places: Sequence[Place]) -> Related:
        """Give what was collected in some places; a kind whose list is not complete yet is absent."""
        manifests = {place[0]: self._all(place) for place in places if place in self._synced}
        return Related(manifests, by_owner=self._by_owner, events_by_uid=self._events)

    def is_complete(self, places: Sequence[Place]) -> bool:
        """Has every one of these been listed, or found not to be readable?"""
        return all(place in self._synced or place in self._unreadable for place in places)

    def give_up(self, place: Place) -> None:
        """Note that a kind may not be read there."""
        self._synced.discard(place)
        self._unreadable.add(place)

    def roots(self, manifest: Manifest) -> set[str]:
        """Give the uids of all that a manifest belongs to, through its owners, or of what an event is about."""
        found: set[str] = set()
        new = {key for _, key in self._places_in_indexes(manifest)}
        for _ in range(_DEPTH):
            found |= new
            known = (self._by_uid[uid] for uid in new if uid in self._by_uid)
            new = {key for one in known for key in _owners(one)} - found
        return found

    def _all(self, place: Place) -> Sequence[Manifest]:
        if place not in self._cached:
            self._cached[place] = tuple(self._by_place[place].values())
        return self._cached[place]

    def _forget(self, place: Place, uid: str) -> None:
        old = self._by_place[place].pop(uid, None)
        if old is not None:
            self._by_uid.pop(uid, None)
            for index, key in self._places_in_indexes(old):
                index[key] = [one for one in index[key] if _uid(one) != uid]

    def _places_in_indexes(self, manifest: Manifest) -> Iterator[tuple[defaultdict[str, list[Manifest]], str]]:
        for uid in _owners(manifest):
            yield self._by_owner, uid
        subject = manifest.get("involvedObject") or manifest.get("regarding") or {}
        if manifest.get("kind") == "Event" and subject.get("uid"):
            yield self._events, str(subject["uid"])


def places_around(id: ResourceId, is_namespaced: Mapping[GroupKind, bool]) -> tuple[Place, ...]:
    """Give the kinds, and where, that explain a resource's health; what the cluster does not serve is left out."""
    return tuple(
        (group_kind, id.namespace if is_namespaced[group_kind] else "")
        for group_kind in related_kinds(id.group_kind)
        if group_kind in is_namespaced
    )


def _uid(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("uid") or "")


def _owners(manifest: Manifest) -> list[str]:
    references = manifest["metadata"].get("ownerReferences") or ()
    return [str(reference["uid"]) for reference in references if reference.get("uid")]
