"""Health as an annotation states it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kfinstall.health import Status, assess
from kfinstall.health.stated import HEALTH_ANNOTATION, statements_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATUS = {
    "phase": "Running",
    "ready": True,
    "count": 3,
    "parts": [{"name": "a", "state": "up"}, {"name": "b", "state": "up"}],
    "conditions": [{"type": "Synced", "status": "False", "reason": "Waiting", "message": "for its turn"}],
    "odd.name": "x",
}


def thing(states: str, **status: Any) -> dict[str, Any]:
    metadata = {"name": "one", "annotations": {"kfinstall.dev/health": states}}
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata, "status": {**STATUS, **status}}


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ("jsonpath={.status.phase}=Running", Status.CURRENT),
        ("jsonpath={.status.phase}=Ready", Status.IN_PROGRESS),
        ("jsonpath={.status.phase}", Status.CURRENT),
        ("jsonpath={.status.nothing}", Status.IN_PROGRESS),
        ("jsonpath={.status.ready}=true", Status.CURRENT),
        ("jsonpath={.status.count}=3", Status.CURRENT),
        ("jsonpath={.status.parts[*].state}=up", Status.CURRENT),
        ("jsonpath={.status.parts[0].name}=a", Status.CURRENT),
        ("jsonpath={.status.parts[5].name}=a", Status.IN_PROGRESS),
        ('jsonpath={.status.parts[?(@.name=="b")].state}=up', Status.CURRENT),
        ('jsonpath={.status.parts[?(@.name=="c")].state}=up', Status.IN_PROGRESS),
        ("jsonpath={.status['odd.name']}=x", Status.CURRENT),
        ("condition=Synced=False", Status.CURRENT),
        ("condition=Synced", Status.IN_PROGRESS),
        ("jsonpath={.status.phase}=Running; condition=Synced", Status.IN_PROGRESS),
        ("jsonpath={.status.phase}=Running; failed:jsonpath={.status.count}=3", Status.FAILED),
        ("failed:condition=Synced; jsonpath={.status.phase}=Running", Status.CURRENT),
        ("ignore", Status.CURRENT),
    ],
)
def test_a_statement_decides(states: str, status: Status) -> None:
    assert assess(thing(states), now=NOW).status is status


def test_it_does_not_decide_before_the_controller_saw_the_latest_change() -> None:
    live = thing("jsonpath={.status.phase}=Running", observedGeneration=1)
    live["metadata"]["generation"] = 2
    assert assess(live, now=NOW).status is Status.IN_PROGRESS


def test_the_message_is_the_conditions_own_or_the_statement() -> None:
    assert "for its turn" in assess(thing("condition=Synced"), now=NOW).message
    assert (
        "jsonpath={.status.phase}=Ready does not hold yet"
        in assess(thing("jsonpath={.status.phase}=Ready"), now=NOW).message
    )


@pytest.mark.parametrize(
    "states", ["", "ready", "jsonpath=.status.phase", "jsonpath={.status[}=x", "condition=", "jsonpath={.a..b}=x"]
)
def test_what_cannot_be_read_is_an_error_before_anything_is_sent_and_nothing_later(states: str) -> None:
    with pytest.raises(ValueError, match=HEALTH_ANNOTATION):
        statements_of(thing(states))
    assert assess(thing(states), now=NOW).status is Status.CURRENT
