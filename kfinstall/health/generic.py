"""Health of a kind without a row in the table, by the conditions most controllers write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.health.model import Health, Live, current, failed, in_progress
from kfinstall.health.reading import condition, conditions, explain, is_stale, last_words, state_of

_GOOD = ("Ready", "Available", "Succeeded", "Complete", "Established", "Programmed")
_BAD = ("Stalled", "Failed")
_BAD_PHASES = frozenset({"failed", "error"})
_EARLY_PHASES = frozenset(
    {"pending", "creating", "provisioning", "progressing", "initializing", "installing", "updating", "starting"}
)


def judge_generic(live: Live) -> Health:
    """Stalled or Failed is Failed; Reconciling, or a Ready that is not True, is InProgress; the rest is Current.

    Where there is no such condition, the usual words in `status.phase` and `status.state` are believed.

    Out:     Current also for a kind that writes no status: which kinds will write one is not known here.
    Source:  the conventions of Kubernetes on conditions, and kstatus (cli-utils v0.37.2, pkg/kstatus/README.md).
    """
    for found in conditions(live.manifest):
        if found.get("type") in _BAD and state_of(found) == "True":
            return failed(explain(found) or str(found["type"]))
    reconciling = condition(live.manifest, "Reconciling")
    if state_of(reconciling) == "True":
        return in_progress(explain(reconciling) or "is being reconciled")
    return _by_good_condition(live)


def _by_good_condition(live: Live) -> Health:
    for type_ in _GOOD:
        if found := condition(live.manifest, type_):
            return by_condition(found, live)
    return _by_phase(live)


def by_condition(found: Mapping[str, Any], live: Live) -> Health:
    """Judge by one condition that is True when all is well."""
    if is_stale(found, live):
        return in_progress(f"{found.get('type')} is of the generation before")
    return current() if state_of(found) == "True" else in_progress(not_yet(found))


def _by_phase(live: Live) -> Health:
    for field in ("phase", "state"):
        word = live.status.get(field)
        text = f"{word}: {last_words(live.status['message'])}" if live.status.get("message") else str(word)
        if isinstance(word, str) and word.lower() in _BAD_PHASES:
            return failed(text)
        if isinstance(word, str) and word.lower() in _EARLY_PHASES:
            return in_progress(text)
    return current()


def not_yet(found: Mapping[str, Any]) -> str:
    """Give `Ready is False: Reason: message` of a condition that is not True."""
    words = explain(found)
    return f"{found.get('type')} is {state_of(found)}{': ' + words if words else ''}"


def judge_passive(live: Live) -> Health:
    """Current as soon as it is there: nothing acts on it, or what acts on it says nothing."""
    return current()
