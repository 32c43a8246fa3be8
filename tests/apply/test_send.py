from __future__ import annotations

import re

import pytest

from kfinstall.apply import Options
from kfinstall.apply.holders import held_by
from kfinstall.apply.send import _twin, recreate
from kfinstall.errors import ClusterError, UnhealthyError
from kfinstall.resource import ResourceId
from tests.apply.sets import CONFIG, DEPLOYMENT, NAMESPACE, apply, changed, delete, new_cluster, twelve
from tests.fakes import Request

SECRET = ResourceId("", "Secret", "app", "login")
ALONE = tuple(resource for resource in twelve() if resource.id in {NAMESPACE, CONFIG})


def failing_first(times: int, request: Request, error: ClusterError):
    """Give a fault that refuses a request so many times."""
    left = [times]

    def fault(_: int, made: Request) -> ClusterError | None:
        if made != request or not left[0]:
            return None
        left[0] -= 1
        return error

    return fault


def test_a_webhook_that_does_not_answer_yet_is_waited_for():
    cluster = new_cluster()
    down = ClusterError("no answer", status=500, reason="WebhookUnreachable")
    cluster.before.append(failing_first(5, Request("apply", CONFIG), down))
    assert apply(cluster, twelve()).errors == []


def test_a_webhook_that_never_answers_fails_what_it_judges_in_the_end():
    cluster = new_cluster()
    down = ClusterError("no answer", status=500, reason="WebhookUnreachable")
    cluster.before.append(failing_first(10_000, Request("apply", CONFIG), down))
    assert apply(cluster, twelve()).errors == [down]
    assert 120 <= cluster.clock.elapsed_s < 200


def test_a_secret_value_in_a_refusal_is_taken_out():
    cluster = new_cluster()
    told = ClusterError("bad value Xq9-secret-value (WHE5LXNlY3JldC12YWx1ZQ==)", status=422, reason="Invalid")
    cluster.before.append(failing_first(1, Request("apply", SECRET), told))
    outcome = apply(cluster, twelve())
    said = outcome.texts + repr(outcome.events) + repr(outcome.errors)
    assert "bad value *** (***)" in said
    assert "Xq9-secret-value" not in said
    assert "WHE5LXNlY3JldC12YWx1ZQ==" not in said


def test_a_refusal_names_the_place_that_was_written():
    cluster = new_cluster()
    cluster.before.append(failing_first(1, Request("apply", DEPLOYMENT), ClusterError("no", status=422)))
    assert "set.yaml:8: no" in apply(cluster, twelve()).texts


@pytest.mark.parametrize("kind", ["PersistentVolumeClaim", "Namespace"])
def test_what_people_keep_data_in_is_never_recreated(kind: str):
    cluster = new_cluster()
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "namespace": "default"}}
    with pytest.raises(ClusterError, match="is never recreated"):
        recreate(manifest, "v1", cluster, cluster.clock, Options())
    assert cluster.writes == []


def test_who_changes_what_cannot_be_changed_in_a_claim_is_not_told_to_have_it_recreated():
    cluster = new_cluster()
    claim = ResourceId("", "PersistentVolumeClaim", "app", "files")
    refused = ClusterError("spec cannot be changed", hint="annotate it", status=422, reason="Immutable")
    cluster.before.append(failing_first(1, Request("apply", claim), refused))
    [error] = apply(cluster, twelve()).errors
    assert isinstance(error, ClusterError)
    assert error.hint == "change it back, or move the data and delete it by hand"


@pytest.mark.parametrize("name", ["a" * 29 + ".b-c", "a" * 30 + "-b", "a" * 63])
def test_the_twin_by_which_a_recreation_is_proven_has_a_valid_name(name: str):
    cluster = new_cluster()
    tried: list[ResourceId] = []
    cluster.before.append(lambda _, made: tried.append(made.id) if made.verb == "create" else None)
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
    recreate(manifest, "v1", cluster, cluster.clock, Options())
    assert re.fullmatch(r"a{29,30}-kfinstall-dry-run", tried[0].name)


def test_nothing_is_deleted_when_the_new_one_would_be_refused():
    cluster = new_cluster()
    apply(cluster, twelve())
    job = ResourceId("batch", "Job", "app", "once")
    cluster.before.append(lambda _, made: ClusterError("no", status=422) if made.verb == "create" else None)
    manifest = next(resource.manifest for resource in twelve() if resource.id == job)
    with pytest.raises(ClusterError):
        recreate(manifest, "v1", cluster, cluster.clock, Options())
    assert job in cluster.ids
    assert Request("delete", job) not in cluster.requests


def test_something_on_its_way_out_is_waited_for_and_made_anew():
    cluster = new_cluster()
    apply(cluster, twelve())
    live = cluster.peek(CONFIG)
    uid = live["metadata"]["uid"]
    cluster.put({**live, "metadata": {**live["metadata"], "deletionTimestamp": "2030-01-01T00:00:00Z"}})
    cluster.clock.call_in(5.0, lambda: cluster.take_away(CONFIG))
    outcome = apply(cluster, changed(twelve(), CONFIG, data={"colour": "red"}))
    assert outcome.errors == []
    assert cluster.peek(CONFIG)["metadata"]["uid"] != uid
    assert cluster.peek(CONFIG)["data"] == {"colour": "red"}


def test_an_interrupt_while_waiting_is_recorded_and_raised():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = None

    def interrupt() -> None:
        raise KeyboardInterrupt

    cluster.clock.call_in(5.0, interrupt)
    with pytest.raises(KeyboardInterrupt):
        apply(cluster, twelve())
    lease = cluster.peek(ResourceId("coordination.k8s.io", "Lease", "kfinstall-system", "demo"))
    assert lease["spec"]["holderIdentity"] == ""
    assert delete(cluster, Options(delete_data=True)).errors == []
    assert {id.name for id in cluster.ids} == {"default"}


def test_a_kind_bound_to_its_name_is_proven_under_it():
    cluster = new_cluster()
    metadata = {"name": "v1.example.com"}
    manifest = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": metadata, "spec": {}}
    cluster.put(manifest)
    recreate(manifest, "v1", cluster, cluster.clock, Options())
    id = ResourceId("apiregistration.k8s.io", "APIService", "", "v1.example.com")
    assert [request for request in cluster.writes if request.id == id][:2] == [("create", id), ("delete", id)]


def test_a_service_is_proven_without_what_only_one_can_have_and_stays_headless():
    spec = {"clusterIP": "None", "healthCheckNodePort": 30001, "ports": [{"port": 80, "nodePort": 30000}]}
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "default"}, "spec": spec}
    assert _twin(manifest)["spec"] == {"clusterIP": "None", "ports": [{"port": 80}]}
    assert _twin({**manifest, "spec": {**spec, "clusterIP": "10.0.0.1"}})["spec"] == {"ports": [{"port": 80}]}


def test_what_holds_something_up_is_named_with_who_set_it():
    fields = {"f:metadata": {"f:finalizers": {".": {}, 'v:"example.com/hold"': {}}}}
    managed = [{"manager": "holder", "operation": "Update", "fieldsV1": fields}]
    metadata = {"name": "a", "finalizers": ["example.com/hold", "b/c"], "managedFields": managed}
    assert held_by({"metadata": metadata}) == ": it waits for example.com/hold, set by holder; b/c"


def test_what_a_namespace_still_holds_is_named():
    said = "Some resources are remaining: pods. has 1 resource instances"
    condition = {"type": "NamespaceContentRemaining", "status": "True", "message": said}
    live = {"metadata": {"name": "a"}, "status": {"conditions": [condition, {**condition, "status": "False"}]}}
    assert held_by(live) == f": it waits for {said}"
    assert held_by({"metadata": {"name": "a"}}) == ""


def test_a_namespace_that_an_api_keeps_is_not_waited_for_to_the_end_and_says_what_to_look_at():
    said = "Discovery failed for some groups, 1 failing: unable to retrieve: metrics.k8s.io/v1beta1"
    condition = {"type": "NamespaceDeletionDiscoveryFailure", "status": "True", "message": said}
    cluster = new_cluster()
    assert not apply(cluster, ALONE).errors
    cluster.gone_after_s = 1000.0
    home = NAMESPACE._replace(name="kfinstall-system")
    for id in (NAMESPACE, home):
        cluster.clock.call_in(
            5.0, lambda id=id: cluster.put({**cluster.peek(id), "status": {"conditions": [condition]}})
        )
    [error] = delete(cluster, Options(delete_data=True, timeout_s=600.0)).errors
    assert isinstance(error, UnhealthyError)
    assert error.message == f"{NAMESPACE} is not gone after 15 s: it waits for {said}"
    assert "kubectl get apiservices" in error.hint
    assert cluster.clock.elapsed_s < 35.0
