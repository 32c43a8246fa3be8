"""Remove an installation: all its resources, then its record, then the namespace of the record if that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kfinstall.apply.events import Event
from kfinstall.apply.home import ensure_home, has_empty_home, remove_home
from kfinstall.apply.install import DEFAULTS, View, look
from kfinstall.apply.lock import Lock, acquire
from kfinstall.apply.model import Installation, Options
from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import read_record, remove_record
from kfinstall.apply.run import run_plan
from kfinstall.apply.summary import Run, plan_event, raise_errors, summary_event
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.model import Inventory, Member, Plan
from kfinstall.resource import GroupKind, ResourceId, gvk_of, id_of

KEPT_KINDS: Final = (
    GroupKind("", "Namespace"),
    GroupKind("", "PersistentVolumeClaim"),
    GroupKind("", "PersistentVolume"),
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
)
"""What an uninstall may leave in place, for what people keep in it."""


def look_for_removal(target: Installation, cluster: Cluster, options: Options) -> View:
    """Plan to remove everything. Data that an earlier removal kept is found by its label when it is to go too."""
    record = read_record(target, cluster)
    if record.inventory is None and options.delete_data:
        record = replace(record, inventory=_find_kept(target, cluster))
    return look((), target, cluster, replace(options, prune=True), record)


def _find_kept(target: Installation, cluster: Cluster) -> Inventory | None:
    label = f"{PART_OF}={applyset_id(target.name, target.namespace)}"
    live = [manifest for kind in KEPT_KINDS for manifest in cluster.list(kind, None, label)]
    members = tuple(
        Member(id_of(manifest), gvk_of(manifest).version, str(manifest["metadata"]["uid"])) for manifest in live
    )
    return Inventory(target.name, target.namespace, members) if members else None


def preview_uninstall(target: Installation, cluster: Cluster, options: Options = DEFAULTS) -> Plan:
    """Give what `uninstall` would do now; reads only."""
    return look_for_removal(target, cluster, options).plan


def uninstall(target: Installation, cluster: Cluster, clock: Clock, options: Options = DEFAULTS) -> Iterator[Event]:
    """Remove all that an installation has applied. Claims stay, unless the options say otherwise.

    Out:     first an event `plan`, last a `summary`.
    Raises:  after the summary, what could not be removed; before the first write, LockHeldError and the like.
    """
    run = Run(target, cluster, clock, options, clock.monotonic())
    view = look_for_removal(target, cluster, options)
    yield plan_event(view.plan, run)
    progress = Progress()
    if view.record.inventory is not None or view.plan.changes or _has_leftovers(view, cluster):
        yield from _uninstall_locked(run, progress)
    yield summary_event(view.plan, progress, run)
    raise_errors(progress)


def _has_leftovers(view: View, cluster: Cluster) -> bool:
    """Was an earlier run cut short before there was a record, or after it was gone?"""
    target = view.record.target
    lease = ResourceId("coordination.k8s.io", "Lease", target.namespace, target.name)
    return bool(view.record.key) or cluster.get(lease) is not None or has_empty_home(target, cluster)


def _uninstall_locked(run: Run, progress: Progress) -> Iterator[Event]:
    target, cluster, clock = run.target, run.cluster, run.clock
    ensure_home(target, cluster)
    lock = yield from acquire(target, cluster, clock, run.options.lock_ttl_s, run.started_s)
    is_done = False
    try:
        yield run.event("lock", f"lock taken by {lock.holder}")
        record, plan = look_for_removal(target, cluster, run.options)
        yield from run_plan(
            plan,
            cluster,
            clock,
            run.options,
            record=record,
            progress=progress,
            started_s=run.started_s,
            guard=lock.ensure,
        )
        is_done = progress.is_good
        if is_done:
            _remove_record(target, cluster, lock)
    finally:
        lock.release(remove=is_done)
    if is_done:
        remove_home(target, cluster, clock)


def _remove_record(target: Installation, cluster: Cluster, lock: Lock) -> None:
    remove_record(target, cluster.bound(guard=lock.ensure, on_retry=lambda retry: None))
