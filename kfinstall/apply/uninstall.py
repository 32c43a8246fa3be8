"""Remove an installation: all its resources, then its record, then the namespace of the record if that is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kfinstall.apply.events import Event
from kfinstall.apply.holders import not_gone, patience_s
from kfinstall.apply.home import LOOK_EVERY_S, has_empty_home, wait_for_end
from kfinstall.apply.locked import run_locked
from kfinstall.apply.model import DEFAULTS, Installation, Options
from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.summary import Run, plan_event, raise_errors, summary_event
from kfinstall.apply.view import View, look
from kfinstall.errors import ClusterError
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.kinds import NAMESPACE
from kfinstall.resource import Manifest, ResourceId, id_of


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
    if view.record.inventory is None:
        _wait_for_namespaces(run, progress)
    yield summary_event(view.plan, progress, run)
    raise_errors(progress)


def _wait_for_namespaces(run: Run, progress: Progress) -> None:
    """Wait for namespaces that a run which was killed had asked to go, when it had removed the record already."""
    label = f"{PART_OF}={applyset_id(run.target.name, run.target.namespace)}"
    began_s = run.clock.monotonic()
    while going := [one for one in _namespaces(run.cluster, label) if one["metadata"].get("deletionTimestamp")]:
        if run.clock.monotonic() - began_s >= max(patience_s(one, run.options.timeout_s) for one in going):
            errors = {id_of(live): not_gone(id_of(live), live, run.options.timeout_s) for live in going}
            progress.errors.update(errors)
            return
        run.clock.sleep(LOOK_EVERY_S)


def _namespaces(cluster: Cluster, label: str) -> Sequence[Manifest]:
    try:
        return cluster.list(NAMESPACE, None, label)
    except ClusterError as error:
        if error.status != 403:
            raise
        return ()  # who may not list namespaces has none to wait for that can be named


def _has_leftovers(view: View, cluster: Cluster) -> bool:
    """Was an earlier run cut short before anything was recorded, or after all was gone?"""
    target = view.record.target
    lease = ResourceId("coordination.k8s.io", "Lease", target.namespace, target.name)
    is_recorded = view.record.inventory is not None or bool(view.record.key)
    return is_recorded or cluster.get(lease) is not None or has_empty_home(target, cluster)
