"""Applications of Argo CD whose sync failed, or that do not become healthy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kfinstall.doctor.checks.argocd import GENERATED, Tracked, named, tracked
from kfinstall.doctor.grouping import names, place
from kfinstall.doctor.kinds import APPLICATION
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health import Status
from kfinstall.health.model import part
from kfinstall.health.reading import age_s
from kfinstall.resource import Manifest, ResourceId, id_of

_SERVER_SIDE: Final = "ServerSideApply=true"
_TOO_LONG: Final = "must have at most 262144"
_OUT_OF_ORDER: Final = re.compile(
    r"no matches for kind|could not find the requested resource|The Kubernetes API could not find|"
    r'namespaces "[^"]+" not found'
)
"""Source: the API server, and gitops-engine, pkg/sync/sync_context.go."""
_PATIENCE_S: Final = 300.0


def _failures(application: Manifest) -> Iterator[tuple[ResourceId, str]]:
    """Give what the last sync could not apply, with what the server said; the whole's words where it names none."""
    operation = part(part(application, "status"), "operationState")
    if operation.get("phase") not in ("Failed", "Error", "Running"):
        return
    found = False
    for one in part(operation, "syncResult").get("resources") or ():
        if one.get("status") == "SyncFailed":
            found = True
            keys = ("group", "kind", "namespace", "name")
            yield ResourceId(*(str(one.get(key) or "") for key in keys)), str(one.get("message") or "")
    if not found and operation.get("phase") != "Running":
        yield id_of(application), str(operation.get("message") or "")


def _find_too_large(snapshot: Snapshot) -> Iterator[Found]:
    for application in snapshot.of(APPLICATION):
        large = [(id, said) for id, said in _failures(application) if _TOO_LONG in said]
        if large:
            yield Found(
                id_of(application),
                f"{named(id for id, _ in large)} is too large for a client-side apply",
                f"the sync option {_SERVER_SIDE}; {GENERATED}",
                tuple(id for id, _ in large),
                (large[0][1],),
            )


def _find_out_of_order(snapshot: Snapshot) -> Iterator[Found]:
    for application in snapshot.of(APPLICATION):
        early = [(id, said) for id, said in _failures(application) if _OUT_OF_ORDER.search(said)]
        if early:
            yield Found(
                id_of(application),
                f"{named(id for id, _ in early)} is sent before what it needs is there",
                "give what it needs an earlier argocd.argoproj.io/sync-wave, and the resource the sync option "
                f"SkipDryRunOnMissingResource=true; {GENERATED}",
                tuple(id for id, _ in early),
                (early[0][1],),
            )


def _find_refused(snapshot: Snapshot) -> Iterator[Found]:
    """Tell of any other failure of a sync, in the server's words."""
    for application in snapshot.of(APPLICATION):
        for id, said in _failures(application):
            if said and _TOO_LONG not in said and not _OUT_OF_ORDER.search(said):
                what = "" if id == id_of(application) else f"{id.kind} '{id.name}': "
                yield Found(
                    id_of(application),
                    f"its last sync failed: {what}{said}",
                    f"mend that in Git, and sync again: argocd app sync {application['metadata']['name']}",
                    () if id == id_of(application) else (id,),
                )


def _find_unhealthy(snapshot: Snapshot) -> Iterator[Found]:
    for application in snapshot.of(APPLICATION):
        status = part(application, "status")
        verdict = part(status, "health").get("status")
        since = part(status, "operationState").get("finishedAt") or part(status, "health").get("lastTransitionTime")
        is_late = age_s(since, snapshot.now) > _PATIENCE_S
        if verdict in ("Degraded", "Missing") or (verdict == "Progressing" and is_late):
            yield _unhealthy(application, str(verdict), snapshot)


def _unhealthy(application: Manifest, verdict: str, snapshot: Snapshot) -> Found:
    """Say which of its resources it waits for, and whether that is only for want of a script."""
    id = id_of(application)
    waited = [one for one in tracked(application, snapshot) if _health(one) not in ("", "Healthy", "Suspended")]
    fine = [one for one in waited if one.live is not None and snapshot.health(one.live).status is Status.CURRENT]
    said = [f"{one.id.kind} {one.id.name} is {_health(one)}{_said(one)}" for one in waited]
    message = f"it is {verdict}: {names(said)}" if said else f"it is {verdict}"
    if waited and len(fine) == len(waited):
        kinds = names(sorted({str(one.id.group_kind) for one in fine}))
        hint = f"they are as asked for; Argo CD has no script for the health of {kinds}, or another: {GENERATED}"
    else:
        hint = (
            f"kubectl {place(id)}describe application.argoproj.io {id.name}; its resources are looked at by themselves"
        )
    return Found(id, message, hint, tuple(one.id for one in waited))


def _health(one: Tracked) -> str:
    return str(part(one.status, "health").get("status") or "")


def _said(one: Tracked) -> str:
    said = str(part(one.status, "health").get("message") or "")
    return f" ({said})" if said else ""


CHECKS = (
    Check(
        "KF903",
        "A sync fails on what is too large",
        Severity.ERROR,
        _find_too_large,
        remedy="The sync option ServerSideApply=true.",
        docs="""A client-side apply keeps a copy of the manifest in an annotation, and annotations have 256 KiB at most.
Definitions of this platform are larger.""",
        reads=(APPLICATION,),
        is_proven=True,
    ),
    Check(
        "KF905",
        "A sync sends something before what it needs",
        Severity.ERROR,
        _find_out_of_order,
        remedy="Sync waves, and SkipDryRunOnMissingResource=true on custom resources.",
        docs="""A custom resource before its definition is `no matches for kind`, and anything before its namespace is
`namespaces "x" not found`. Argo CD tries everything in a dry run first, which fails as a whole.""",
        reads=(APPLICATION,),
        is_proven=True,
    ),
    Check(
        "KF906",
        "An Application does not become healthy",
        Severity.ERROR,
        _find_unhealthy,
        remedy="By the resource that it names; scripts for custom resources come from kfinstall gitops argocd.",
        docs="""Argo CD takes the worst of its resources. Which those are is in its status, and what is wrong with
them is told by the other checks, above it. Where all of them are as asked for, only a script for their
health is missing.""",
        reads=(APPLICATION,),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF909",
        "A sync failed",
        Severity.ERROR,
        _find_refused,
        remedy="Mend what the server refused in Git, and sync again.",
        docs="""What the API server said to the last sync of an Application, where no other check knows it.""",
        reads=(APPLICATION,),
        is_proven=True,
    ),
)
