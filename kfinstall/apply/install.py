"""Plan, lock, run: what `apply` and `diff` call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kfinstall.apply.checks import check_adoption, check_namespaces
from kfinstall.apply.diagnosis import Diagnose
from kfinstall.apply.events import Event
from kfinstall.apply.locked import run_locked
from kfinstall.apply.model import DEFAULTS, Installation, Options
from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.run import run_plan
from kfinstall.apply.summary import Run, plan_event, raise_errors, summary_event
from kfinstall.apply.view import View, look
from kfinstall.plan.model import Plan
from kfinstall.resource import Resource


def preview(resources: Sequence[Resource], target: Installation, cluster: Cluster, options: Options = DEFAULTS) -> Plan:
    """Give what `install` would do now; reads only."""
    return look(resources, target, cluster, options).plan


def install(
    resources: Sequence[Resource],
    target: Installation,
    cluster: Cluster,
    clock: Clock,
    options: Options = DEFAULTS,
    *,
    seen: View | None = None,
    diagnose: Diagnose | None = None,
) -> Iterator[Event]:
    """Make the cluster have these resources, healthy, and no others of this installation.

    In:      `seen`, what `look` gave just now, for who has shown it; with its date it need not be read again at all;
             `diagnose` finds out why something does not become healthy.
    Out:     first an event `plan`, last a `summary`.
    Raises:  after the summary, what failed: one KfinstallError, or an ExceptionGroup of several. Before the first
             write: whatever makes it pointless to begin, and LockHeldError.
    """
    run = Run(target, cluster, clock, options, clock.monotonic(), diagnose)
    view = seen or look(resources, target, cluster, options).dated(clock)
    yield plan_event(view.plan, run)
    check_adoption(view.plan, options, cluster)
    progress = Progress()
    if view.plan.is_noop:
        yield from run_plan(
            view.plan,
            cluster,
            clock,
            options,
            record=view.record,
            progress=progress,
            started_s=run.started_s,
            diagnose=diagnose,
        )
    else:
        check_namespaces(view.plan, cluster)
        yield from run_locked(run, view, lambda: _look_again(resources, run), progress)
    yield summary_event(view.plan, progress, run)
    raise_errors(progress)


def _look_again(resources: Sequence[Resource], run: Run) -> View:
    view = look(resources, run.target, run.cluster, run.options)
    check_adoption(view.plan, run.options, run.cluster)
    return view
