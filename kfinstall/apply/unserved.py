"""Members of a record whose kind the API server does not serve: gone with their kind, or merely out of reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.kinds import CRD
from kfinstall.plan.model import Inventory
from kfinstall.resource import GroupKind, Manifest, ResourceId


def out_of_reach(inventory: Inventory, desired: Collection[ResourceId], cluster: Cluster) -> frozenset[ResourceId]:
    """Give the members that nobody asks for any more and that may be there, though they cannot be looked at.

    An APIService may be down, or an API server that has just started may not serve all its definitions yet.
    """
    kinds = cluster.kinds()
    unserved = (member.id for member in inventory.members if member.id.group_kind not in kinds)
    lost = [id for id in unserved if id not in desired]
    if not lost:
        return frozenset()
    broken = {version.partition("/")[0] for version in cluster.broken_groups()}
    defined = set(_defined(cluster))
    return frozenset(id for id in lost if id.group in broken or id.group_kind in defined)


def _defined(cluster: Cluster) -> Iterator[GroupKind]:
    """Give the kinds that have a definition; none where definitions may not be read."""
    try:
        definitions: Sequence[Manifest] = cluster.list(CRD)
    except ClusterError as error:
        if error.status != 403:
            raise
        return
    for definition in definitions:
        if not definition["metadata"].get("deletionTimestamp"):
            yield GroupKind(str(definition["spec"]["group"]), str(definition["spec"]["names"]["kind"]))
