"""How one resource is removed: by which request, or by none because its namespace takes it along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from kfinstall.apply.messages import Message
from kfinstall.apply.model import Options
from kfinstall.apply.protocols import Cluster
from kfinstall.apply.send import OWNERS, remove
from kfinstall.plan.kinds import CRD
from kfinstall.plan.model import Change, Observed, Plan
from kfinstall.resource import GroupKind, Manifest, ResourceId

POD: Final = GroupKind("", "Pod")
INERT: Final = frozenset(
    {
        *(GroupKind("", kind) for kind in ("ConfigMap", "Secret", "ServiceAccount", "Service", "LimitRange")),
        GroupKind("", "ResourceQuota"),
        GroupKind("networking.k8s.io", "NetworkPolicy"),
        GroupKind("policy", "PodDisruptionBudget"),
        GroupKind("rbac.authorization.k8s.io", "Role"),
        GroupKind("rbac.authorization.k8s.io", "RoleBinding"),
    }
)
"""Built-in kinds that are only there for others to use; without finalizers, nothing happens when one goes."""


def is_inert(observed: Observed) -> bool:
    """Does nothing act on the end of this one?"""
    manifest = observed.manifest
    kind = GroupKind(manifest["apiVersion"].rpartition("/")[0], manifest["kind"])
    return kind in INERT and not manifest["metadata"].get("finalizers")


def removal(
    change: Change,
    live: Manifest | None,
    cluster: Cluster,
    options: Options,
    *,
    ours: frozenset[str],
    with_namespace: bool,
    is_last: bool,
) -> Callable[[], Message]:
    """Give the work of removing one resource.

    In:      `ours`: see `remove`; `with_namespace`: its namespace goes in the same run; `is_last`: so does the
             definition of its kind. Pods that such a resource owns must go before: once the definition is gone, the
             garbage collector finds no owner to miss, and of a young kind it has not heard yet.
    """
    is_owner = change.id.group_kind in OWNERS and not with_namespace

    def work() -> Message:
        is_patient = is_owner or (is_last and _has_pods(live, cluster))
        return remove(change, live, cluster, options, ours, "Foreground" if is_patient else "Background")

    return work


def _has_pods(live: Manifest | None, cluster: Cluster) -> bool:
    """Does a live resource own pods? They would hold claims, and with them the namespace."""
    metadata = live["metadata"] if live is not None else {}
    pods = cluster.list(POD, str(metadata["namespace"])) if "namespace" in metadata else ()
    owners = (owner for pod in pods for owner in pod["metadata"].get("ownerReferences") or ())
    return any(owner.get("uid") == metadata.get("uid") for owner in owners)


def defined_kinds(ids: Iterable[ResourceId], plan: Plan) -> Iterator[GroupKind]:
    """Give the kinds that the definitions among these resources define."""
    for id in ids:
        if id.group_kind == CRD and id in plan.observed:
            spec = plan.observed[id].manifest["spec"]
            yield GroupKind(str(spec["group"]), str(spec["names"]["kind"]))
