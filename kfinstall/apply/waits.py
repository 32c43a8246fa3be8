"""What is there and not healthy yet: watched, judged whenever it or what stands around it changes, and in time.

A verdict of failure, and the end of patience, wait a moment for what explains them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kfinstall.apply.engine import Engine
from kfinstall.apply.expected import Expected
from kfinstall.apply.messages import Seen
from kfinstall.apply.surroundings import Place, Surroundings, places_around
from kfinstall.health import Health, Related, Status, assess
from kfinstall.plan.model import Change
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

RELATED_AFTER_S: Final = 1.0
"""So long a resource may be on its way before what stands around it is watched too."""
EXPLAIN_WITHIN_S: Final = 3.0
"""So long a verdict of failure waits for what explains it."""
TICK_S: Final = 5.0
"""So often what is waited for is judged anew: some verdicts come of time alone. Less often where it is a multitude."""
JUDGED_PER_S: Final = 100
"""So many of a multitude are judged anew in a second."""
POD_OWNERS = frozenset(
    {GroupKind("apps", kind) for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")}
    | {GroupKind("batch", "Job"), GroupKind("batch", "CronJob")}
)
"""What a pod's owner references lead to: somebody else's pod says nothing of these."""


class Verdict(NamedTuple):
    """What is said of one resource. Current and Failed are final: it is waited for no longer."""

    id: ResourceId
    health: Health
    live: Manifest | None = None


@dataclass(slots=True)
class Waiting:
    """One resource that is waited for. `places`: what is watched around it once it is surrounded."""

    id: ResourceId
    live: Manifest | None
    since_s: float
    timeout_s: float
    message: str = ""
    places: tuple[Place, ...] = ()
    is_surrounded: bool = False
    explain_by_s: float = 0.0
    tick_at_s: float = 0.0


@dataclass(slots=True)
class Waits:
    """All that a run waits for. Ids that are not among the changes are outside the set, and may not exist yet."""

    engine: Engine
    changes: Mapping[ResourceId, Change]
    is_namespaced: Mapping[GroupKind, bool]
    expected: Expected
    _waiting: dict[ResourceId, Waiting] = field(default_factory=dict)
    _by_uid: dict[str, ResourceId] = field(default_factory=dict)
    _beside: dict[ResourceId, None] = field(default_factory=dict)
    _dirty: dict[ResourceId, None] = field(default_factory=dict)
    _added: set[ResourceId] = field(default_factory=set)
    _early: dict[ResourceId, Seen] = field(default_factory=dict)
    """What a watch told of a resource before the answer to its apply had come: no watch tells it again."""
    _surroundings: Surroundings = field(default_factory=Surroundings)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, id: ResourceId, live: Manifest | None, timeout_s: float) -> None:
        """Begin to wait for a resource.

        Raises:  ClusterError when its kind cannot be watched.
        """
        self._waiting[id] = Waiting(id, live, self._now_s(), timeout_s)
        self._dirty[id] = None
        self._remember_uid(id, live)
        if id.group_kind not in POD_OWNERS:
            self._beside[id] = None
        for after_s in (RELATED_AFTER_S, TICK_S, timeout_s):
            self.engine.wake(id, after_s)
        self.engine.watches.follow(id, is_member=id in self.changes)
        self._added.add(id)
        if (early := self._early.pop(id, None)) is not None:
            self.engine.inbox.put(early)

    def forget(self, id: ResourceId) -> None:
        """Wait for it no longer."""
        waiting = self._waiting.pop(id, None)
        self._beside.pop(id, None)
        if waiting is not None and waiting.live is not None:
            self._by_uid.pop(_uid(waiting.live), None)

    def look_at(self, id: ResourceId) -> None:
        """Have a resource judged anew because time has passed; once more later if it is still waited for."""
        waiting = self._waiting.get(id)
        if waiting is not None:
            self._dirty[id] = None
            if self._now_s() >= waiting.tick_at_s:
                tick_s = TICK_S + len(self._waiting) / JUDGED_PER_S
                waiting.tick_at_s = self._now_s() + tick_s
                self.engine.wake(id, tick_s)

    def see(self, seen: Seen) -> Iterator[Verdict]:
        """Take in what a watch saw; give what that decides at once."""
        if seen.is_related:
            self._see_related(seen)
        elif seen.event.type == "LOST":
            yield from self._lose(seen)
        elif seen.event.manifest is not None:
            id = id_of(seen.event.manifest)
            waiting = self._waiting.get(id)
            if id in self.changes and id not in self._added:
                self._early[id] = seen
            elif waiting is not None and seen.event.type == "DELETED":
                yield from self._see_deleted(waiting, seen.event.manifest)
            elif waiting is not None and _is_newer(seen.event.manifest, waiting.live):
                waiting.live = seen.event.manifest
                self._remember_uid(id, waiting.live)
                self._dirty[id] = None

    def judge(self) -> Iterator[Verdict]:
        """Judge what changed since the last time; give each final verdict, and each new sentence."""
        dirty, self._dirty = self._dirty, {}
        for id in dirty:
            waiting = self._waiting.get(id)
            verdict = self._judge(waiting) if waiting is not None else None
            if verdict is not None:
                if verdict.health.status in {Status.CURRENT, Status.FAILED}:
                    self.forget(id)
                yield verdict

    def _judge(self, waiting: Waiting) -> Verdict | None:
        health = self._assess(waiting)
        is_late = self._now_s() - waiting.since_s >= waiting.timeout_s
        if health.status is Status.CURRENT:
            return Verdict(waiting.id, health, waiting.live)
        if health.status is Status.FAILED and self._is_explained(waiting):
            return Verdict(waiting.id, health)
        if is_late and self._is_explained(waiting):
            said = f"not healthy after {waiting.timeout_s:.0f} s: {health.message or health.status}"
            return Verdict(waiting.id, Health(Status.FAILED, said))
        return self._news(waiting, health)

    def _news(self, waiting: Waiting, health: Health) -> Verdict | None:
        if self._now_s() - waiting.since_s >= RELATED_AFTER_S:
            self._surround(waiting)
        if health.message == waiting.message or health.status is Status.FAILED:
            return None
        waiting.message = health.message
        return Verdict(waiting.id, health)

    def _assess(self, waiting: Waiting) -> Health:
        if waiting.live is None:
            return Health(Status.NOT_FOUND, "it does not exist")
        related = self._surroundings.around(waiting.places) if waiting.is_surrounded else Related()
        expects_status = self.expected.has_status(waiting.live)
        return assess(waiting.live, related, now=self.engine.clock.now(), expects_status=expects_status)

    def _is_explained(self, waiting: Waiting) -> bool:
        """Is all known that could explain a failure? If not, it is watched for a moment."""
        self._surround(waiting)
        if not waiting.explain_by_s:
            waiting.explain_by_s = self._now_s() + EXPLAIN_WITHIN_S
            self.engine.wake(waiting.id, EXPLAIN_WITHIN_S)
        return self._surroundings.is_complete(waiting.places) or self._now_s() >= waiting.explain_by_s

    def _surround(self, waiting: Waiting) -> None:
        if not waiting.is_surrounded:
            waiting.is_surrounded = True
            waiting.places = places_around(waiting.id, self.is_namespaced)
            self.engine.watches.surround(waiting.places)

    def _see_deleted(self, waiting: Waiting, last: Manifest) -> Iterator[Verdict]:
        """A finished Job that its time to live removed was healthy at its end; anything else is gone too early."""
        metadata = {key: value for key, value in last["metadata"].items() if key != "deletionTimestamp"}
        health = assess({**last, "metadata": metadata}, now=self.engine.clock.now())
        if waiting.id not in self.changes:
            waiting.live = None
            return
        self.forget(waiting.id)
        if health.status is Status.CURRENT and waiting.id.kind == "Job":
            yield Verdict(waiting.id, health, last)
        else:
            yield Verdict(waiting.id, Health(Status.FAILED, "it was deleted while it was waited for"))

    def _lose(self, seen: Seen) -> Iterator[Verdict]:
        """A watch gave up: where the whole cluster may not be watched, try the namespaces; else nothing is known."""
        lost = [id for id in self._waiting if id.group_kind == seen.group_kind]
        if seen.namespace is None and all(id.namespace for id in lost):
            self.engine.watches.follow_in(seen.group_kind, {id.namespace for id in lost})
            return
        for id in lost:
            if seen.namespace in {None, id.namespace}:
                self.forget(id)
                yield Verdict(id, Health(Status.FAILED, f"it cannot be watched: {seen.event.reason}"))

    def _see_related(self, seen: Seen) -> None:
        place = (seen.group_kind, seen.namespace or "")
        if seen.event.type == "LOST":
            self._surroundings.give_up(place)
        self._surroundings.take(place, seen.event)
        if seen.event.manifest is None:
            touched = self._beside_place(place, self._waiting)
        else:
            roots = self._surroundings.roots(seen.event.manifest)
            owners = [self._by_uid[uid] for uid in roots if uid in self._by_uid]
            touched = [*owners, *self._beside_place(place, self._beside)]
        self._dirty.update(dict.fromkeys(touched))

    def _beside_place(self, place: Place, ids: Mapping[ResourceId, object]) -> list[ResourceId]:
        return [id for id in ids if place in self._waiting[id].places]

    def _remember_uid(self, id: ResourceId, live: Manifest | None) -> None:
        if live is not None:
            self._by_uid[_uid(live)] = id

    def _now_s(self) -> float:
        return self.engine.clock.monotonic()


def make_waits(engine: Engine, changes: Mapping[ResourceId, Change]) -> Waits:
    """Give an empty set of waits for a run of these changes."""
    kinds = engine.cluster.kinds()
    is_namespaced = {group_kind: info.is_namespaced for group_kind, info in kinds.items()}
    return Waits(engine, changes, is_namespaced, Expected(engine.cluster, changes))


def _uid(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("uid") or "")


def _is_newer(seen: Manifest, known: Manifest | None) -> bool:
    """Is what a watch saw at least as new as what the server answered? An older state of it may still be under way."""
    if known is None or _uid(seen) != _uid(known):
        return True
    new, old = (str(manifest["metadata"].get("resourceVersion") or "") for manifest in (seen, known))
    return not (new.isdigit() and old.isdigit()) or int(new) >= int(old)
