"""When a definition or a webhook takes effect: the API server may not act on it yet though it is healthy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kfinstall.apply.probe import WEBHOOKS, find_judged, wait_until_reached
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.send import wait_until_served
from kfinstall.plan.kinds import kind_of_crd
from kfinstall.plan.model import Change, Kinds, Plan
from kfinstall.resource import GroupKind, Manifest, ResourceId

CRD: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")


def last_step(
    id: ResourceId, live: Manifest, plan: Plan, changes: Mapping[ResourceId, Change], cluster: Cluster, clock: Clock
) -> Callable[[], None] | None:
    """Give what is left to wait for when a resource is healthy; None where it has taken effect."""
    if id.group_kind == CRD and not _is_served(live, cluster.kinds()):
        return lambda: wait_until_served(live, cluster, clock)
    judged = find_judged(id, plan.edges, changes.get) if id.group_kind in WEBHOOKS else None
    return None if judged is None else lambda: wait_until_reached(id, judged, cluster, clock)


def _is_served(crd: Manifest, kinds: Kinds) -> bool:
    """Is it known to be served in the versions that it says, and in no others?"""
    wanted = kind_of_crd(crd)
    info = kinds.get(GroupKind(wanted.group, wanted.kind))
    return info is not None and set(wanted.versions) == set(info.versions)
