"""Failures are called early, with what explains them; what may still recover is waited for."""

from __future__ import annotations

from typing import Any

from kfinstall.apply import Options
from kfinstall.errors import UnhealthyError
from kfinstall.resource import GroupKind, Origin, Resource, ResourceId
from tests.apply.sets import DEPLOYMENT, apply, new_cluster, parse, twelve
from tests.fakes import FakeCluster

JOB = ResourceId("batch", "Job", "app", "once")


def with_pod(
    cluster: FakeCluster, status: dict[str, Any], *, owner: ResourceId = DEPLOYMENT, after_s: float = 3.0
) -> None:
    """Have a pod of a Deployment appear, with a status."""

    def appear() -> None:
        if owner not in cluster.ids:
            cluster.clock.call_in(1.0, appear)
            return
        uid = cluster.peek(owner)["metadata"]["uid"]
        sets = _owned("apps/v1", "ReplicaSet", "web-1", owner, uid)
        sets["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "1"}
        live = cluster.put({**sets, "spec": {"replicas": 1, "template": cluster.peek(owner)["spec"]["template"]}})
        pod = _owned("v1", "Pod", "web-1-x", ResourceId("apps", "ReplicaSet", "app", "web-1"), live["metadata"]["uid"])
        cluster.put({**pod, "spec": {"containers": [{"name": "web"}]}, "status": status})

    cluster.clock.call_in(after_s, appear)


def _owned(api_version: str, kind: str, name: str, owner: ResourceId, uid: str) -> dict[str, Any]:
    reference = {"apiVersion": "apps/v1", "kind": owner.kind, "name": owner.name, "uid": uid, "controller": True}
    metadata = {"name": name, "namespace": "app", "labels": {"app": "web"}, "ownerReferences": [reference]}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def waiting(reason: str, **more: Any) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": f"{reason} happened"}}
    container = {"name": "web", "image": "web:1", "ready": False, "restartCount": 0, "state": state, **more}
    return {"phase": "Pending", "containerStatuses": [container]}


def test_a_wrong_image_is_called_long_before_the_deadline_and_named():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = None
    with_pod(cluster, waiting("InvalidImageName"))
    outcome = apply(cluster, twelve())
    [error] = outcome.errors
    assert isinstance(error, UnhealthyError)
    assert error.id == DEPLOYMENT
    assert "web-1-x" in error.message
    assert cluster.clock.elapsed_s < 60


def test_what_stands_around_is_watched_only_once_something_takes_its_time():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = 0.5
    apply(cluster, twelve())
    assert not [request for request in cluster.requests if request.verb == "watch" and request.id.kind == "Pod"]


def test_each_kind_is_watched_once():
    cluster = new_cluster()
    cluster.healthy_after_s["Deployment"] = 20.0
    more = [deployment(f"d{number}", "app") for number in range(5)]
    assert apply(cluster, [*twelve(), *more]).errors == []
    watched = [request.id.group_kind for request in cluster.requests if request.verb == "watch"]
    assert len(watched) == len(set(watched))


def test_what_a_watch_tells_before_the_answer_to_the_apply_is_not_lost():
    cluster = new_cluster()
    first, second = deployment("first", "app"), deployment("second", "app")
    annotations = {"config.kubernetes.io/depends-on": "apps/namespaces/app/Deployment/first"}
    metadata = {**second.manifest["metadata"], "annotations": annotations}
    second = Resource({**second.manifest, "metadata": metadata}, second.origin)
    cluster.healthy_after_s[first.id] = 3.0
    cluster.answers_late.add(second.id)
    outcome = apply(cluster, [*twelve(), first, second])
    assert outcome.errors == []
    assert cluster.clock.elapsed_s < 60


def test_what_someone_deletes_while_it_is_waited_for_fails_at_once():
    cluster = new_cluster()
    cluster.healthy_after_s[DEPLOYMENT] = None
    cluster.clock.call_in(7.0, lambda: cluster.take_away(DEPLOYMENT))
    outcome = apply(cluster, twelve())
    assert "was deleted while it was waited for" in outcome.texts
    assert cluster.clock.elapsed_s < 20


def test_a_job_that_is_removed_once_it_is_done_was_healthy():
    cluster = new_cluster()
    cluster.healthy_after_s[JOB] = None

    def finish() -> None:
        done = {"type": "Complete", "status": "True"}
        cluster.put({**cluster.peek(JOB), "status": {"succeeded": 1, "conditions": [done]}})
        cluster.take_away(JOB)

    cluster.clock.call_in(4.0, finish)
    assert apply(cluster, twelve()).errors == []


def test_something_outside_the_set_is_waited_for_before_what_depends_on_it():
    cluster = new_cluster("app")
    needs = "config.kubernetes.io/depends-on: /namespaces/app/Secret/theirs"
    settings = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: app, annotations: {{{needs}}}}}}}"
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "theirs", "namespace": "app"}}
    cluster.clock.call_in(30.0, lambda: cluster.put(theirs))
    assert apply(cluster, parse(settings)).errors == []
    assert cluster.clock.elapsed_s >= 30


def test_something_outside_the_set_that_never_comes_fails_at_the_deadline_and_is_named():
    cluster = new_cluster("app")
    needs = "config.kubernetes.io/depends-on: /namespaces/app/Secret/theirs"
    settings = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: app, annotations: {{{needs}}}}}}}"
    outcome = apply(cluster, parse(settings), Options(timeout_s=30))
    assert "Secret app/theirs: not healthy after 30 s: it does not exist" in outcome.texts
    assert [event.id.name for event in outcome.of("skipped")] == ["a"]


def test_a_watch_that_may_not_see_the_whole_cluster_sees_the_namespaces():
    cluster = new_cluster("app", "other")
    cluster.healthy_after_s["Deployment"] = 10.0
    cluster.forbidden = {("watch", GroupKind("apps", "Deployment"), False)}
    assert apply(cluster, [deployment("d", "app"), deployment("d", "other")]).errors == []


def deployment(name: str, namespace: str) -> Resource:
    metadata = {"name": name, "namespace": namespace}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}}
    return Resource(manifest, Origin("set.yaml"))
