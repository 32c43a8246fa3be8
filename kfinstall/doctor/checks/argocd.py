"""Applications of Argo CD: why one is OutOfSync, and what has two owners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from kfinstall.doctor.grouping import names
from kfinstall.doctor.kinds import (
    APPLICATION,
    CLUSTER_ROLE,
    CRD,
    DEPLOYMENT,
    HPA,
    MUTATING_WEBHOOKS,
    STATEFUL_SET,
    VALIDATING_WEBHOOKS,
)
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.gitops.ignores import (
    AGGREGATED_RULES,
    CERTIFICATE_OF_DEFINITION,
    CERTIFICATE_OF_WEBHOOKS,
    SCALED_REPLICAS,
)
from kfinstall.health.model import part
from kfinstall.plan.inventory import PART_OF
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

_SERVER_SIDE_DIFF: Final = "argocd.argoproj.io/compare-options: ServerSideDiff=true"
GENERATED: Final = "'kfinstall gitops argocd' writes it"
"""Of a setting that our own generator makes."""


class Tracked(NamedTuple):
    """One resource of an Application, as its status has it, and as it is live where that was collected."""

    id: ResourceId
    status: Mapping[str, Any]
    live: Manifest | None


def tracked(application: Manifest, snapshot: Snapshot) -> Iterator[Tracked]:
    """Give the resources of an Application."""
    for one in part(application, "status").get("resources") or ():
        id = ResourceId(*(str(one.get(key) or "") for key in ("group", "kind", "namespace", "name")))
        yield Tracked(id, one, snapshot.find(id))


def named(ids: Iterable[ResourceId]) -> str:
    """Name resources by kind and name."""
    return names(f"{id.kind} {id.name}" for id in ids)


def _is_settled(application: Manifest) -> bool:
    """Is it OutOfSync although its last sync succeeded?"""
    status = part(application, "status")
    phase = part(status, "operationState").get("phase")
    return part(status, "sync").get("status") == "OutOfSync" and phase == "Succeeded"


def _different(application: Manifest, snapshot: Snapshot) -> Iterator[Tracked]:
    """Give what a sync that succeeded left OutOfSync; what is to be pruned is another matter."""
    if _is_settled(application):
        for one in tracked(application, snapshot):
            if one.status.get("status") == "OutOfSync" and not one.status.get("requiresPruning"):
                yield one


def _bundle_of_webhooks(live: Manifest, snapshot: Snapshot) -> str:
    has = any(part(webhook, "clientConfig").get("caBundle") for webhook in live.get("webhooks") or ())
    return CERTIFICATE_OF_WEBHOOKS if has else ""


def _bundle_of_crd(live: Manifest, snapshot: Snapshot) -> str:
    client = part(part(part(part(live, "spec"), "conversion"), "webhook"), "clientConfig")
    return CERTIFICATE_OF_DEFINITION if client.get("caBundle") else ""


def _aggregated_rules(live: Manifest, snapshot: Snapshot) -> str:
    return AGGREGATED_RULES if live.get("aggregationRule") else ""


def _scaled_replicas(live: Manifest, snapshot: Snapshot) -> str:
    id = id_of(live)
    for scaler in snapshot.in_namespace(HPA, id.namespace):
        target = part(part(scaler, "spec"), "scaleTargetRef")
        if (target.get("kind"), target.get("name")) == (id.kind, id.name):
            return SCALED_REPLICAS
    return ""


_WRITTEN: Mapping[GroupKind, tuple[Callable[[Manifest, Snapshot], str], str]] = {
    MUTATING_WEBHOOKS: (_bundle_of_webhooks, "what makes its certificates"),
    VALIDATING_WEBHOOKS: (_bundle_of_webhooks, "what makes its certificates"),
    CRD: (_bundle_of_crd, "what makes its certificates"),
    CLUSTER_ROLE: (_aggregated_rules, "the controller that aggregates roles"),
    DEPLOYMENT: (_scaled_replicas, "its HorizontalPodAutoscaler"),
    STATEFUL_SET: (_scaled_replicas, "its HorizontalPodAutoscaler"),
}
"""Kind -> which field of a live one others write (as jq names it, empty for none), and who they are."""


def _written_by_others(one: Tracked, snapshot: Snapshot) -> tuple[str, str]:
    find, who = _WRITTEN.get(one.id.group_kind, (None, ""))
    return (find(one.live, snapshot) if find and one.live else "", who)


def _find_written_by_others(snapshot: Snapshot) -> Iterator[Found]:
    for application in snapshot.of(APPLICATION):
        for one in _different(application, snapshot):
            path, who = _written_by_others(one, snapshot)
            if path:
                yield Found(
                    id_of(application),
                    f"it stays OutOfSync, since {who} writes {path} of {one.id.kind} '{one.id.name}'",
                    f"ignoreDifferences of {one.id.kind} with jqPathExpressions ['{path}'], and the sync option "
                    f"RespectIgnoreDifferences=true; {GENERATED}",
                    (one.id,),
                )


def _find_normalised(snapshot: Snapshot) -> Iterator[Found]:
    for application in snapshot.of(APPLICATION):
        rest = [
            one
            for one in _different(application, snapshot)
            if not _written_by_others(one, snapshot)[0] and not _fights(one, application, snapshot)
        ]
        if rest:
            managers = {manager for one in rest for manager in _managers(one.live)}
            said = f" (written by {names(sorted(managers))})" if managers else ""
            yield Found(
                id_of(application),
                f"it stays OutOfSync after a sync that succeeded: {named(one.id for one in rest)}{said}",
                f"what differs is most often a default, or a value that the server writes otherwise: annotate the "
                f"Application with {_SERVER_SIDE_DIFF}; or see it: argocd app diff {application['metadata']['name']}",
                tuple(one.id for one in rest),
            )


def _managers(live: Manifest | None) -> Iterator[str]:
    """Give who else than Argo CD has written fields of a resource."""
    for entry in (live or {"metadata": {}})["metadata"].get("managedFields") or ():
        manager = str(entry.get("manager"))
        if not manager.startswith("argocd") and entry.get("subresource") != "status":
            yield manager


def _find_two_owners(snapshot: Snapshot) -> Iterator[Found]:
    owners: dict[ResourceId, list[Manifest]] = {}
    for application in snapshot.of(APPLICATION):
        for one in tracked(application, snapshot):
            owners.setdefault(one.id, []).append(application)
    told: dict[tuple[str, ...], list[ResourceId]] = {}
    for id, applications in owners.items():
        if len(applications) > 1:
            told.setdefault(tuple(str(one["metadata"]["name"]) for one in applications), []).append(id)
    for several, ids in told.items():
        first = owners[ids[0]][0]
        yield Found(
            id_of(first),
            f"Applications {names(several)} each keep {named(ids)} as they want it",
            "take it out of all but one; where only a label is shared: application.resourceTrackingMethod: annotation",
            tuple(ids),
        )
    for application in snapshot.of(APPLICATION):
        shared = [one.id for one in tracked(application, snapshot) if _fights(one, application, snapshot)]
        if shared:
            yield Found(
                id_of(application),
                f"both it and an installation of kfinstall keep {named(shared)}",
                "leave it to one: kfinstall gitops handover hands an installation over",
                tuple(shared),
            )


def _fights(one: Tracked, application: Manifest, snapshot: Snapshot) -> bool:
    """Does an installation of ours own it too?"""
    return one.live is not None and PART_OF in part(one.live["metadata"], "labels") and _is_ours(one.live)


def _is_ours(live: Manifest) -> bool:
    entries = live["metadata"].get("managedFields") or ()
    return any(entry.get("manager") == "kfinstall" and entry.get("operation") == "Apply" for entry in entries)


CHECKS = (
    Check(
        "KF901",
        "An Application stays OutOfSync for a field that a controller writes",
        Severity.WARNING,
        _find_written_by_others,
        remedy="Have it ignored: ignoreDifferences and RespectIgnoreDifferences=true.",
        docs="""Certificates of webhooks and of converted definitions, the rules of aggregated roles and the replicas of
what is scaled are written by controllers. Git has another value or none, so the Application is never
Synced, and self-heal writes again and again.""",
        reads=(APPLICATION,),
        helps=(HPA, CLUSTER_ROLE, CRD, MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS),
        is_proven=True,
    ),
    Check(
        "KF902",
        "An Application stays OutOfSync after a sync that succeeded",
        Severity.WARNING,
        _find_normalised,
        remedy="Compare on the server's side: ServerSideDiff=true.",
        docs="""The server fills in defaults and writes values in a form of its own (`1000m` becomes `1`, empty
lists go, `conversion.strategy: None` comes). Argo CD's comparison in its own memory knows only some
of that. Who else has written to the resource is told.""",
        reads=(APPLICATION,),
        is_proven=True,
    ),
    Check(
        "KF904",
        "A resource has two owners",
        Severity.WARNING,
        _find_two_owners,
        remedy="Leave it to one of them.",
        docs="""Two Applications, or an Application and an installation of kfinstall, that have the same resource write
it in turns. Argo CD tells it of Applications as SharedResourceWarning.""",
        reads=(APPLICATION,),
        is_proven=True,
    ),
)
