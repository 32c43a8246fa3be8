"""Plan, lock, run: what `apply`, `diff` and `delete` call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kfinstall.apply.checks import check_adoption, check_namespaces, check_timeouts
from kfinstall.apply.events import Event
from kfinstall.apply.home import ensure_home
from kfinstall.apply.lock import acquire
from kfinstall.apply.model import Installation, Options
from kfinstall.apply.observe import observe, observe_companions
from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import Record, read_record
from kfinstall.apply.run import run_plan
from kfinstall.apply.summary import Run, plan_event, raise_errors, summary_event
from kfinstall.plan import make_plan, normalise
from kfinstall.plan.model import Plan
from kfinstall.resource import Resource

DEFAULTS = Options()
_NO_KEY = b"no digests are known yet"


class View(NamedTuple):
    """The record of an installation and the plan made from it."""

    record: Record
    plan: Plan


def look(
    resources: Sequence[Resource],
    target: Installation,
    cluster: Cluster,
    options: Options,
    record: Record | None = None,
) -> View:
    """Read what is there and plan; writes nothing.

    In:      `record`, if it was read already.
    Raises:  an ExceptionGroup of InputErrors for kinds that nothing serves and the like; ClusterError.
    """
    kinds = cluster.kinds()
    record = record or read_record(target, cluster)
    normal = normalise(resources, kinds)
    check_timeouts(normal)
    observed = dict(observe(normal, record.known, cluster))
    desired = {resource.id for resource in normal}
    obsolete = (member.id for member in record.known.members if member.id not in desired)
    observed |= observe_companions(observed, obsolete, cluster)
    plan = make_plan(
        normal,
        observed,
        record.known,
        kinds,
        digest_key=record.key or _NO_KEY,
        prune=options.prune,
        delete_data=options.delete_data,
    )
    return View(record, plan)


def preview(resources: Sequence[Resource], target: Installation, cluster: Cluster, options: Options = DEFAULTS) -> Plan:
    """Give what `install` would do now; reads only."""
    return look(resources, target, cluster, options).plan


def install(
    resources: Sequence[Resource],
    target: Installation,
    cluster: Cluster,
    clock: Clock,
    options: Options = DEFAULTS,
) -> Iterator[Event]:
    """Make the cluster have these resources, healthy, and no others of this installation.

    Out:     first an event `plan`, last a `summary`.
    Raises:  after the summary, what failed: one KfinstallError, or an ExceptionGroup of several. Before the first
             write: whatever makes it pointless to begin, and LockHeldError.
    """
    run = Run(target, cluster, clock, options, clock.monotonic())
    view = look(resources, target, cluster, options)
    yield plan_event(view.plan, run)
    check_adoption(view.plan, options)
    progress = Progress()
    if view.plan.is_noop:
        yield from run_plan(
            view.plan, cluster, clock, options, record=view.record, progress=progress, started_s=run.started_s
        )
    else:
        check_namespaces(view.plan, cluster)
        yield from _install_locked(resources, run, progress)
    yield summary_event(view.plan, progress, run)
    raise_errors(progress)


def _install_locked(resources: Sequence[Resource], run: Run, progress: Progress) -> Iterator[Event]:
    ensure_home(run.target, run.cluster)
    lock = yield from acquire(run.target, run.cluster, run.clock, run.options.lock_ttl_s, run.started_s)
    try:
        yield run.event("lock", f"lock taken by {lock.holder}")
        record, plan = look(resources, run.target, run.cluster, run.options)
        check_adoption(plan, run.options)
        yield from run_plan(
            plan,
            run.cluster,
            run.clock,
            run.options,
            record=record,
            progress=progress,
            started_s=run.started_s,
            guard=lock.ensure,
        )
    finally:
        lock.release()
