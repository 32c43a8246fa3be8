"""The namespace that holds the records: made before the first one, removed after the last if nobody else uses it."""

from __future__ import annotations

from typing import Final

from kfinstall.apply.foreign import PASSING, find_inside
from kfinstall.apply.holders import held_by, patience_s
from kfinstall.apply.model import Installation
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import Record
from kfinstall.errors import ClusterError
from kfinstall.resource import Manifest, ResourceId

MADE_BY: Final = {"app.kubernetes.io/managed-by": "kfinstall"}
GONE_WITHIN_S: Final = 60.0
LOOK_EVERY_S: Final = 0.2
"""Kubernetes takes five seconds and a bit; this is the most that is lost after it."""


def ensure_home(target: Installation, cluster: Cluster, clock: Clock) -> None:
    """Make the namespace of the record unless it is there. One that a delete left on its way out is waited for.

    Raises:  ClusterError when it is being deleted with a record in it, or does not go, or may not be made.
    """
    try:
        live = cluster.get(_id(target))
        if live is not None and _is_going(live):
            wait_for_end(target, cluster, clock)
            live = cluster.get(_id(target))
    except ClusterError as error:
        if error.status != 403:
            raise
        return  # who may not read namespaces names one that is there
    if live is None:
        _create(target, cluster)
    elif _is_going(live):
        raise terminating(live)


def terminating(live: Manifest) -> ClusterError:
    """Give the error for a namespace that is being deleted."""
    name = live["metadata"]["name"]
    wait = f"kubectl wait --for=delete namespace/{name} --timeout=10m"
    return ClusterError(
        f"namespace '{name}' is being deleted{held_by(live)}",
        hint=f"wait until it is gone, then run this again: {wait}",
        status=403,
        reason="NamespaceTerminating",
    )


def _create(target: Installation, cluster: Cluster) -> None:
    metadata = {"name": target.namespace, "labels": {**MADE_BY}}
    try:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    except ClusterError as error:
        if error.status != 409:
            raise


def _find_home(target: Installation, cluster: Cluster) -> Manifest | None:
    """Give the namespace of the record if we made it."""
    try:
        live = cluster.get(_id(target))
    except ClusterError as error:
        if error.status != 403:
            raise
        return None  # who may not read namespaces made none
    labels = (live["metadata"].get("labels") or {}) if live else {}
    return live if MADE_BY.items() <= labels.items() else None


def _may_go(home: Manifest, cluster: Cluster) -> bool:
    """Is it idle, and will it go when it is told to?

    While some API does not answer, Kubernetes ends no namespace: one that is left empty is in nobody's way, one that
    does not end is in that of the next apply.
    """
    return not cluster.broken_groups() and _is_idle(home, cluster)


def _is_idle(home: Manifest, cluster: Cluster) -> bool:
    """Is there nothing in it, nor anyone at work? A Lease is someone at work."""
    return not find_inside(home, cluster, frozenset(), passing=PASSING - {"Lease"})


def has_empty_home(target: Installation, cluster: Cluster) -> bool:
    """Is there a namespace that we made for records, and none in it?"""
    live = _find_home(target, cluster)
    return live is not None and not _is_going(live) and _may_go(live, cluster)


def has_own_home(target: Installation, cluster: Cluster) -> bool:
    """Is the namespace of the record one that we made?"""
    return _find_home(target, cluster) is not None


def ask_home_to_go(target: Installation, cluster: Cluster) -> str:
    """Have the namespace of the record removed, if we made it and nothing is in it; give its uid if it is going."""
    live = _find_home(target, cluster)
    if live is None or not (_is_going(live) or _may_go(live, cluster)):
        return ""
    uid = str(live["metadata"]["uid"])
    if not _is_going(live):
        cluster.delete(_id(target), uid=uid)
    return uid


def remove_home(target: Installation, cluster: Cluster, clock: Clock) -> None:
    """Have the namespace of the record removed, and wait until it is gone."""
    if uid := ask_home_to_go(target, cluster):
        _wait_until_gone(target, uid, cluster, clock)


def wait_for_end(target: Installation, cluster: Cluster, clock: Clock) -> None:
    """Wait for the end of a namespace of records that we made, that is on its way out and has no record in it.

    A delete that was killed had asked for it. Who comes next waits in its stead.
    """
    live = _find_home(target, cluster)
    if live is not None and _is_going(live) and cluster.get(Record(target).id) is None:
        _wait_until_gone(target, str(live["metadata"]["uid"]), cluster, clock)


def _is_going(live: Manifest) -> bool:
    return bool(live["metadata"].get("deletionTimestamp"))


def _wait_until_gone(target: Installation, uid: str, cluster: Cluster, clock: Clock) -> None:
    began_s, wait_s = clock.monotonic(), 0.05
    while (now := cluster.get(_id(target))) is not None and now["metadata"]["uid"] == uid:
        if clock.monotonic() - began_s >= patience_s(now, GONE_WITHIN_S):
            return
        clock.sleep(wait_s)
        wait_s = min(wait_s * 2, LOOK_EVERY_S)


def _id(target: Installation) -> ResourceId:
    return ResourceId("", "Namespace", "", target.namespace)
