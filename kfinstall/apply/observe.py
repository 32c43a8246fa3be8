"""What the cluster has of the resources that matter to a run: one LIST per kind, in parallel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.companions import companions
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.model import Inventory, Observed
from kfinstall.plan.takeover import former_of
from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId, gvk_of, id_of

WORKERS = 8
FEW = 8
"""Up to so many resources that a list by label does not show are asked for one by one."""


class Wanted(NamedTuple):
    """What is to be read of one kind. `is_known`: the record has all of them, so they carry our label."""

    group_kind: GroupKind
    version: str
    ids: frozenset[ResourceId]
    is_known: bool


def observe(resources: Sequence[Resource], inventory: Inventory, cluster: Cluster) -> Mapping[ResourceId, Observed]:
    """Give the live manifests of the resources and of the inventory's members.

    In:      resources with complete ids (normalised).
    Out:     managedFields included (others' only of what is to be taken over); what is not there, or whose kind is
             not served, is absent.
    Raises:  ClusterError, when a kind may be read neither in the whole cluster nor in the namespaces.
    """
    kinds = cluster.kinds()
    wanted = [want for want in find_wanted(resources, inventory) if want.group_kind in kinds]
    label = f"{PART_OF}={applyset_id(inventory.name, inventory.namespace)}"
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-observe") as pool:
        parts = list(pool.map(lambda want: _read(want, label, cluster), wanted))
        found = {id: manifest for part in parts for id, manifest in part.items()}
        strangers = {id: gvk_of(manifest).version for id, manifest in found.items() if former_of(manifest)}
        whole = zip(strangers, pool.map(cluster.get, strangers.keys(), strangers.values()), strict=True)
        found |= {id: manifest for id, manifest in whole if manifest is not None}
        return {id: Observed(manifest) for id, manifest in found.items()}


def observe_companions(
    observed: Mapping[ResourceId, Observed], obsolete: Iterable[ResourceId], cluster: Cluster
) -> Mapping[ResourceId, Observed]:
    """Give the live manifests of what the obsolete ones may have made and nobody recorded."""
    makers = [observed[id].manifest for id in obsolete if id in observed]
    ids = [id for id in companions(makers) if id not in observed]
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-observe") as pool:
        found = zip(ids, pool.map(cluster.get, ids), strict=True)
        return {id: Observed(manifest) for id, manifest in found if manifest is not None}


def find_wanted(resources: Sequence[Resource], inventory: Inventory) -> tuple[Wanted, ...]:
    """Give what must be read, one row per kind and version, the versions of the resources first."""
    members = {member.id: member.version for member in inventory.members}
    desired = {resource.id: resource.gvk.version for resource in resources}
    versions = {id.group_kind: version for id, version in [*members.items(), *desired.items()]}
    ids: dict[tuple[GroupKind, str], set[ResourceId]] = defaultdict(set)
    for id in [*desired, *members]:
        ids[id.group_kind, desired.get(id) or versions[id.group_kind]].add(id)
    return tuple(
        Wanted(group_kind, version, frozenset(of_kind), of_kind <= members.keys())
        for (group_kind, version), of_kind in ids.items()
    )


def _read(want: Wanted, label: str, cluster: Cluster) -> Mapping[ResourceId, Manifest]:
    version = want.version if want.version in cluster.kinds()[want.group_kind].versions else ""
    found = _list(want, label if want.is_known else "", version, cluster)
    missing = want.ids - found.keys() if want.is_known else frozenset()
    if len(missing) > FEW:
        return _list(want, "", version, cluster)
    for id in missing:  # its label was taken off, or it is gone
        if (manifest := cluster.get(id, version)) is not None:
            found[id] = manifest
    return found


def _list(want: Wanted, label: str, version: str, cluster: Cluster) -> dict[ResourceId, Manifest]:
    found = {id_of(manifest): manifest for manifest in _list_where_allowed(want, label, version, cluster)}
    return {id: found[id] for id in want.ids & found.keys()}


def _list_where_allowed(want: Wanted, label: str, version: str, cluster: Cluster) -> Iterable[Manifest]:
    """List the whole cluster; where that is forbidden, each namespace that matters, or ask for them one by one.

    Who administers a namespace may look at it, but not at all namespaces.
    """
    namespaces = sorted({id.namespace for id in want.ids} - {""})
    try:
        return cluster.list(want.group_kind, None, label, version)
    except ClusterError as error:
        if error.reason != "Forbidden":
            raise
        forbidden = error
    if not namespaces:
        return _get_each(want, version, cluster, forbidden)
    return [
        manifest for namespace in namespaces for manifest in cluster.list(want.group_kind, namespace, label, version)
    ]


def _get_each(want: Wanted, version: str, cluster: Cluster, forbidden: ClusterError) -> Iterable[Manifest]:
    """Ask for each of what may not be listed.

    Raises:  the error of the list, where one may not be looked at either.
    """
    try:
        found = [cluster.get(id, version) for id in sorted(want.ids)]
    except ClusterError as error:
        raise (forbidden if error.reason == "Forbidden" else error) from None
    return [manifest for manifest in found if manifest is not None]
