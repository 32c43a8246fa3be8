"""What has one cause is one finding; a check that fails hides nothing; what may not be read is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kfinstall.doctor import Check, Found, Severity, Snapshot, judge
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.kinds import NODE, POD
from kfinstall.doctor.model import CRASH
from kfinstall.resource import ResourceId
from tests.doctor.corpus import completed

POD_ID = ResourceId("", "Pod", "test", "web-1-a")
SET_ID = ResourceId("apps", "ReplicaSet", "test", "web-1")
CLAIM_ID = ResourceId("", "PersistentVolumeClaim", "test", "data")
OTHER_ID = ResourceId("", "Pod", "test", "other")
NO_CLASS = ResourceId("storage.k8s.io", "StorageClass", "", "(default)")


def manifest(kind: str, name: str, **more: object) -> dict:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "test"}, **more}


def snapshot() -> Snapshot:
    replica_set = {**manifest("ReplicaSet", "web-1"), "apiVersion": "apps/v1"}
    pod = manifest("Pod", "web-1-a", spec={"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]})
    pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "web-1"}]
    claim, other = manifest("PersistentVolumeClaim", "data"), manifest("Pod", "other")
    made = completed([replica_set, pod, claim, other])
    kinds = {POD: [made[1], made[3]], type(POD)("apps", "ReplicaSet"): [made[0]]}
    return Snapshot(manifests={**kinds, type(POD)("", "PersistentVolumeClaim"): [made[2]]})


def check(id: str, *found: Found, is_symptom: bool = False, severity: Severity = Severity.ERROR) -> Check:
    return Check(id, "T", severity, lambda _: iter(found), remedy="R.", docs="D", is_symptom=is_symptom)


def found(subject: ResourceId, *affects: ResourceId) -> Found:
    return Found(subject, "m", "h", affects)


def test_a_symptom_stands_below_its_cause_with_the_way_that_leads_there() -> None:
    cause = check("KF301", found(NO_CLASS, CLAIM_ID))
    symptom = check("KF706", found(SET_ID), is_symptom=True)
    report = judge(snapshot(), [symptom, cause])
    assert [one.check for one in report.findings] == ["KF301"]
    assert [(one.check, one.through) for one in report.findings[0].symptoms] == [("KF706", (SET_ID, POD_ID, CLAIM_ID))]


def test_a_symptom_without_a_known_cause_stands_alone() -> None:
    report = judge(
        snapshot(), [check("KF706", found(OTHER_ID), is_symptom=True), check("KF301", found(NO_CLASS, CLAIM_ID))]
    )
    assert {one.check for one in report.findings} == {"KF301", "KF706"}


def test_a_cause_is_as_bad_as_what_comes_from_it() -> None:
    cause = check("KF301", found(NO_CLASS, CLAIM_ID), severity=Severity.WARNING)
    report = judge(snapshot(), [cause, check("KF706", found(SET_ID), is_symptom=True)])
    assert [(one.check, one.severity) for one in report.findings] == [("KF301", Severity.ERROR)]


def test_a_warning_about_a_workload_itself_explains_nothing() -> None:
    lint = check("KF613", found(SET_ID), severity=Severity.WARNING)
    report = judge(snapshot(), [lint, check("KF706", found(SET_ID), is_symptom=True)])
    assert [one.check for one in report.findings] == ["KF706", "KF613"]


def test_two_causes_stay_two_findings() -> None:
    report = judge(snapshot(), [check("KF301", found(NO_CLASS, CLAIM_ID)), check("KF701", found(SET_ID))])
    assert {one.check for one in report.findings} == {"KF301", "KF701"}


def test_errors_come_first_and_among_them_what_harms_most() -> None:
    warning = check("KF101", found(OTHER_ID, POD_ID, SET_ID, CLAIM_ID), severity=Severity.WARNING)
    small, large = check("KF102", found(OTHER_ID)), check("KF900", found(OTHER_ID, POD_ID))
    assert [one.check for one in judge(snapshot(), [warning, small, large]).findings] == ["KF900", "KF102", "KF101"]


def test_a_check_that_fails_is_a_finding_and_hides_nothing() -> None:
    def fails(_: Snapshot) -> Iterator[Found]:
        yield found(POD_ID)
        raise KeyError("hunter2")

    report = judge(snapshot(), [replace(check("KF101"), find=fails), check("KF102", found(OTHER_ID))])
    assert {one.check for one in report.findings} == {CRASH, "KF101", "KF102"}
    assert report.could_not_check
    assert "hunter2" not in repr(report)
    assert "KeyError" in repr(report)


def test_a_check_whose_kind_may_not_be_read_is_skipped_with_the_reason() -> None:
    blind = replace(snapshot(), unread={NODE: "user 'bob' may not list nodes"})
    report = judge(blind, [replace(check("KF101", found(POD_ID)), reads=(NODE,))])
    assert report.findings == ()
    assert report.skipped[0].reason == "Node: user 'bob' may not list nodes"


def test_without_a_cluster_only_what_needs_none_is_run() -> None:
    ran = judge(Snapshot(rendered=()), CHECKS).ran
    assert set(ran) == {one.id for one in CHECKS if set(one.needs) <= {"written", "rendered"}}
