"""The first half of a run: each change is sent as soon as what it waits for is applied or healthy, as its edges say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from kfinstall.apply.diagnosis import Diagnose, Diagnosis, unhealthy
from kfinstall.apply.effect import last_step
from kfinstall.apply.engine import Engine
from kfinstall.apply.events import Event, EventType
from kfinstall.apply.graph import Frontier, Ready, make_frontier, ranks
from kfinstall.apply.messages import Diagnosed, Message, Retried, Seen, Sent, Served
from kfinstall.apply.model import Options
from kfinstall.apply.progress import Progress, note
from kfinstall.apply.send import send_change
from kfinstall.apply.timeouts import timeout_of
from kfinstall.apply.waits import POD_OWNERS, Verdict, Waits, make_waits
from kfinstall.errors import ClusterError, KfinstallError
from kfinstall.health import Health, Status, assess
from kfinstall.plan.model import Action, Change, Plan
from kfinstall.resource import Manifest, ResourceId


@dataclass(slots=True)
class Applying:
    """The state of the first half of a run. What its methods give are events."""

    plan: Plan
    engine: Engine
    options: Options
    progress: Progress
    key: bytes
    started_s: float
    changes: Mapping[ResourceId, Change]
    frontier: Frontier
    ready: Ready
    waits: Waits
    diagnose: Diagnose | None = None
    sending: int = 0
    serving: dict[ResourceId, str] = field(default_factory=dict)

    @property
    def is_busy(self) -> bool:
        """Is anything on its way?"""
        return bool(self.ready or self.waits or self.engine.in_flight)

    def advance(self) -> Iterator[Event]:
        """Begin all that may begin, and judge what changed."""
        yield from self._judge()
        while self.ready and self.sending < self.engine.room:
            yield from self._begin(self.ready.pop())
            if not self.ready:
                yield from self._judge()

    def handle(self, message: Message) -> Iterator[Event]:
        """Take in one message."""
        if isinstance(message, Sent):
            yield from self._on_sent(message)
        elif isinstance(message, Served):
            yield from self._on_served(message)
        elif isinstance(message, Seen):
            for verdict in self.waits.see(message):
                yield from self._conclude(verdict)
        elif isinstance(message, Diagnosed):
            yield from self._on_diagnosed(message)
        elif isinstance(message, Retried):
            yield self._event("retry", reason=message.reason)

    def _judge(self) -> Iterator[Event]:
        for verdict in self.waits.judge():
            yield from self._conclude(verdict)

    def _begin(self, id: ResourceId) -> Iterator[Event]:
        change = self.changes.get(id)
        if change is None:
            yield from self._wait_for(id, None)
        elif change.action == "keep":
            yield from self._keep(id)
        else:
            self._send(change)

    def _keep(self, id: ResourceId) -> Iterator[Event]:
        """Take what is as wanted for applied. Of a finished Job that its time to live removed nothing is left."""
        if id in self.plan.observed:
            yield from self._on_applied(id, self.plan.observed[id].manifest)
        else:
            self.ready.extend(self.frontier.reach(id, "applied"))
            yield from self._reach(id, "it was finished and is gone")

    def _send(self, change: Change) -> None:
        id, observed = change.id, self.plan.observed.get(change.id)
        live = observed.manifest if observed else None
        cluster, clock, options = self.engine.cluster, self.engine.worker_clock, self.options
        self.progress.unsure.add(id)
        self.sending += 1
        self.engine.submit(
            lambda: Sent(id, send_change(change, live, cluster, clock, options)),
            lambda error: Sent(id, error=error),
        )

    def _on_sent(self, message: Sent) -> Iterator[Event]:
        id, error = message.id, message.error
        self.sending -= 1
        note(message, self.changes, self.progress, self.key)
        if error is not None:
            yield from self._fail(id, _known(error))
        elif message.live is not None:
            action = self.changes[id].action
            self.progress.count(action)
            yield self._event("sent", id, action=action)
            yield from self._on_applied(id, message.live)

    def _on_applied(self, id: ResourceId, live: Manifest) -> Iterator[Event]:
        self.ready.extend(self.frontier.reach(id, "applied"))
        expects_status = self.waits.expected.has_status(live)
        health = assess(live, now=self.engine.clock.now(), expects_status=expects_status)
        if health.status is Status.CURRENT:
            yield from self._on_healthy(id, live, health)
        else:
            yield from self._wait_for(id, live)

    def _wait_for(self, id: ResourceId, live: Manifest | None) -> Iterator[Event]:
        resource = self.changes[id].resource if id in self.changes else None
        timeout_s = timeout_of(resource, self.options.timeout_s) if resource else self.options.timeout_s
        try:
            self.waits.add(id, live, timeout_s)
        except ClusterError as error:
            yield from self._fail(id, error)

    def _conclude(self, verdict: Verdict) -> Iterator[Event]:
        id, health, live = verdict
        if health.status is Status.CURRENT and live is not None:
            yield from self._on_healthy(id, live, health)
        elif health.status is Status.FAILED:
            yield from self._find_out(id, health.message)
        else:
            yield self._event("health", id, action=self._action(id), health=health.status, reason=health.message)

    def _find_out(self, id: ResourceId, message: str) -> Iterator[Event]:
        """Have a worker find out why a resource failed; it has failed whatever comes of that."""
        if (diagnose := self.diagnose) is None:
            yield from self._on_diagnosed(Diagnosed(id, message))
        else:
            self.engine.submit(lambda: Diagnosed(id, message, diagnose(id)), lambda _: Diagnosed(id, message))

    def _on_diagnosed(self, message: Diagnosed) -> Iterator[Event]:
        id, said, found = message
        resource = self.changes[id].resource if id in self.changes else None
        yield from self._fail(id, unhealthy(id, said, resource, found), found)

    def _on_healthy(self, id: ResourceId, live: Manifest, health: Health) -> Iterator[Event]:
        engine = self.engine
        step = last_step(id, live, self.plan, self.changes, engine.cluster, engine.worker_clock)
        if step is None:
            yield from self._reach(id, health.message)
            return
        self.serving[id] = health.message

        def work() -> Message:
            step()
            return Served(id)

        self.engine.submit(work, lambda error: Served(id, error))

    def _on_served(self, message: Served) -> Iterator[Event]:
        reason = self.serving.pop(message.id)
        if message.error is not None:
            yield from self._fail(message.id, _known(message.error))
        else:
            yield from self._reach(message.id, reason)

    def _reach(self, id: ResourceId, reason: str) -> Iterator[Event]:
        self.ready.extend(self.frontier.reach(id, "healthy"))
        yield self._event("health", id, action=self._action(id), health=Status.CURRENT, reason=reason)

    def _fail(self, id: ResourceId, error: KfinstallError, found: Diagnosis | None = None) -> Iterator[Event]:
        self.waits.forget(id)
        self.progress.errors[id] = error
        said = error.message.split("\n", 2)[:2]  # a chain is for a page, and in the diagnosis
        event = self._event("health", id, action=self._action(id), health=Status.FAILED, reason="; ".join(said))
        yield replace(event, diagnosis=found)
        for skip in self.frontier.fail(id):
            because = f"it needs {skip.needed}, which " + ("failed" if skip.needed == id else "was skipped")
            self.progress.skipped[skip.id] = skip
            yield self._event("skipped", skip.id, reason=because)

    def _action(self, id: ResourceId) -> Action | None:
        return self.changes[id].action if id in self.changes else None

    def _event(
        self,
        type: EventType,
        id: ResourceId | None = None,
        *,
        action: Action | None = None,
        health: str = "",
        reason: str = "",
    ) -> Event:
        return Event(type, self.engine.clock.monotonic() - self.started_s, id, action, str(health), reason)


def apply_changes(
    plan: Plan,
    engine: Engine,
    options: Options,
    progress: Progress,
    key: bytes,
    started_s: float,
    diagnose: Diagnose | None = None,
) -> Iterator[Event]:
    """Send all changes but the prunes, and wait until each resource is healthy or has failed.

    Raises:  what is no KfinstallError: a bug, or an interruption. `progress` says how far it came.
    """
    changes = {change.id: change for change in plan.changes if change.action != "prune"}
    waits = [edge for edge in plan.waits if changes[edge.after].action != "keep"]
    outside = dict.fromkeys(edge.before for edge in waits if edge.before not in changes)
    ids, edges = [*outside, *changes], (*plan.edges, *waits)
    frontier = make_frontier(ids, edges)
    applying = Applying(
        plan,
        engine,
        options,
        progress,
        key,
        started_s,
        changes,
        frontier,
        Ready(frontier.start(), ranks(ids, edges, lambda id: id.group_kind in POD_OWNERS)),
        make_waits(engine, changes),
        diagnose,
    )
    yield from applying.advance()
    while applying.is_busy:
        messages, due = engine.receive()
        for message in messages:
            yield from applying.handle(message)
        for id in due:
            applying.waits.look_at(id)
        yield from applying.advance()


def _known(error: BaseException) -> KfinstallError:
    if isinstance(error, KfinstallError):
        return error
    raise error
