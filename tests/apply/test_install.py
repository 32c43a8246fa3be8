from __future__ import annotations

import pytest

from kfinstall.apply import Installation, Options, preview, read_inventory, status
from kfinstall.apply.record import own_ids
from kfinstall.errors import ClusterError, InputError, UnhealthyError
from kfinstall.health import Status
from kfinstall.resource import GroupKind, ResourceId
from tests.apply.sets import (
    CONFIG,
    DEPLOYMENT,
    NAMESPACE,
    TARGET,
    THING,
    annotated,
    apply,
    changed,
    delete,
    new_cluster,
    parse,
    twelve,
    without,
)

HOME = ResourceId("", "Namespace", "", "kfinstall-system")


def test_a_first_run_creates_everything_and_waits_until_it_is_healthy():
    cluster = new_cluster()
    outcome = apply(cluster, twelve())
    assert outcome.errors == []
    assert outcome.summary == "12 created"
    assert {event.id for event in outcome.of("health") if event.health == "Current"} == {r.id for r in twelve()}


def test_a_second_run_writes_nothing_and_reads_each_kind_once():
    cluster = new_cluster()
    apply(cluster, twelve())
    before = len(cluster.requests)
    outcome = apply(cluster, twelve())
    later = cluster.requests[before:]
    assert outcome.summary == "nothing to do: 12 resources are as wanted"
    assert [request for request in later if request.verb not in {"get", "list"}] == []
    lists = [request.id.group_kind for request in later if request.verb == "list"]
    assert sorted(lists) == sorted({resource.id.group_kind for resource in twelve()})
    assert len(later) <= len(lists) + 5


def test_a_custom_resource_is_sent_after_its_definition_is_established():
    cluster = new_cluster()
    cluster.healthy_after_s["CustomResourceDefinition"] = 7.0
    assert apply(cluster, twelve()).errors == []
    sent = [request.id for request in cluster.writes if request.verb == "apply"]
    assert sent[-1] == THING
    assert cluster.clock.elapsed_s >= 7.0


def test_a_run_that_brings_a_kind_ends_when_openapi_has_it_and_holds_nothing_up_for_it():
    cluster = new_cluster()
    cluster.in_openapi_at_s["example.com"] = 9.0
    outcome = apply(cluster, twelve())
    assert outcome.errors == []
    assert all(event.at_s < 2 for event in outcome.of("sent"))
    assert 9.0 <= cluster.clock.elapsed_s < 11.0
    before = len(cluster.requests)
    apply(cluster, twelve())
    assert "OpenAPI" not in {request.id.kind for request in cluster.requests[before:]}


def test_a_kind_that_never_gets_into_openapi_is_named():
    cluster = new_cluster()
    cluster.in_openapi_at_s["example.com"] = 1e9
    outcome = apply(cluster, twelve())
    assert "the API server's OpenAPI has no example.com/v1" in outcome.texts


def test_who_may_not_read_openapi_waits_for_nothing():
    cluster = new_cluster()
    cluster.in_openapi_at_s = None
    assert apply(cluster, twelve()).errors == []


def test_a_changed_parameter_changes_only_what_it_must():
    cluster = new_cluster()
    apply(cluster, twelve())
    before = len(cluster.requests)
    outcome = apply(cluster, changed(twelve(), CONFIG, data={"colour": "red"}))
    assert outcome.summary == "1 updated, 11 unchanged"
    assert [request.id for request in cluster.requests[before:] if request.verb == "apply"] == [CONFIG]


def test_what_is_no_longer_in_the_set_is_pruned():
    cluster = new_cluster()
    apply(cluster, twelve())
    outcome = apply(cluster, without(twelve(), THING))
    assert THING not in cluster.ids
    assert [event.id for event in outcome.of("pruned")] == [THING]
    assert THING not in {member.id for member in read_inventory(TARGET, cluster).members}


def test_nothing_is_pruned_when_something_failed():
    cluster = new_cluster()
    apply(cluster, twelve())
    broken = annotated(
        changed(without(twelve(), THING), DEPLOYMENT, spec=_with_image("web:2")), DEPLOYMENT, timeout="9s"
    )
    cluster.healthy_after_s[DEPLOYMENT] = None
    outcome = apply(cluster, broken)
    assert isinstance(outcome.errors[0], UnhealthyError)
    assert THING in cluster.ids
    assert THING in {member.id for member in read_inventory(TARGET, cluster).members}


def test_without_pruning_the_record_still_has_what_was_left():
    cluster = new_cluster()
    apply(cluster, twelve())
    apply(cluster, without(twelve(), THING), Options(prune=False))
    assert THING in cluster.ids
    assert THING in {member.id for member in read_inventory(TARGET, cluster).members}


def test_a_resource_that_never_gets_healthy_fails_at_its_own_deadline_and_nothing_else_does():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = None
    outcome = apply(cluster, annotated(twelve(), DEPLOYMENT, timeout="90s"))
    [error] = outcome.errors
    assert isinstance(error, UnhealthyError)
    assert error.id == DEPLOYMENT
    assert "not healthy after 90 s" in error.message
    assert str(error.origin) == "set.yaml:8"
    assert 90 <= cluster.clock.elapsed_s < 100
    assert outcome.summary == "12 created, 1 failed"


def test_a_failed_resource_skips_only_what_depends_on_it():
    cluster = new_cluster()
    crd = ResourceId("apiextensions.k8s.io", "CustomResourceDefinition", "", "things.example.com")
    refused = ClusterError("no", status=403, reason="Forbidden")
    cluster.before.append(lambda _, request: refused if request == ("apply", crd) else None)
    outcome = apply(cluster, twelve())
    assert outcome.errors == [refused]
    assert [event.id for event in outcome.of("skipped")] == [THING]
    assert outcome.of("skipped")[0].reason == f"it needs {crd}, which failed"
    assert outcome.summary == f"10 created, 1 failed, 1 skipped; skipped because of {crd}: {THING}"
    members = {member.id for member in read_inventory(TARGET, cluster).members}
    assert crd not in members
    assert THING not in members


def test_one_slow_resource_holds_up_nothing_that_does_not_need_it():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = 100.0
    outcome = apply(cluster, twelve())
    healthy = [event.id for event in outcome.of("health") if event.health == "Current"]
    assert healthy[-1] == DEPLOYMENT
    assert all(event.at_s < 10 for event in outcome.of("sent"))


def test_a_second_run_waits_for_what_the_first_left_unhealthy():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = None
    apply(cluster, twelve(), Options(timeout_s=10))
    outcome = apply(cluster, twelve(), Options(timeout_s=10))
    assert isinstance(outcome.errors[0], UnhealthyError)
    assert outcome.of("sent") == []


def test_a_conflict_names_field_and_manager_and_force_takes_it_over():
    cluster = new_cluster("app")
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "app"}}
    cluster.put({**theirs, "data": {"colour": "green"}}, manager="kubectl")
    outcome = apply(cluster, twelve())
    [error] = outcome.errors
    assert ".data.colour (by kubectl)" in error.message
    assert DEPLOYMENT in {event.id for event in outcome.of("skipped")}
    assert apply(cluster, twelve(), Options(on_conflict="force")).errors == []
    assert cluster.peek(CONFIG)["data"] == {"colour": "blue"}


def test_drift_is_seen_by_status_and_put_right_by_the_next_run():
    cluster = new_cluster()
    apply(cluster, twelve())
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "app"}}
    cluster.put({**theirs, "data": {"colour": "green"}}, manager="kubectl")
    rows = {row.id: row for row in status(TARGET, cluster, cluster.clock)}
    assert [id for id, row in rows.items() if row.drifted] == [CONFIG]
    assert [change.action for change in preview(twelve(), TARGET, cluster).changes if change.id == CONFIG] == ["update"]
    assert apply(cluster, twelve(), Options(on_conflict="force")).summary == "1 updated, 11 unchanged"


def test_delete_keeps_claims_and_the_record_of_them_until_data_is_to_go_too():
    cluster = new_cluster("app")
    before = cluster.ids
    claim = ResourceId("", "PersistentVolumeClaim", "app", "files")
    apply(cluster, without(twelve(), NAMESPACE))
    outcome = delete(cluster)
    assert outcome.errors == []
    assert "PersistentVolumeClaim app/files: it holds data" in outcome.summary
    assert {id for id in cluster.ids - before if id.namespace != "kfinstall-system"} == {claim, HOME}
    assert {member.id for member in read_inventory(TARGET, cluster).members} == {claim}
    writes = len(cluster.writes)
    assert delete(cluster).summary.startswith("nothing to do; left in place")
    assert len(cluster.writes) == writes
    assert delete(cluster, Options(delete_data=True)).errors == []
    assert cluster.ids == before


def test_when_nothing_could_be_applied_nothing_is_left_behind():
    cluster = new_cluster("app")
    before = cluster.ids
    refused = ClusterError("no", status=422, reason="Invalid")
    cluster.before.append(lambda _, request: refused if request.verb == "apply" else None)
    outcome = apply(cluster, [resource for resource in twelve() if resource.id == CONFIG])
    assert outcome.errors == [refused]
    cluster.clock.sleep(5)
    assert cluster.ids == before


def test_delete_with_data_leaves_nothing():
    cluster = new_cluster()
    before = cluster.ids
    apply(cluster, twelve())
    outcome = delete(cluster, Options(delete_data=True))
    assert outcome.errors == []
    assert cluster.ids == before


def test_deleting_what_is_not_installed_writes_nothing():
    cluster = new_cluster()
    outcome = delete(cluster)
    assert outcome.errors == []
    assert cluster.writes == []


def test_a_namespace_with_something_of_others_stays():
    cluster = new_cluster()
    apply(cluster, twelve())
    foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "app"}}
    cluster.put(foreign)
    outcome = delete(cluster, Options(delete_data=True))
    assert outcome.errors == []
    assert NAMESPACE in cluster.ids
    assert ResourceId("", "ConfigMap", "app", "theirs") in cluster.ids
    assert "ConfigMap app/theirs" in outcome.summary


def test_a_namespace_being_deleted_is_an_error_before_anything_is_written():
    cluster = new_cluster()
    cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app", "deletionTimestamp": "2030"}})
    outcome = apply(cluster, twelve())
    assert "namespace 'app' is being deleted" in outcome.texts
    assert "kubectl wait --for=delete namespace/app" in outcome.texts
    assert cluster.writes == []


def test_a_namespace_that_nothing_makes_is_an_error_before_anything_is_written():
    cluster = new_cluster()
    outcome = apply(cluster, without(twelve(), NAMESPACE))
    assert [type(error) for error in outcome.errors] == [InputError]
    assert "namespace 'app' does not exist" in outcome.texts
    assert cluster.writes == []


def test_a_kind_that_nothing_serves_is_an_error_before_anything_is_written():
    cluster = new_cluster("app")
    outcome = apply(cluster, parse("{apiVersion: kubeflow.org/v1, kind: TFJob, metadata: {name: a, namespace: app}}"))
    assert isinstance(outcome.errors[0], InputError)
    assert "TFJob" in outcome.texts
    assert cluster.writes == []


def test_what_belongs_to_another_installation_is_refused_unless_adopted():
    cluster = new_cluster("app")
    shared = parse("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: app}, data: {x: y}}")
    apply(cluster, shared, target=Installation("first"))
    outcome = apply(cluster, shared, target=Installation("second"))
    assert "ConfigMap app/a belongs to another installation, 'first'" in outcome.texts
    assert "change that one with --name first, or" in outcome.texts
    assert apply(cluster, shared, Options(adopt=True, on_conflict="force"), Installation("second")).errors == []


def test_all_that_belongs_to_one_other_is_one_error_that_names_it_as_far_as_it_may_be_read():
    cluster = new_cluster()
    apply(cluster, twelve(), target=Installation("first"))
    outcome = apply(cluster, twelve(), target=Installation("second"))
    assert len(outcome.errors) == 1
    assert "Namespace app and 11 more belong to another installation, 'first'" in outcome.texts
    hidden = apply(cluster, twelve(), target=Installation("second", "elsewhere"))
    assert len(hidden.errors) == 1
    assert "and 11 more belong to another installation (label applyset.kubernetes.io/part-of=" in hidden.texts


def test_what_another_installation_took_over_is_not_removed_by_the_one_it_was_of():
    cluster = new_cluster()
    assert apply(cluster, twelve()).errors == []
    [config] = (resource for resource in twelve() if resource.id == CONFIG)
    other = Installation("other")
    assert apply(cluster, [config], Options(adopt=True), other).errors == []
    assert apply(cluster, without(twelve(), CONFIG)).errors == []
    assert CONFIG in cluster.ids
    outcome = delete(cluster, Options(delete_data=True))
    assert outcome.errors == []
    assert CONFIG in cluster.ids
    assert {member.id for member in read_inventory(other, cluster).members} == {CONFIG}


def test_without_the_right_to_list_what_has_no_namespace_it_is_asked_for_one_by_one():
    cluster = new_cluster()
    assert apply(cluster, twelve()).errors == []
    cluster.forbidden = {("list", kind, False) for kind in (NAMESPACE.group_kind, GroupKind("", "ConfigMap"))}
    assert apply(cluster, twelve()).summary == "nothing to do: 12 resources are as wanted"


def test_who_may_neither_list_nor_look_is_told_that_the_list_is_forbidden():
    cluster = new_cluster()
    cluster.forbidden = {(verb, NAMESPACE.group_kind, False) for verb in ("get", "list")}
    [error] = apply(cluster, twelve()).errors
    assert isinstance(error, ClusterError)
    assert error.reason == "Forbidden"
    assert "list" in error.message


def test_without_the_right_to_list_the_whole_cluster_the_namespaces_are_listed():
    cluster = new_cluster("app")
    apply(cluster, without(twelve(), NAMESPACE))
    cluster.forbidden = {("list", GroupKind("", "ConfigMap"), False)}
    before = len(cluster.requests)
    assert apply(cluster, without(twelve(), NAMESPACE)).errors == []
    assert ("list", ResourceId("", "ConfigMap", "app", "")) in cluster.requests[before:]


def test_a_job_that_cannot_be_changed_is_made_anew_where_that_is_allowed():
    cluster = new_cluster()
    apply(cluster, twelve())
    job = ResourceId("batch", "Job", "app", "once")
    uid = cluster.peek(job)["metadata"]["uid"]
    spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "once", "image": "once:2"}]}}}
    refused = apply(cluster, changed(twelve(), job, spec=spec))
    assert "cannot be changed" in refused.texts
    allowed = apply(cluster, annotated(changed(twelve(), job, spec=spec), job, on_immutable="recreate"))
    assert allowed.errors == []
    assert cluster.peek(job)["metadata"]["uid"] != uid


@pytest.mark.parametrize("id", sorted(own_ids(TARGET)), ids=str)
def test_the_record_and_the_lock_of_an_installation_are_not_among_its_resources(id: ResourceId):
    cluster = new_cluster()
    versions = {"": "v1", "coordination.k8s.io": "coordination.k8s.io/v1"}
    metadata = f"{{name: {id.name}, namespace: {id.namespace}}}"
    outcome = apply(cluster, parse(f"{{apiVersion: {versions[id.group]}, kind: {id.kind}, metadata: {metadata}}}"))
    assert f"{id} is the record of this installation itself, or part of it" in outcome.texts
    assert cluster.writes == []


def test_a_timeout_that_is_no_duration_is_an_input_error():
    cluster = new_cluster()
    outcome = apply(cluster, annotated(twelve(), DEPLOYMENT, timeout="soon"))
    assert "'soon' is no duration" in outcome.texts
    assert cluster.writes == []


def test_no_event_and_no_record_has_a_secret_value():
    cluster = new_cluster()
    outcome = apply(cluster, twelve())
    said = repr([event.as_json() for event in outcome.events])
    records = repr([cluster.peek(id) for id in cluster.ids if id.kind == "ConfigMap"])
    for value in ("Xq9-secret-value", "WHE5LXNlY3JldC12YWx1ZQ=="):
        assert value not in said
        assert value not in records


def test_status_of_what_is_not_installed_says_what_is():
    cluster = new_cluster()
    apply(cluster, twelve())
    with pytest.raises(InputError, match=r"did you mean 'demo'\?"):
        status(Installation("dmo"), cluster, cluster.clock)


def test_status_names_what_is_missing():
    cluster = new_cluster()
    apply(cluster, twelve())
    cluster.take_away(CONFIG)
    rows = {row.id: row.health.status for row in status(TARGET, cluster, cluster.clock)}
    assert rows[CONFIG] is Status.NOT_FOUND
    assert rows[DEPLOYMENT] is Status.CURRENT


def _with_image(image: str) -> dict:
    spec = next(resource.manifest["spec"] for resource in twelve() if resource.id == DEPLOYMENT)
    template = {**spec["template"], "spec": {"containers": [{"name": "web", "image": image}]}}
    return {**spec, "template": template}
