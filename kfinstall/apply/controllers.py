"""Argo CD's and Flux's own objects: whether they still keep what is to be taken over as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.owners import ARGO_CD, FLUX, FLUX_HELM, Owner
from kfinstall.resource import GroupKind, Manifest


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


def check_let_go(owners: Iterable[Owner], cluster: Cluster) -> None:
    """See that no controller would undo what we are about to write.

    Raises:  an ExceptionGroup of ClusterErrors, one for each that would.
    """
    errors = [error for owner in owners if (error := _error(owner, cluster))]
    if errors:
        raise ExceptionGroup("two owners at once", errors)


def _error(owner: Owner, cluster: Cluster) -> ClusterError | None:
    keeper = KEEPERS.get(owner.controller)
    if keeper is None or not owner.value or keeper.kind not in cluster.kinds():
        return None
    if not any(_keeps(live, owner) for live in _list(keeper.kind, cluster)):
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


def _keeps(live: Manifest, owner: Owner) -> bool:
    """Is it the owner, and at work? An Application outside of Argo CD's namespace is tracked as NAMESPACE_NAME."""
    metadata = live["metadata"]
    names = {str(metadata["name"]), f"{metadata.get('namespace')}_{metadata['name']}"}
    return owner.value in names and not (live.get("spec") or {}).get("suspend")
