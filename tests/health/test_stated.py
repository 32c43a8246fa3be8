"""Health as an annotation states it."""

from __future__ import annotations

import subprocess
import sys
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
        ("cel=status.phase == 'Running'", Status.CURRENT),
        ("cel=status.phase == 'Ready'", Status.IN_PROGRESS),
        ("cel=status.conditions.exists(c, c.type == 'Synced' && c.status == 'False')", Status.CURRENT),
        ("cel=status.parts.all(p, p.state == 'up') && self.metadata.name == metadata.name", Status.CURRENT),
        ("cel=has(status.nothing)", Status.IN_PROGRESS),
        ("cel=status.nothing.deeper == 'x'", Status.IN_PROGRESS),
        ("cel=status.phase.lowerAscii() == 'running'", Status.CURRENT),
        ("cel=status.phase == 'a;b' || status.ready; failed:cel=status.count > 5", Status.CURRENT),
        ("cel=status.ready; failed:cel=status.count > 2", Status.FAILED),
        ("cel=status.ready; failed:cel=status.count > 2; in-progress:cel=status.count == 3", Status.IN_PROGRESS),
        ("in-progress:jsonpath={.status.phase}=Running; condition=Synced=False", Status.IN_PROGRESS),
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
    "states",
    [
        "",
        "ready",
        "jsonpath=.status.phase",
        "jsonpath={.status[}=x",
        "condition=",
        "jsonpath={.a..b}=x",
        "cel=status.",
        "cel=nothing.there",
        "cel=status.phase + 'x'",
        "cel=size(status)",
        "failed:cel=",
        pytest.param("cel=" + "true || " * 150 + "true", id="cel= and 1,204 characters"),
    ],
)
def test_what_cannot_be_read_is_an_error_before_anything_is_sent_and_nothing_later(states: str) -> None:
    with pytest.raises(ValueError, match=HEALTH_ANNOTATION):
        statements_of(thing(states))
    assert assess(thing(states), now=NOW).status is Status.CURRENT


def test_an_expression_that_takes_too_many_steps_does_not_hold_and_says_why() -> None:
    live = thing("cel=status.parts.all(p, status.parts.all(q, p + q >= 0))", parts=list(range(9000)))
    health = assess(live, now=NOW)
    assert health.status is Status.IN_PROGRESS
    assert "budget exceeded" in health.message


def test_without_the_library_of_cel_it_is_said_what_to_install_and_nothing_is_guessed() -> None:
    live = thing("cel=status.phase == 'Running'")
    program = f"""
import sys
from datetime import datetime, UTC
sys.modules["cel_expr_python"] = None
from kfinstall.health import assess
from kfinstall.health.stated import statements_of
print(assess({live!r}, now=datetime.now(UTC)))
statements_of({live!r})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Unknown" in done.stdout
    assert "pip install 'kfinstall[cel]'" in done.stdout
    assert done.stderr.endswith("kfinstall.dev/health: CEL needs one more package: pip install 'kfinstall[cel]'\n")


def test_nothing_of_cel_is_loaded_where_nobody_uses_it() -> None:
    program = "import sys, kfinstall.apply, kfinstall.health; sys.exit('cel_expr_python' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
