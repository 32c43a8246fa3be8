"""Argo CD's and Flux's own objects: whether they still keep what is to be taken over as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.model import Change
from kfinstall.plan.owners import ARGO_CD, FLUX, FLUX_HELM, Owner
from kfinstall.resource import GroupKind, Manifest, ResourceId


class Keeper(NamedTuple):
    """The kind whose objects keep resources as they are, and how one is made to let go without deleting any."""

    kind: GroupKind
    let_go: str


KEEPERS: Mapping[str, Keeper] = {
    ARGO_CD: Keeper(
        GroupKind("argoproj.io", "Application"),
        "delete it and nothing else: 'argocd app delete {name} --cascade=false'",
    ),
    FLUX: Keeper(GroupKind("kustomize.toolkit.fluxcd.io", "Kustomization"), "'flux suspend kustomization {name}'"),
    FLUX_HELM: Keeper(GroupKind("helm.toolkit.fluxcd.io", "HelmRelease"), "'flux suspend helmrelease {name}'"),
}
"""Controller, as `plan.owners` calls it -> its kind. Source: Argo CD v3.1, Flux v2, their documentation."""


def check_let_go(owned: Mapping[Owner, Sequence[Change]], cluster: Cluster) -> None:
    """See that no controller would undo what we are about to write.

    Raises:  an ExceptionGroup of ClusterErrors, one for each that would.
    """
    errors = [error for owner, changes in owned.items() if (error := _error(owner, changes, cluster))]
    if errors:
        raise ExceptionGroup("two owners at once", errors)


def _error(owner: Owner, changes: Sequence[Change], cluster: Cluster) -> ClusterError | None:
    keeper = KEEPERS.get(owner.controller)
    if keeper is None or not owner.value or keeper.kind not in cluster.kinds():
        return None
    ids = {change.id for change in changes}
    if not any(_is(live, owner) and _keeps_any(live, ids) for live in _list(keeper.kind, cluster)):
        return None
    return ClusterError(
        f"{owner.told} is still there, and would undo what is applied",
        hint=f"let it go first, {keeper.let_go.format(name=owner.value)}; then run this again",
        reason="OwnedByAnother",
    )


def _list(kind: GroupKind, cluster: Cluster) -> list[Manifest]:
    try:
        return cluster.list(kind)
    except ClusterError as error:
        if error.status != 403:
            raise
        return []  # who may not see them cannot be told


def _is(live: Manifest, owner: Owner) -> bool:
    """Is it the owner? An Application outside of Argo CD's namespace is tracked as NAMESPACE_NAME."""
    metadata = live["metadata"]
    return owner.value in {str(metadata["name"]), f"{metadata.get('namespace')}_{metadata['name']}"}


def _keeps_any(live: Manifest, ids: Set[ResourceId]) -> bool:
    """Does it apply one of these again and again? What its status does not say is taken to be so."""
    status = live.get("status") or {}
    if (live.get("spec") or {}).get("suspend"):
        return False
    if "resources" in status:  # Argo CD's: what Git has no longer is to be pruned, and applied no more
        kept = (one for one in status["resources"] or () if not one.get("requiresPruning"))
        return any(
            ResourceId(*(str(one.get(key) or "") for key in ("group", "kind", "namespace", "name"))) in ids
            for one in kept
        )
    if "inventory" in status:  # Flux's
        return any(_inventory_id(str(one.get("id"))) in ids for one in status["inventory"].get("entries") or ())
    return True


def _inventory_id(text: str) -> ResourceId | None:
    """Read NAMESPACE_NAME_GROUP_KIND, where the colon of a name is written as two underscores."""
    parts = text.replace("__", ":").split("_")
    if len(parts) != 4:
        return None
    namespace, name, group, kind = parts
    return ResourceId(group, kind, namespace, name)
