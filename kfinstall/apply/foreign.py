"""What lives inside a Namespace, or of the kind that a CustomResourceDefinition defines, and would go with it.

Metadata alone is read: names, uids and owners say all, and no value leaves the server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

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
_PASSING_SECRETS = ("kubernetes.io/service-account-token", "kubernetes.io/dockercfg", KEPT_TYPE)
"""Types of Secrets that others make again, or that are worth nothing without what they stand beside."""
_FIELDS: Final[Mapping[GroupKind, str]] = {
    GroupKind("", "Secret"): ",".join(f"type!={type}" for type in _PASSING_SECRETS)
}
"""Kind -> the field selector that leaves out what does not count."""

WORKERS: Final = 8
MANY: Final = 3
"""From so many namespaces on the whole cluster is listed, where one page has all of a kind."""

Held: TypeAlias = tuple[str, ...] | ClusterError
"""What a namespace holds of others, by name; or why that is not known."""


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
    Raises:  ClusterError where a kind may not be read: it may hold much.
    """
    if live["kind"] != "Namespace":
        kind = GroupKind(live["spec"]["group"], live["spec"]["names"]["kind"])
        return _names(_list_unless_gone(kind, None, cluster) or (), ours, ignore_data=ignore_data)
    name = str(live["metadata"]["name"])
    held = survey([name], cluster, ours, ignore_data=ignore_data, passing=passing)[name]
    if isinstance(held, ClusterError):
        raise held
    return held


def survey(
    names: Collection[str],
    cluster: Cluster,
    ours: frozenset[str],
    *,
    ignore_data: bool = False,
    passing: frozenset[str] = PASSING,
) -> Mapping[str, Held]:
    """Give for each namespace what it holds and we did not put there; see `find_inside`. Lists run in parallel."""
    kinds = [
        group_kind
        for group_kind, info in cluster.kinds().items()
        if info.is_namespaced and {"list", "delete"} <= info.verbs and group_kind.kind not in passing
    ]
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-survey") as pool:
        parts = list(pool.map(lambda kind: _of_kind(kind, names, cluster), kinds))
    return {name: _held([part[name] for part in parts], ours, ignore_data=ignore_data) for name in names}


_Found: TypeAlias = Sequence[Manifest] | ClusterError


def _held(parts: Iterable[_Found], ours: frozenset[str], *, ignore_data: bool) -> Held:
    found: list[Manifest] = []
    for part in parts:
        if isinstance(part, ClusterError):
            return part
        found += part
    return _names(found, ours, ignore_data=ignore_data)


def _of_kind(group_kind: GroupKind, names: Collection[str], cluster: Cluster) -> Mapping[str, _Found]:
    """List a kind in some namespaces; where they are many, with one request if that has all of it."""
    everywhere = _everywhere(group_kind, cluster) if len(names) >= MANY else None
    if everywhere is None:
        return {name: _try_list(group_kind, name, cluster) for name in names}
    inside: dict[str, list[Manifest]] = {name: [] for name in names}
    for manifest in everywhere:
        if (name := manifest["metadata"].get("namespace")) in inside:
            inside[name].append(manifest)
    return inside


def _everywhere(group_kind: GroupKind, cluster: Cluster) -> Sequence[Manifest] | None:
    """Give all of a kind; None when that is more than a page, or may not be read at once."""
    try:
        return _list_unless_gone(group_kind, None, cluster, one_page=True)
    except ClusterError:
        return None


def _try_list(group_kind: GroupKind, namespace: str, cluster: Cluster) -> _Found:
    try:
        return _list_unless_gone(group_kind, namespace, cluster) or []
    except ClusterError as error:
        return error


def _list_unless_gone(
    group_kind: GroupKind, namespace: str | None, cluster: Cluster, *, one_page: bool = False
) -> Sequence[Manifest] | None:
    """List a kind; one that is no longer served holds nothing. What may not be read is an error: it may hold much."""
    try:
        return cluster.list_metadata(group_kind, namespace, _FIELDS.get(group_kind, ""), one_page=one_page)
    except ClusterError as error:
        if error.status in {404, 405}:
            return []
        raise


def _names(manifests: Iterable[Manifest], ours: frozenset[str], *, ignore_data: bool) -> tuple[str, ...]:
    return tuple(sorted({str(id_of(manifest)) for manifest in manifests if _counts(manifest, ours, ignore_data)}))


def _counts(manifest: Manifest, ours: frozenset[str], ignore_data: bool) -> bool:
    metadata = manifest["metadata"]
    if metadata.get("uid") in ours or metadata.get("deletionTimestamp") or metadata.get("ownerReferences"):
        return False
    if (manifest["kind"], metadata["name"]) in FURNITURE:
        return False
    return not (ignore_data and manifest["kind"] == "PersistentVolumeClaim")
