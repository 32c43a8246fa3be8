"""A run that writes: take the lock, look again, run, and leave nothing behind where nothing is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from kfinstall.apply.events import Event
from kfinstall.apply.home import ask_home_to_go, ensure_home, has_own_home, remove_home
from kfinstall.apply.lock import Lock, acquire
from kfinstall.apply.progress import Progress, make_record
from kfinstall.apply.record import remove_record
from kfinstall.apply.run import run_plan
from kfinstall.apply.summary import Run
from kfinstall.apply.view import View, is_current
from kfinstall.errors import ClusterError, LockHeldError


def run_locked(run: Run, seen: View, look_again: Callable[[], View], progress: Progress) -> Iterator[Event]:
    """Run what was planned, once the lock is held; where others may have worked since, what `look_again` plans then.

    Out:     the events of lock and resources. When nothing of the installation is there any more (or never came to
             be), its record, its lock and the namespace we made for them are gone too.
    Raises:  LockHeldError, and what `look_again` raises, before anything but the lock is written.
    """
    ensure_home(run.target, run.cluster, run.clock)
    lock = yield from acquire(run.target, run.cluster, run.clock, run.options.lock_ttl_s, run.started_s)
    is_empty = False

    def hand_over() -> bool:
        if not has_own_home(run.target, run.cluster) or not _remove_record(run, lock):
            return False
        with suppress(ClusterError):  # what this fails at is tried again at the end
            lock.release(remove=True)
            ask_home_to_go(run.target, run.cluster)
        return True

    try:
        yield run.event("lock", f"lock taken by {lock.holder}")
        view = seen if is_current(seen, run.cluster, run.clock) else look_again()
        plan = view.plan
        yield from run_plan(
            plan,
            run.cluster,
            run.clock,
            run.options,
            record=view.record,
            progress=progress,
            started_s=run.started_s,
            guard=lock.ensure,
            diagnose=run.diagnose,
            hand_over=hand_over,
        )
        is_empty = progress.is_handed_over or (not make_record(plan, progress).members and _remove_record(run, lock))
    finally:
        lock.release(remove=is_empty)
    if is_empty:
        remove_home(run.target, run.cluster, run.clock)


def _remove_record(run: Run, lock: Lock) -> bool:
    """Remove the record; not when the lock, and with it the record, is someone else's by now."""
    with suppress(LockHeldError):
        remove_record(run.target, run.cluster.bound(guard=lock.ensure, on_retry=lambda retry: None))
        return True
    return False
