"""The record of an installation in the cluster: which resources are its own, and the key of their digests.

It is written before the first write of a run (all that is, and all that will be), and after the last (what is).
Killed in between, the next run knows every resource that may exist. No value of a Secret is ever in it.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from kfinstall.apply.model import Installation
from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError, InputError
from kfinstall.plan.history import names_of
from kfinstall.plan.inventory import from_manifests, parent_labels, read_history, shard_names, to_manifests
from kfinstall.plan.model import Inventory
from kfinstall.resource import GroupKind, Manifest, ResourceId

MANAGED_BY = {"app.kubernetes.io/managed-by": "kfinstall"}


@dataclass(frozen=True, slots=True)
class Record:
    """What the cluster holds of an installation: the parent ConfigMap with its shards' names, read as an inventory,
    and the digest key (empty when there is none yet).
    """

    target: Installation
    inventory: Inventory | None = None
    parent: Manifest | None = None
    key: bytes = b""

    @property
    def id(self) -> ResourceId:
        """The parent ConfigMap."""
        return _config_map(self.target, self.target.name)

    @property
    def known(self) -> Inventory:
        """The inventory, an empty one when nothing is recorded."""
        return self.inventory or Inventory(self.target.name, self.target.namespace)


def read_record(target: Installation, cluster: Cluster) -> Record:
    """Read the record of an installation; two requests, one more for each shard."""
    parent = cluster.get(_config_map(target, target.name))
    if parent is None:
        return Record(target, key=_read_key(target, cluster))
    _check_is_record(parent, target)
    shards = [cluster.get(_config_map(target, name)) for name in shard_names(parent)]
    inventory = from_manifests([parent, *(shard for shard in shards if shard is not None)])
    return Record(target, inventory, parent, _read_key(target, cluster))


def is_unchanged(record: Record, cluster: Cluster) -> bool:
    """Is the record in the cluster still the one that was read? One request."""
    return _version(cluster.get(record.id)) == _version(record.parent)


def _version(parent: Manifest | None) -> tuple[str, str] | None:
    return (parent["metadata"]["uid"], parent["metadata"]["resourceVersion"]) if parent else None


def _check_is_record(parent: Manifest, target: Installation) -> None:
    labels = parent["metadata"].get("labels") or {}
    if not parent_labels(target.name, target.namespace).items() <= labels.items():
        raise InputError(
            f"ConfigMap {target.namespace}/{target.name} is there already, and is no record of an installation",
            hint="give the installation another name with --name, or its record another namespace with --namespace",
        )


def read_inventory(target: Installation, cluster: Cluster) -> Inventory | None:
    """Give what an installation has applied, None when nothing of that name is recorded."""
    return read_record(target, cluster).inventory


def write_record(record: Record, inventory: Inventory, cluster: Cluster) -> Record:
    """Record an inventory; only if nobody else wrote since `record` was read.

    New shards come first, then the parent names them in one step, then shards it no longer names go.
    """
    parent, *shards = to_manifests(inventory)
    old_names = set(shard_names(record.parent)) if record.parent else set()
    for shard in shards:
        if shard["metadata"]["name"] not in old_names:
            create_or_keep(shard, cluster)
    written = _write_parent(parent, record.parent, cluster)
    for name in sorted(old_names - {shard["metadata"]["name"] for shard in shards}):
        cluster.delete(_config_map(record.target, name))
    return Record(record.target, inventory, written, record.key)


def ensure_key(record: Record, cluster: Cluster) -> Record:
    """Give the record with a digest key, making one when there is none."""
    if record.key:
        return record
    target = record.target
    key = secrets.token_bytes(32)
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**_place(target, _key_name(target)), "labels": {**MANAGED_BY}},
        "type": "kfinstall.dev/digest-key",
        "data": {"key": base64.b64encode(key).decode()},
    }
    create_or_keep(manifest, cluster)
    return Record(target, record.inventory, record.parent, _read_key(target, cluster) or key)


def remove_record(target: Installation, cluster: Cluster) -> None:
    """Remove what is recorded of an installation: its revisions, shards and parent, then the key."""
    parent = cluster.get(_config_map(target, target.name))
    if parent is not None:
        names = shard_names(parent)
        for id in sorted(names_of(read_history(parent), target.namespace)):
            cluster.delete(id)
        cluster.delete(_config_map(target, target.name), uid=str(parent["metadata"].get("uid") or ""))
        for name in names:
            cluster.delete(_config_map(target, name))
    cluster.delete(ResourceId("", "Secret", target.namespace, _key_name(target)))


def own_ids(target: Installation) -> frozenset[ResourceId]:
    """Give the ids that an installation needs for itself: its parent, its key and its lock."""
    lock = ResourceId("coordination.k8s.io", "Lease", target.namespace, target.name)
    key = ResourceId("", "Secret", target.namespace, _key_name(target))
    return frozenset({_config_map(target, target.name), key, lock})


def find_installations(cluster: Cluster, namespace: str | None) -> tuple[Installation, ...]:
    """Give the installations recorded in a namespace, or in all of them, sorted by name."""
    selector = "applyset.kubernetes.io/id,app.kubernetes.io/managed-by=kfinstall"
    parents = cluster.list(GroupKind("", "ConfigMap"), namespace, selector)
    places = (parent["metadata"] for parent in parents)
    return tuple(sorted((Installation(m["name"], m["namespace"]) for m in places), key=lambda i: (i.name, i.namespace)))


def _config_map(target: Installation, name: str) -> ResourceId:
    return ResourceId("", "ConfigMap", target.namespace, name)


def _key_name(target: Installation) -> str:
    return f"{target.name}-digest-key"


def _place(target: Installation, name: str) -> dict[str, Any]:
    return {"namespace": target.namespace, "name": name}


def _read_key(target: Installation, cluster: Cluster) -> bytes:
    secret = cluster.get(ResourceId("", "Secret", target.namespace, _key_name(target)))
    encoded = ((secret or {}).get("data") or {}).get("key") or ""
    return base64.b64decode(encoded)


def create_or_keep(manifest: Manifest, cluster: Cluster) -> None:
    """Create what is named by its content: one that is there already is the same."""
    try:
        cluster.create(manifest)
    except ClusterError as error:
        if error.status != 409:
            raise


def _write_parent(parent: Manifest, earlier: Manifest | None, cluster: Cluster) -> Manifest:
    try:
        if earlier is None:
            return cluster.create(parent)
        version = {"resourceVersion": earlier["metadata"]["resourceVersion"]}
        return cluster.update({**parent, "metadata": {**parent["metadata"], **version}})
    except ClusterError as error:
        if error.status != 409:
            raise
        live = cluster.get(ResourceId("", "ConfigMap", parent["metadata"]["namespace"], parent["metadata"]["name"]))
        if live is not None and live.get("data") == parent.get("data"):
            return live  # our own write, whose answer was lost and which was sent again
        raise ClusterError(
            f"the record of '{parent['metadata']['name']}' was changed by someone else meanwhile",
            hint="see that only one installer works on it, and run this again",
            status=409,
            reason="Conflict",
        ) from error
