"""The namespace that holds the records: made before the first one, removed after the last if nobody else uses it."""

from __future__ import annotations

from typing import Final

from kfinstall.apply.foreign import PASSING, find_inside
from kfinstall.apply.model import Installation
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.errors import ClusterError
from kfinstall.resource import Manifest, ResourceId

MADE_BY: Final = {"app.kubernetes.io/managed-by": "kfinstall"}
GONE_WITHIN_S: Final = 60.0


def ensure_home(target: Installation, cluster: Cluster) -> None:
    """Make the namespace of the record unless it is there.

    Raises:  ClusterError when it is being deleted, or may not be made.
    """
    try:
        live = cluster.get(_id(target))
    except ClusterError as error:
        if error.status != 403:
            raise
        return  # who may not read namespaces names one that is there
    if live is None:
        _create(target, cluster)
    elif live["metadata"].get("deletionTimestamp"):
        raise terminating(target.namespace)


def terminating(name: str) -> ClusterError:
    """Give the error for a namespace that is being deleted."""
    wait = f"kubectl wait --for=delete namespace/{name} --timeout=10m"
    return ClusterError(
        f"namespace '{name}' is being deleted",
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


def find_home(target: Installation, cluster: Cluster) -> Manifest | None:
    """Give the namespace of the record if we made it and it is not going already."""
    try:
        live = cluster.get(_id(target))
    except ClusterError as error:
        if error.status != 403:
            raise
        return None  # who may not read namespaces made none
    if live is None or live["metadata"].get("deletionTimestamp"):
        return None
    labels = live["metadata"].get("labels") or {}
    return live if MADE_BY.items() <= labels.items() else None


def has_empty_home(target: Installation, cluster: Cluster) -> bool:
    """Is there a namespace that we made for records, and none in it? A Lease is someone at work there."""
    live = find_home(target, cluster)
    return live is not None and not find_inside(live, cluster, frozenset(), passing=PASSING - {"Lease"})


def remove_home(target: Installation, cluster: Cluster, clock: Clock) -> None:
    """Remove the namespace of the record, if we made it and nothing is in it; wait until it is gone."""
    live = find_home(target, cluster)
    if live is None or find_inside(live, cluster, frozenset(), passing=PASSING - {"Lease"}):
        return
    uid = str(live["metadata"]["uid"])
    cluster.delete(_id(target), uid=uid)
    began_s, wait_s = clock.monotonic(), 0.05
    while clock.monotonic() - began_s < GONE_WITHIN_S:
        now = cluster.get(_id(target))
        if now is None or now["metadata"]["uid"] != uid:
            break
        clock.sleep(wait_s)
        wait_s = min(wait_s * 2, 1.0)


def _id(target: Installation) -> ResourceId:
    return ResourceId("", "Namespace", "", target.namespace)
