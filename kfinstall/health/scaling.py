"""Health of autoscalers, disruption budgets and quotas."""

from __future__ import annotations

from kfinstall.health.model import Health, Live, current, failed, in_progress
from kfinstall.health.reading import condition, explain, is_false


def judge_autoscaler(live: Live) -> Health:
    """It can read its target and its metrics, or is rightly off.

    Without metrics-server it never can: that is not certain to stay so, but the message says it.
    """
    if is_false(live.manifest, "AbleToScale"):
        return in_progress(f"cannot scale its target: {explain(condition(live.manifest, 'AbleToScale'))}")
    active = condition(live.manifest, "ScalingActive")
    if active.get("status") == "False" and active.get("reason") != "ScalingDisabled":
        verdict = failed if active.get("reason") in ("InvalidSelector", "InvalidMetricSourceType") else in_progress
        return verdict(f"does not scale: {explain(active)}")
    return current() if active else in_progress("has not been seen by its controller yet")


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
