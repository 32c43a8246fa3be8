"""The second half of a run: what is no longer wanted goes, each after all that needs it is gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kfinstall.apply.emptiness import Emptiness
from kfinstall.apply.engine import Engine
from kfinstall.apply.events import Event, EventType
from kfinstall.apply.foreign import Held
from kfinstall.apply.graph import Frontier, make_frontier
from kfinstall.apply.holders import not_gone, patience_s
from kfinstall.apply.messages import Message, Removed, Retried, Seen, Surveyed, Swept
from kfinstall.apply.model import Options
from kfinstall.apply.progress import Progress, note
from kfinstall.apply.removal import defined_kinds, is_inert, removal
from kfinstall.apply.send import kept_for, look_after
from kfinstall.apply.sweeping import Sweeping
from kfinstall.errors import ClusterError, KfinstallError
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.kinds import NAMESPACE
from kfinstall.plan.model import Action, Change, Plan
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

LOOK_EVERY_S: Final = 15.0
"""So often what is going is looked after, in case a watch missed the end of it."""


@dataclass(slots=True)
class Leaving:
    """A resource that was deleted and is still there, for its finalizers or its grace period."""

    id: ResourceId
    live: Manifest
    since_s: float
    is_listed: bool = False
    is_asked: bool = False


@dataclass(slots=True)
class Removing:
    """The state of the second half of a run."""

    plan: Plan
    engine: Engine
    options: Options
    progress: Progress
    started_s: float
    changes: Mapping[ResourceId, Change]
    frontier: Frontier
    ready: deque[ResourceId]
    ours: frozenset[str]
    last_kinds: frozenset[GroupKind]
    """Kinds whose definitions go in this run."""
    emptiness: Emptiness
    sweeping: Sweeping
    leaving: dict[ResourceId, Leaving] = field(default_factory=dict)
    carried: dict[ResourceId, list[ResourceId]] = field(default_factory=dict)
    """Namespace -> what needs no request of its own, because it goes when the namespace goes."""
    staying: set[ResourceId] = field(default_factory=set)

    @property
    def is_busy(self) -> bool:
        """Is anything on its way?"""
        return bool(self.ready or self.leaving or self.engine.in_flight)

    @property
    def is_down_to_namespaces(self) -> bool:
        """Is nothing left but to wait for namespaces that were asked to go, and for what goes with them?

        That cannot be called off, so no record is needed to bring it to its end.
        """
        if not self.leaving or self.ready or self.engine.in_flight or self.sweeping.kinds or self.plan.after.members:
            return False
        going = {*self.leaving, *(id for carried in self.carried.values() for id in carried)}
        settled = going | self.progress.gone | self.progress.kept.keys()
        are_namespaces = all(id.group_kind == NAMESPACE for id in self.leaving)
        return are_namespaces and self.progress.is_good and self.changes.keys() <= settled

    def advance(self) -> Iterator[Event]:
        """Begin all that may begin."""
        while self.ready:
            while self.ready:
                yield from self._begin(self.ready.popleft())
            for id, held in self.emptiness.settle():
                yield from self._leave(id, held)

    def _begin(self, id: ResourceId) -> Iterator[Event]:
        yield self._event("sent", id)
        if self._is_carried(id):
            self.carried.setdefault(_namespace_of(id), []).append(id)
            self._reach(id)
        elif id.group_kind == NAMESPACE and id.name in self.emptiness.names:
            self.emptiness.want(id)
        else:
            self._remove(id)

    def _leave(self, id: ResourceId, held: Held) -> Iterator[Event]:
        """Remove a namespace that holds nothing of others."""
        if isinstance(held, ClusterError):
            yield from self._fail(id, held)
        elif held:
            yield from self._on_removed(Removed(id, kept=kept_for(held)))
        else:
            self._remove(id)

    def _remove(self, id: ResourceId) -> None:
        observed, change = self.plan.observed.get(id), self.changes[id]
        work = removal(
            change,
            observed.manifest if observed else None,
            self.engine.cluster,
            self.options,
            ours=self.ours,
            with_namespace=_namespace_of(id) in self.changes,
            is_last=id.group_kind in self.last_kinds,
        )
        self._submit(id, work)

    def _is_carried(self, id: ResourceId) -> bool:
        """Does it go with its namespace, at a time when nothing needs it and nothing acts on its end?"""
        observed = self.plan.observed.get(id)
        namespace = _namespace_of(id)
        if observed is None or namespace not in self.changes or namespace in self.staying:
            return False
        return is_inert(observed)

    def _drop_off(self, namespace: ResourceId) -> None:
        """Remove one by one what was to go with a namespace that stays."""
        self.staying.add(namespace)
        for id in self.carried.pop(namespace, ()):
            if not self.progress.is_handed_over:  # else it goes, sooner or later, and the lock is no longer ours
                self._remove(id)

    def handle(self, message: Message) -> Iterator[Event]:
        """Take in one message."""
        if isinstance(message, Removed):
            yield from self._on_removed(message)
        elif isinstance(message, Seen):
            yield from self._on_seen(message)
        elif isinstance(message, Surveyed):
            self.emptiness.take(message)
            for id, held in self.emptiness.settle():
                yield from self._leave(id, held)
        elif isinstance(message, Swept):
            self.sweeping.take(message)
        elif isinstance(message, Retried):
            yield self._event("retry", reason=message.reason)

    def look_at(self, id: ResourceId) -> Iterator[Event]:
        """See after a resource that is taking its time; give it up once it has taken too much."""
        leaving = self.leaving.get(id)
        if leaving is None:
            return
        waited_s = self.engine.clock.monotonic() - leaving.since_s
        if waited_s >= patience_s(leaving.live, self.options.timeout_s):
            yield from self._fail(id, not_gone(id, leaving.live, self.options.timeout_s))
        elif not self.sweeping.look_at(id):
            self._ask(leaving)
            self.engine.wake(id, LOOK_EVERY_S)

    def _submit(self, id: ResourceId, work: Callable[[], Message]) -> None:
        self.engine.submit(work, lambda error: Removed(id, error=error))

    def _ask(self, leaving: Leaving) -> None:
        if not leaving.is_asked:
            leaving.is_asked = True
            id, uid, cluster = leaving.id, str(leaving.live["metadata"]["uid"]), self.engine.cluster
            self._submit(id, lambda: look_after(id, uid, cluster))

    def _on_removed(self, message: Removed) -> Iterator[Event]:
        if message.error is not None:
            if not isinstance(message.error, KfinstallError):
                raise message.error
            yield from self._fail(message.id, message.error)
        elif message.live is not None:
            self._on_still_there(message.id, message.live)
        elif message.id not in self.progress.gone:
            note(message, self.changes, self.progress, b"")
            yield from self._on_gone(message)

    def _on_still_there(self, id: ResourceId, live: Manifest) -> None:
        known = self.leaving.get(id)
        if known is not None:
            known.live, known.is_asked = live, False
            return
        self.leaving[id] = Leaving(id, live, self.engine.clock.monotonic())
        self.engine.wake(id, LOOK_EVERY_S)
        self.engine.wake(id, self.options.timeout_s)
        self.engine.watches.follow(id)
        self.sweeping.begin(id, self.carried.get(id, ()))

    def _on_gone(self, message: Removed) -> Iterator[Event]:
        self.leaving.pop(message.id, None)
        self._reach(message.id)
        if message.kept:
            self._drop_off(message.id)
            yield self._event("skipped", message.id, reason=f"kept: {message.kept}")
            return
        self.progress.count("prune")
        yield self._event("pruned", message.id)
        for id in self.carried.pop(message.id, ()):
            yield from self._on_removed(Removed(id))

    def _reach(self, id: ResourceId) -> None:
        for until in ("applied", "healthy"):
            self.ready.extend(self.frontier.reach(id, until))

    def _on_seen(self, message: Seen) -> Iterator[Event]:
        event = message.event
        if event.type == "SYNCED":
            for leaving in self.leaving.values():
                if leaving.id.group_kind == message.group_kind and not leaving.is_listed:
                    self._ask(leaving)
        elif event.manifest is not None and (found := self.leaving.get(id_of(event.manifest))):
            if event.type == "DELETED" and event.manifest["metadata"].get("uid") == found.live["metadata"]["uid"]:
                yield from self._on_removed(Removed(found.id))
            else:
                found.live, found.is_listed = event.manifest, True

    def _fail(self, id: ResourceId, error: KfinstallError) -> Iterator[Event]:
        self.leaving.pop(id, None)
        self.progress.errors[id] = error
        yield self._event("health", id, health="Failed", reason=error.message)
        self._drop_off(id)
        for skip in self.frontier.fail(id):
            self._drop_off(skip.id)
            self.progress.skipped[skip.id] = skip
            yield self._event("skipped", skip.id, reason=f"it goes after {skip.needed}, which is still there")

    def _event(self, type: EventType, id: ResourceId | None = None, *, health: str = "", reason: str = "") -> Event:
        action: Action | None = "prune" if id is not None else None
        return Event(type, self.engine.clock.monotonic() - self.started_s, id, action, health, reason)


def _namespace_of(id: ResourceId) -> ResourceId:
    return ResourceId("", "Namespace", "", id.namespace)


def _still_whole(changes: Iterable[ResourceId], plan: Plan) -> Iterator[str]:
    """Give the namespaces among these resources that are not on their way out already: those are past asking."""
    for id in changes:
        live = plan.observed[id].manifest if id.group_kind == NAMESPACE and id in plan.observed else None
        if live and not live["metadata"].get("deletionTimestamp"):
            yield id.name


def remove_changes(
    plan: Plan,
    engine: Engine,
    options: Options,
    progress: Progress,
    started_s: float,
    hand_over: Callable[[], bool],
) -> Iterator[Event]:
    """Delete all that the plan prunes, and wait until each is gone.

    In:      `hand_over` is called, once, when all that is left goes by itself and nothing will be recorded: it removes
             the record and says whether it did.
    """
    changes = {change.id: change for change in plan.changes if change.action == "prune"}
    frontier = make_frontier(list(changes), plan.prune_edges)
    ours = frozenset(plan.observed[id].uid for id in changes if id in plan.observed)
    ready, kinds = deque(frontier.start()), frozenset(defined_kinds(changes, plan))
    emptiness = Emptiness(engine, options, ours, set(_still_whole(changes, plan)))
    sweeping = Sweeping(engine, f"{PART_OF}={applyset_id(plan.after.name, plan.after.namespace)}")
    removing = Removing(
        plan, engine, options, progress, started_s, changes, frontier, ready, ours, kinds, emptiness, sweeping
    )
    may_hand_over = True
    emptiness.look()
    yield from removing.advance()
    while removing.is_busy:
        messages, due = engine.receive()
        for message in messages:
            yield from removing.handle(message)
        for id in due:
            yield from removing.look_at(id)
        yield from removing.advance()
        if may_hand_over and removing.is_down_to_namespaces:
            may_hand_over, progress.is_handed_over = False, hand_over()
