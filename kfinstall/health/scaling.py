"""Health of autoscalers, disruption budgets and quotas."""

from __future__ import annotations

import json

from kfinstall.health.model import Health, Live, current, failed, in_progress, part
from kfinstall.health.reading import condition, explain, state_of
from kfinstall.resource import Manifest

_V1_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"


def judge_autoscaler(live: Live) -> Health:
    """It can read its target and its metrics, or is rightly off.

    Without metrics-server it never can: that is not certain to stay so, but the message says it.
    """
    manifest = _with_conditions(live)
    able = condition(manifest, "AbleToScale")
    if state_of(able) == "False":
        verdict = failed if "not found" in str(able.get("message")) else in_progress
        return verdict(f"cannot scale its target: {explain(able)}")
    active = condition(manifest, "ScalingActive")
    if active.get("status") == "False" and active.get("reason") != "ScalingDisabled":
        verdict = failed if active.get("reason") in ("InvalidSelector", "InvalidMetricSourceType") else in_progress
        return verdict(f"does not scale: {explain(active)}")
    return current() if able and active else in_progress("has not been seen by its controller yet")


def _with_conditions(live: Live) -> Manifest:
    """Give the autoscaler with its conditions in the status: autoscaling/v1 has them in an annotation."""
    text = part(live.metadata, "annotations").get(_V1_CONDITIONS)
    if text is None:
        return live.manifest
    try:
        return {"status": {"conditions": json.loads(text)}}
    except ValueError:
        return live.manifest


def judge_disruption_budget(live: Live) -> Health:
    """Counted by its controller. That it allows no disruption just now is no fault of it."""
    allowed = condition(live.manifest, "DisruptionAllowed")
    if allowed.get("reason") == "SyncFailed":
        return in_progress(f"cannot be counted: {explain(allowed)}")
    if "observedGeneration" not in live.status:
        return in_progress("has not been seen by its controller yet")
    return current()


def judge_quota(live: Live) -> Health:
    """Counted by its controller: before that, pods in its namespace are refused."""
    return current() if live.status.get("hard") == live.spec.get("hard") else in_progress("is being counted")
