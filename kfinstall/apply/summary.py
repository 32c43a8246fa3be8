"""The first and the last event of a run, and the errors it ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kfinstall.apply.diagnosis import Diagnose
from kfinstall.apply.events import Event, EventType
from kfinstall.apply.model import Installation, Options
from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.plan.model import Plan
from kfinstall.resource import ResourceId

_DONE = {"create": "created", "update": "updated", "recreate": "recreated", "keep": "unchanged", "prune": "removed"}
NAMED_AT_MOST = 5


class Run(NamedTuple):
    """One call of install or uninstall: on what, and since when."""

    target: Installation
    cluster: Cluster
    clock: Clock
    options: Options
    started_s: float
    diagnose: Diagnose | None = None

    def event(self, type: EventType, reason: str = "") -> Event:
        """Give an event that is about no single resource, now."""
        return Event(type, self.clock.monotonic() - self.started_s, reason=reason)


def plan_event(plan: Plan, run: Run) -> Event:
    """Give the event that says how many changes of each action there are."""
    counts = Counter(change.action for change in plan.changes)
    said = ", ".join(f"{number} to {action}" for action, number in sorted(counts.items()) if action != "keep")
    reason = said or f"nothing to do: {counts['keep']} resources are as wanted"
    return Event("plan", run.clock.monotonic() - run.started_s, reason=reason, counts=tuple(sorted(counts.items())))


def summary_event(plan: Plan, progress: Progress, run: Run) -> Event:
    """Give the event that says what was done."""
    elapsed_s = run.clock.monotonic() - run.started_s
    kept = sum(change.action == "keep" for change in plan.changes)
    counts = {**progress.counts, "keep": kept, "failed": len(progress.errors), "skipped": len(progress.skipped)}
    counts = {action: number for action, number in counts.items() if number}
    return Event("summary", elapsed_s, reason=_say(plan, progress, counts), counts=tuple(sorted(counts.items())))


def done(counts: Mapping[str, int]) -> str:
    """Say in words what was done: `2 created, 1 failed`."""
    parts = [f"{counts[action]} {word}" for action, word in _DONE.items() if action in counts]
    parts += [f"{counts[word]} {word}" for word in ("failed", "skipped") if word in counts]
    return ", ".join(parts)


def _say(plan: Plan, progress: Progress, counts: Mapping[str, int]) -> str:
    said = done(counts)
    if plan.is_noop and progress.is_good:
        said = "nothing to do" + (f": {counts['keep']} resources are as wanted" if "keep" in counts else "")
    left = [f"{change.id}: {change.note}" for change in plan.left]
    left += [f"{id}: {why}" for id, why in progress.kept.items()]
    parts = [said, *_skips(progress), *([f"left in place: {'; '.join(left)}"] if left else [])]
    return "; ".join(parts)


def _skips(progress: Progress) -> Iterator[str]:
    """Name what was skipped, by what it was skipped for."""
    by_cause: dict[ResourceId, list[str]] = {}
    for skip in progress.skipped.values():
        by_cause.setdefault(skip.cause, []).append(str(skip.id))
    for cause, ids in by_cause.items():
        more = f" and {len(ids) - NAMED_AT_MOST} more" if len(ids) > NAMED_AT_MOST else ""
        yield f"skipped because of {cause}: {', '.join(ids[:NAMED_AT_MOST])}{more}"


def raise_errors(progress: Progress) -> None:
    """Raise what failed: the one error, or all of them as a group."""
    errors = list(progress.errors.values())
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup(f"{len(errors)} resources failed", errors)
