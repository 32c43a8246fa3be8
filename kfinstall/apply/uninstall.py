"""Remove an installation: all its resources, then its record, then the namespace of the record if that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kfinstall.apply.events import Event
from kfinstall.apply.home import has_empty_home, wait_for_end
from kfinstall.apply.locked import run_locked
from kfinstall.apply.model import DEFAULTS, Installation, Options
from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.summary import Run, plan_event, raise_errors, summary_event
from kfinstall.apply.view import View, look
from kfinstall.resource import ResourceId


def look_to_uninstall(target: Installation, cluster: Cluster, options: Options = DEFAULTS) -> View:
    """Give what is there and what `uninstall` would do now; reads only."""
    return look((), target, cluster, replace(options, prune=True))


def uninstall(
    target: Installation, cluster: Cluster, clock: Clock, options: Options = DEFAULTS, *, seen: View | None = None
) -> Iterator[Event]:
    """Remove all that an installation has applied. Claims stay, and the record of them, unless the options say so.

    In:      `seen`, what `look_to_uninstall` gave just now, for who has shown it.
    Out:     first an event `plan`, last a `summary`.
    Raises:  after the summary, what could not be removed; before the first write, LockHeldError and the like.
    """
    run = Run(target, cluster, clock, replace(options, prune=True), clock.monotonic())
    view = seen or look_to_uninstall(target, cluster, options).dated(clock)
    yield plan_event(view.plan, run)
    progress = Progress()
    if not view.plan.is_noop or (not view.plan.after.members and _has_leftovers(view, cluster)):
        yield from run_locked(run, view, lambda: look_to_uninstall(target, cluster, options), progress)
    else:
        wait_for_end(target, cluster, clock)
    yield summary_event(view.plan, progress, run)
    raise_errors(progress)


def _has_leftovers(view: View, cluster: Cluster) -> bool:
    """Was an earlier run cut short before anything was recorded, or after all was gone?"""
    target = view.record.target
    lease = ResourceId("coordination.k8s.io", "Lease", target.namespace, target.name)
    is_recorded = view.record.inventory is not None or bool(view.record.key)
    return is_recorded or cluster.get(lease) is not None or has_empty_home(target, cluster)
