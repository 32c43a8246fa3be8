"""The end of an apply that brought new kinds: they are in the API server's OpenAPI as well, about a second later.

What we send does not need that, so nothing is held up for it; but who comes next with kubectl does.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from kfinstall.apply.progress import Progress
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.model import Change, Plan
from kfinstall.resource import GroupKind

CRD: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
PATIENCE_S: Final = 30.0
Missing: TypeAlias = list[tuple[Change, frozenset[str]]]


def wait_until_published(plan: Plan, progress: Progress, cluster: Cluster, clock: Clock) -> None:
    """Wait until OpenAPI has the versions of each definition that this run wrote; one that never comes is an error.

    Out:     nothing is waited for where OpenAPI cannot be read.
    """
    missing = [
        (change, frozenset(_versions(change)))
        for change in plan.changes
        if change.id.group_kind == CRD and change.id in progress.answered and change.id not in progress.errors
    ]
    began_s, wait_s = clock.monotonic(), 0.05
    while missing := _still_missing(missing, cluster):
        if clock.monotonic() - began_s > PATIENCE_S:
            progress.errors |= {change.id: _error(change, names) for change, names in missing}
            return
        clock.sleep(wait_s)
        wait_s = min(wait_s * 2, 1.0)


def _versions(change: Change) -> list[str]:
    spec = change.resource.manifest["spec"] if change.resource else {"versions": ()}
    return [f"{spec['group']}/{version['name']}" for version in spec["versions"] if version.get("served")]


def _still_missing(missing: Missing, cluster: Cluster) -> Missing:
    """Ask once, where there is something to ask for; where nobody answers, nothing is missed."""
    try:
        there = cluster.in_openapi() if missing else None
    except ClusterError:
        return []
    if there is None:
        return []
    return [(change, lacking) for change, names in missing if (lacking := names - there)]


def _error(change: Change, names: frozenset[str]) -> ClusterError:
    return ClusterError(
        f"{change.id} is served, but the API server's OpenAPI has no {', '.join(sorted(names))}",
        origin=change.resource.origin if change.resource else None,
        hint="the API server's log says why",
        reason="NotServed",
    )
