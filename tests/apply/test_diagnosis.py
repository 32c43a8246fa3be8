"""Why something failed is asked of whoever knows, once it has failed, and a failure waits for no answer in vain."""

from __future__ import annotations

from collections.abc import Callable

from kfinstall.apply import install
from kfinstall.apply.diagnosis import Diagnosis
from kfinstall.doctor.diagnosis import FRESH_S, Seen, remembering
from kfinstall.doctor.model import Finding, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.errors import UnhealthyError
from kfinstall.resource import ResourceId
from tests.apply.sets import DEPLOYMENT, TARGET, Outcome, new_cluster, twelve
from tests.fakes import FakeClock

WEB = DEPLOYMENT
SETTINGS = ResourceId("", "ConfigMap", "default", "settings")
FOUND = Diagnosis("KF309", SETTINGS, "ConfigMap 'settings' does not exist", "kubectl create …", (WEB, SETTINGS))


def fail(diagnose: Callable[[ResourceId], Diagnosis | None] | None) -> Outcome:
    """Apply a set with a Deployment that never becomes healthy."""
    cluster = new_cluster()
    cluster.healthy_after_s[WEB] = None
    return Outcome(install(twelve(), TARGET, cluster, cluster.clock, diagnose=diagnose))


def test_the_cause_stands_in_message_hint_and_event() -> None:
    outcome = fail(lambda id: FOUND)
    (error,) = outcome.errors
    assert isinstance(error, UnhealthyError)
    assert error.message.splitlines()[1:] == [
        f"cause: KF309 {SETTINGS}: {FOUND.message}",
        f"chain: {WEB} ← {SETTINGS}",
    ]
    assert error.hint == FOUND.hint
    (event,) = [event for event in outcome.events if event.diagnosis]
    assert event.as_json()["diagnosis"]["subject"] == SETTINGS._asdict()


def test_a_diagnosis_that_fails_itself_hides_no_failure() -> None:
    def broken(id: ResourceId) -> Diagnosis | None:
        raise RuntimeError("the cluster went away")

    plain, outcome = fail(None), fail(broken)
    assert [str(error) for error in outcome.errors] == [str(error) for error in plain.errors]
    said = [[event.as_json() for event in one.events if event.type != "lock"] for one in (plain, outcome)]
    assert said[0] == said[1]
    assert outcome.errors


def test_nobody_is_asked_where_nothing_fails() -> None:
    cluster = new_cluster()
    asked: list[ResourceId] = []
    run = install(twelve(), TARGET, cluster, cluster.clock, diagnose=lambda id: asked.append(id))
    assert Outcome(run).errors == []
    assert asked == []


def test_what_fails_in_the_same_moment_is_looked_at_once() -> None:
    clock = FakeClock()
    looks: list[float] = []

    def look() -> Seen:
        looks.append(clock.monotonic())
        finding = Finding("KF309", Severity.ERROR, SETTINGS, "it does not exist", "make it")
        return Seen(clock.monotonic(), Snapshot(), (finding,))

    diagnose = remembering(look, clock)
    assert diagnose(SETTINGS) == diagnose(SETTINGS)
    assert diagnose(WEB) is None
    assert len(looks) == 1
    clock.sleep(FRESH_S + 1)
    assert diagnose(SETTINGS) is not None
    assert len(looks) == 2
