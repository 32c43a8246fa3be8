"""The verdict on one live manifest: what holds for every kind, then what it states itself, then its kind's rule."""

from __future__ import annotations

from datetime import datetime

from kfinstall.health.cluster_kinds import why_terminating
from kfinstall.health.generic import judge_generic
from kfinstall.health.model import Health, Live, Related, Rule, Status, current, failed, in_progress, part
from kfinstall.health.reading import condition, explain, is_observed
from kfinstall.health.stated import HEALTH_ANNOTATION, IGNORE, judge_stated
from kfinstall.health.table import HEALTH_BY_KIND
from kfinstall.resource import GroupKind, Manifest, gvk_of

_NOTHING = Related()
_GENERIC = Rule(judge_generic, "kstatus, cli-utils v0.37.2", (GroupKind("", "Event"),))
_WITHOUT_STATUS = in_progress(
    f"no controller has written its status; does the one of this kind run? "
    f"Where none ever writes one: {HEALTH_ANNOTATION}: {IGNORE}"
)
_OWN_GENERATION = frozenset({"Pod", "CustomResourceDefinition"})


def assess(manifest: Manifest, related: Related = _NOTHING, *, now: datetime, expects_status: bool = False) -> Health:
    """Say whether one live manifest is as it asks to be.

    In:   a manifest as the server gives it; what was collected around it (`related_kinds` says what helps); the time,
          in UTC: some causes are certain only after a while; whether a status will come that is not there yet.
    Out:  Failed only when waiting cannot help. The message is empty, or one sentence that names the cause.
    """
    live = Live(manifest, related, now)
    if part(live.metadata, "annotations").get(HEALTH_ANNOTATION) == IGNORE:
        return current(f"not looked at, as its annotation {HEALTH_ANNOTATION} asks")
    if live.metadata.get("deletionTimestamp"):
        return Health(Status.TERMINATING, why_terminating(live))
    stated = _stalled(live) or _unobserved(live) or judge_stated(manifest)
    return stated or (_WITHOUT_STATUS if expects_status else _rule(manifest).judge(live))


def _unobserved(live: Live) -> Health | None:
    if live.manifest.get("kind") in _OWN_GENERATION or is_observed(live):
        return None
    return in_progress("its controller has not seen the latest change yet")


def _stalled(live: Live) -> Health | None:
    stalled = condition(live.manifest, "Stalled")
    return failed(explain(stalled) or "Stalled") if stalled.get("status") == "True" else None


def _rule(manifest: Manifest) -> Rule:
    return HEALTH_BY_KIND.get(gvk_of(manifest).group_kind, _GENERIC)


def related_kinds(group_kind: GroupKind) -> tuple[GroupKind, ...]:
    """Give the kinds to collect around a resource of this kind, to explain why it is not Current."""
    return HEALTH_BY_KIND.get(group_kind, _GENERIC).related
