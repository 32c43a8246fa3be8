"""Run a plan: apply, then prune, and keep the record true however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kfinstall.apply.applying import apply_changes
from kfinstall.apply.diagnosis import Diagnose
from kfinstall.apply.engine import Engine
from kfinstall.apply.events import Event
from kfinstall.apply.history import NO_CHAPTER, Chapter, begin_chapter, drop_unneeded, left_alone, write_revision
from kfinstall.apply.model import Options
from kfinstall.apply.progress import Progress, make_intent, make_record, note
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.publishing import wait_until_published
from kfinstall.apply.record import Record, ensure_key, write_record
from kfinstall.apply.removing import remove_changes
from kfinstall.apply.summary import done
from kfinstall.errors import KfinstallError
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.model import Outcome, Plan


def allow() -> None:
    """Guard nothing: for a run that writes nothing."""


def keep_on() -> bool:
    """Hand nothing over: the record stays until the end."""
    return False


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
    diagnose: Diagnose | None = None,
    hand_over: Callable[[], bool] = keep_on,
) -> Iterator[Event]:
    """Do what a plan says, and wait for health; each thing that happens is an event.

    In:      `record`: as read with the plan; `progress` is filled in; `guard` runs before each write;
             `diagnose` is asked, in a worker, why something failed; `hand_over`: see `remove_changes`.
    Out:     events of resources; the caller adds those of the run.
    Raises:  nothing for what failed (`progress` has it); an interruption or a bug goes through, after what is known
             was recorded. A plan that writes nothing writes no record either.
    """
    bound = cluster.bound(guard=guard, on_retry=lambda retry: None)
    chapter = NO_CHAPTER
    if not plan.is_noop:
        record = ensure_key(record, bound)
        others = left_alone(options, plan, record.target, bound)
        chapter = begin_chapter(plan, record.key, clock.now(), others)
        record = write_record(record, replace(make_intent(plan), history=chapter.at_begin(plan)), bound)
    is_done = False
    label = f"{PART_OF}={applyset_id(plan.after.name, plan.after.namespace)}"
    engine = Engine(cluster, clock, label, [change.id for change in plan.changes], guard)
    try:
        with engine:
            yield from apply_changes(plan, engine, options, progress, record.key, started_s, diagnose)
            wait_until_published(plan, progress, cluster, clock)
            if progress.is_good:
                yield from remove_changes(plan, engine, options, progress, started_s, hand_over)
        is_done = True
    finally:
        _take_in_rest(engine, plan, progress, record)
        if not plan.is_noop and not progress.is_handed_over:
            _write_last(record, plan, progress, bound, chapter, is_done=is_done)


def _write_last(
    record: Record, plan: Plan, progress: Progress, cluster: Cluster, chapter: Chapter, *, is_done: bool
) -> None:
    """Record what is. Where that fails, what was recorded before the first write still names all that may be.

    So what holds old revisions is deleted before it is named no longer. Where nothing is, the record is to be removed.
    """
    last = make_record(plan, progress)
    if not last.members:
        return
    try:
        write_revision(chapter, cluster)
        outcome: Outcome = "healthy" if is_done and progress.is_good else "failed"
        last = replace(last, history=chapter.at_end(plan, outcome, done(progress.counts)))
        still_there = drop_unneeded(record.known.history, last, cluster)
        write_record(record, replace(last, history=(*still_there, *last.history)), cluster)
    except KfinstallError as error:
        progress.errors[record.id] = error


def _take_in_rest(engine: Engine, plan: Plan, progress: Progress, record: Record) -> None:
    """Note the answers that came while the run was ending."""
    changes = {change.id: change for change in plan.changes}
    for message in engine.drain():
        note(message, changes, progress, record.key)
