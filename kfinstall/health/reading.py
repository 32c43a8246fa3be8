"""Reading live manifests: conditions, numbers, times, events. Tolerant, since controllers are not all careful."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kfinstall.health.model import Live, Related
from kfinstall.resource import Manifest

_MESSAGE_LIMIT = 300


def conditions(manifest: Manifest) -> Sequence[Mapping[str, Any]]:
    """Give `status.conditions` as they stand, leaving out what is no mapping."""
    found = (manifest.get("status") or {}).get("conditions") if isinstance(manifest.get("status"), Mapping) else None
    return [c for c in found if isinstance(c, Mapping)] if isinstance(found, list) else []


def condition(manifest: Manifest, type_: str) -> Mapping[str, Any]:
    """Give the condition of a type, the empty mapping when there is none."""
    return next((c for c in conditions(manifest) if c.get("type") == type_), {})


def is_true(manifest: Manifest, *types: str) -> bool:
    """Is any condition of these types True?"""
    return any(state_of(condition(manifest, type_)) == "True" for type_ in types)


def is_false(manifest: Manifest, type_: str) -> bool:
    """Is the condition there, and False?"""
    return state_of(condition(manifest, type_)) == "False"


def state_of(found: Mapping[str, Any]) -> str:
    """Give a condition's status word, also where a controller wrote a boolean; empty for no condition."""
    return str(found.get("status") or "")


def is_stale(found: Mapping[str, Any], live: Live) -> bool:
    """Was a condition written for an earlier generation than the one that is there now?"""
    generation = live.metadata.get("generation")
    return "observedGeneration" in found and as_int(found["observedGeneration"]) < as_int(generation)


def explain(found: Mapping[str, Any]) -> str:
    """Give `Reason: message` of a condition, a container state or an event, with what there is of both."""
    reason, message = str(found.get("reason") or ""), last_words(found.get("message") or found.get("note") or "")
    return f"{reason}: {message}" if reason and message else reason or message


def last_words(text: Any) -> str:
    """Give a text as one bounded line; of a long one its end, where the cause stands, from a whole word on."""
    line = " ".join(str(text).split())
    if len(line) <= _MESSAGE_LIMIT:
        return line
    end = line[-_MESSAGE_LIMIT:]
    return "… " + (end.partition(" ")[2] or end)


def first_words(text: Any) -> str:
    """Give a text as one line of bounded length; of a long one its beginning."""
    line = " ".join(str(text).split())
    return line if len(line) <= _MESSAGE_LIMIT else line[:_MESSAGE_LIMIT] + "…"


def as_int(value: Any, default: int = 0) -> int:
    """Give a whole number, also when a controller wrote it as a string; the default for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def parse_time(text: Any) -> datetime | None:
    """Give the moment an RFC 3339 text names, None when it names none."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def age_s(text: Any, now: datetime) -> float:
    """Give the seconds since an RFC 3339 time; 0 when it names none, so that what is undated is young."""
    moment = parse_time(text)
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def event_time(event: Manifest) -> str:
    """Give when an event was last seen, in any of the fields that the two Event APIs use."""
    series = event.get("series") or {}
    return str(
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("deprecatedLastTimestamp")
        or event.get("eventTime")
        or (event.get("metadata") or {}).get("creationTimestamp")
        or ""
    )


def last_event(related: Related, uid: str, reasons: Collection[str]) -> Manifest | None:
    """Give the newest event about a uid with one of these reasons, whatever its type.

    Root causes are often of type Normal (FailedBinding, ExternalProvisioning, BackOff), so the type is not looked at.
    """
    events = [event for event in related.events_of(uid) if event.get("reason") in reasons]
    return max(events, key=event_time, default=None)


def is_observed(live: Live) -> bool:
    """Has the controller seen the latest spec? A controller that says nothing is believed.

    Argo Rollouts writes observedGeneration as a string, other controllers as a number.
    """
    observed = live.status.get("observedGeneration")
    generation = live.metadata.get("generation")
    if observed is None or generation is None:
        return True
    return as_int(observed, as_int(generation)) >= as_int(generation)
