"""Run a plan: apply, then prune, and keep the record true however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kfinstall.apply.applying import apply_changes
from kfinstall.apply.engine import Engine
from kfinstall.apply.events import Event
from kfinstall.apply.model import Options
from kfinstall.apply.progress import Progress, make_intent, make_record, note
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import Record, ensure_key, write_record
from kfinstall.apply.removing import remove_changes
from kfinstall.errors import KfinstallError
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.model import Plan


def allow() -> None:
    """Guard nothing: for a run that writes nothing."""


def run_plan(
    plan: Plan,
    cluster: Cluster,
    clock: Clock,
    options: Options,
    *,
    record: Record,
    progress: Progress,
    started_s: float,
    guard: Callable[[], None] = allow,
) -> Iterator[Event]:
    """Do what a plan says, and wait for health; each thing that happens is an event.

    In:      `record`: as read with the plan; `progress` is filled in; `guard` runs before each write.
    Out:     events of resources; the caller adds those of the run.
    Raises:  nothing for what failed (`progress` has it); an interruption or a bug goes through, after what is known
             was recorded. A plan that writes nothing writes no record either.
    """
    bound = cluster.bound(guard=guard, on_retry=lambda retry: None)
    if not plan.is_noop:
        record = write_record(ensure_key(record, bound), make_intent(plan), bound)
    label = f"{PART_OF}={applyset_id(plan.after.name, plan.after.namespace)}"
    engine = Engine(cluster, clock, label, [change.id for change in plan.changes], guard)
    try:
        with engine:
            yield from apply_changes(plan, engine, options, progress, record.key, started_s)
            if progress.is_good:
                yield from remove_changes(plan, engine, options, progress, started_s)
    finally:
        _take_in_rest(engine, plan, progress, record)
        if not plan.is_noop:
            _write_last(record, plan, progress, bound)


def _write_last(record: Record, plan: Plan, progress: Progress, cluster: Cluster) -> None:
    """Record what is. Where that fails, what was recorded before the first write still names all that may be."""
    try:
        write_record(record, make_record(plan, progress), cluster)
    except KfinstallError as error:
        progress.errors[record.id] = error


def _take_in_rest(engine: Engine, plan: Plan, progress: Progress, record: Record) -> None:
    """Note the answers that came while the run was ending."""
    changes = {change.id: change for change in plan.changes}
    for message in engine.drain():
        note(message, changes, progress, record.key)
