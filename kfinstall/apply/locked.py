"""A run that writes: take the lock, look again, run, and leave nothing behind where nothing is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from kfinstall.apply.events import Event
from kfinstall.apply.home import ensure_home, remove_home
from kfinstall.apply.lock import Lock, acquire
from kfinstall.apply.progress import Progress, make_record
from kfinstall.apply.record import remove_record
from kfinstall.apply.run import run_plan
from kfinstall.apply.summary import Run
from kfinstall.apply.view import View
from kfinstall.errors import LockHeldError


def run_locked(run: Run, look_again: Callable[[], View], progress: Progress) -> Iterator[Event]:
    """Run what `look_again` plans once the lock is held.

    Out:     the events of lock and resources. When nothing of the installation is there any more (or never came to
             be), its record, its lock and the namespace we made for them are gone too.
    Raises:  LockHeldError, and what `look_again` raises, before anything but the lock is written.
    """
    ensure_home(run.target, run.cluster)
    lock = yield from acquire(run.target, run.cluster, run.clock, run.options.lock_ttl_s, run.started_s)
    is_empty = False
    try:
        yield run.event("lock", f"lock taken by {lock.holder}")
        record, plan = look_again()
        yield from run_plan(
            plan,
            run.cluster,
            run.clock,
            run.options,
            record=record,
            progress=progress,
            started_s=run.started_s,
            guard=lock.ensure,
            diagnose=run.diagnose,
        )
        is_empty = not make_record(plan, progress).members and _remove_record(run, lock)
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
