"""Health of a kind without a row in the table, by the conditions most controllers write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.health.model import Health, Live, current, failed, in_progress
from kfinstall.health.reading import condition, conditions, explain

_GOOD = ("Ready", "Available", "Succeeded", "Complete", "Established", "Programmed")
_BAD = ("Stalled", "Failed")


def judge_generic(live: Live) -> Health:
    """Stalled or Failed is Failed; Reconciling, or a Ready that is not True, is InProgress; the rest is Current.

    Out:     Current also for a kind that writes no status: which kinds will write one is not known here.
    Source:  the conventions of Kubernetes on conditions, and kstatus (cli-utils v0.37.2, pkg/kstatus/README.md).
    """
    for found in conditions(live.manifest):
        if found.get("type") in _BAD and found.get("status") == "True":
            return failed(explain(found) or str(found["type"]))
    reconciling = condition(live.manifest, "Reconciling")
    if reconciling.get("status") == "True":
        return in_progress(explain(reconciling) or "is being reconciled")
    return _by_good_condition(live)


def _by_good_condition(live: Live) -> Health:
    for type_ in _GOOD:
        if found := condition(live.manifest, type_):
            return current() if found.get("status") == "True" else in_progress(not_yet(found))
    return current()


def not_yet(found: Mapping[str, Any]) -> str:
    """Give `Ready is False: Reason: message` of a condition that is not True."""
    words = explain(found)
    return f"{found.get('type')} is {found.get('status')}{': ' + words if words else ''}"


def judge_passive(live: Live) -> Health:
    """Current as soon as it is there: nothing acts on it, or what acts on it says nothing."""
    return current()
