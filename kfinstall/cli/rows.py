"""What has happened so far, component by component: the sum of a run's events. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kfinstall.apply.events import Event
from kfinstall.plan.model import Plan
from kfinstall.resource import Manifest, ResourceId

COMPONENT_LABEL = "kfinstall.dev/component"
WITHOUT_COMPONENT = "(cluster)"

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"})


class Row(NamedTuple):
    """One component's part of a run. Times are seconds from the start of the run; None: not begun, not over.

    `waiting` has the last event of each resource that is sent and not there yet, what takes longest first.
    """

    component: str
    total: int
    done: int
    failed: int
    skipped: int
    started_s: float | None
    ended_s: float | None
    waiting: tuple[Event, ...] = ()

    @property
    def is_over(self) -> bool:
        """Has every resource of it come to its end, good or bad?"""
        return self.done + self.failed + self.skipped >= self.total

    @property
    def took_s(self) -> float | None:
        """How long it took, None while it is not over."""
        return None if self.started_s is None or self.ended_s is None else self.ended_s - self.started_s


def component_of(manifest: Manifest) -> str:
    """Give the component a manifest belongs to; without a label its namespace stands for it."""
    metadata = manifest.get("metadata") or {}
    labels = metadata.get("labels") or {}
    namespace = metadata.get("name") if manifest.get("kind") == "Namespace" else metadata.get("namespace")
    return str(labels.get(COMPONENT_LABEL) or namespace or WITHOUT_COMPONENT)


def components_of(plan: Plan) -> dict[ResourceId, str]:
    """Give the component of each change, in the order of the plan."""
    found = {}
    for change in plan.changes:
        live = plan.observed.get(change.id)
        manifest = change.resource.manifest if change.resource else live.manifest if live else {}
        found[change.id] = component_of(manifest)
    return found


def rows(events: Sequence[Event], components: Mapping[ResourceId, str]) -> list[Row]:
    """Sum the events up, a row a component, in order of name.

    In:  `components`, the component of every resource of the run.
    """
    last = {event.id: event for event in events if event.id is not None and event.type != "retry"}
    first: dict[ResourceId, float] = {}
    for event in events:
        if event.id is not None:
            first.setdefault(event.id, event.at_s)
    return [
        _row(name, [i for i, component in components.items() if component == name], first, last)
        for name in sorted(set(components.values()))
    ]


def _row(
    name: str, ids: Sequence[ResourceId], first: Mapping[ResourceId, float], last: Mapping[ResourceId, Event]
) -> Row:
    ends = [outcome(last.get(id)) for id in ids]
    over = "" not in ends
    starts = [first[id] for id in ids if id in first]
    stops = [last[id].at_s for id in ids if id in last]
    waiting = [last[id] for id, end in zip(ids, ends, strict=True) if id in last and not end]
    return Row(
        name,
        total=len(ids),
        done=ends.count("done"),
        failed=ends.count("failed"),
        skipped=ends.count("skipped"),
        started_s=min(starts, default=None),
        ended_s=max(stops, default=None) if over else None,
        waiting=tuple(sorted(waiting, key=_urgency)),
    )


def outcome(event: Event | None) -> str:
    """Give how a resource ended, by its last event: done, failed, skipped; empty while it has not."""
    if event is None:
        return ""
    if event.type in ("pruned", "skipped"):
        return "done" if event.type == "pruned" else "skipped"
    return {"Current": "done", "Failed": "failed"}.get(event.health, "")


def _urgency(event: Event) -> tuple[bool, bool, float]:
    """Sort by: workloads first, they are what takes time; then what says why; then what waits longest."""
    return (event.id is None or event.id.kind not in WORKLOADS, not event.reason, event.at_s)


def wait_line(event: Event) -> str:
    """Name what is waited for and why."""
    where = f"{event.id.kind} {event.id.name}" if event.id else ""
    return f"{where}: {event.reason}" if event.reason else where
