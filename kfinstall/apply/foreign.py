"""What lives inside a Namespace, or of the kind that a CustomResourceDefinition defines, and would go with it."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.kept import KEPT_TYPE
from kfinstall.resource import GroupKind, Manifest, id_of

FURNITURE = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"),
        ("ConfigMap", "openshift-service-ca.crt"),
        ("ServiceAccount", "default"),
        ("ServiceAccount", "builder"),
        ("ServiceAccount", "deployer"),
        ("RoleBinding", "system:image-builders"),
        ("RoleBinding", "system:image-pullers"),
        ("RoleBinding", "system:deployers"),
    }
)
"""Source: what kube-controller-manager and OpenShift's controllers put into every namespace."""
PASSING = frozenset({"Event", "Lease", "Endpoints", "EndpointSlice", "PodMetrics", "ControllerRevision"})
"""Kinds that come and go by themselves."""
_PASSING_SECRETS = frozenset({"kubernetes.io/service-account-token", "kubernetes.io/dockercfg", KEPT_TYPE})
"""Types of Secrets that others make again, or that are worth nothing without what they stand beside."""


def find_inside(
    live: Manifest,
    cluster: Cluster,
    ours: frozenset[str],
    *,
    ignore_data: bool = False,
    passing: frozenset[str] = PASSING,
) -> tuple[str, ...]:
    """Name what a Namespace or a CustomResourceDefinition holds and we did not put there, sorted.

    In:      `ours`: uids that do not count; with `ignore_data` claims do not count either.
    """
    if live["kind"] == "Namespace":
        found = _in_namespace(live["metadata"]["name"], cluster, passing)
    else:
        found = iter(cluster.list(GroupKind(live["spec"]["group"], live["spec"]["names"]["kind"])))
    names = (str(id_of(manifest)) for manifest in found if _counts(manifest, ours, ignore_data))
    return tuple(sorted(set(names)))


def _in_namespace(namespace: str, cluster: Cluster, passing: frozenset[str]) -> Iterator[Manifest]:
    for group_kind, info in cluster.kinds().items():
        if info.is_namespaced and {"list", "delete"} <= info.verbs and group_kind.kind not in passing:
            yield from _list_unless_gone(group_kind, namespace, cluster)


def _list_unless_gone(group_kind: GroupKind, namespace: str, cluster: Cluster) -> list[Manifest]:
    """List a kind; one that is no longer served holds nothing. What may not be read is an error: it may hold much."""
    try:
        return cluster.list(group_kind, namespace)
    except ClusterError as error:
        if error.status in {404, 405}:
            return []
        raise


def _counts(manifest: Manifest, ours: frozenset[str], ignore_data: bool) -> bool:
    metadata = manifest["metadata"]
    if metadata.get("uid") in ours or metadata.get("deletionTimestamp") or metadata.get("ownerReferences"):
        return False
    if (manifest["kind"], metadata["name"]) in FURNITURE or manifest.get("type") in _PASSING_SECRETS:
        return False
    return not (ignore_data and manifest["kind"] == "PersistentVolumeClaim")
