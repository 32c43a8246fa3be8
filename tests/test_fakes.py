"""The API server in memory does what a real one does, wherever an apply relies on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from kfinstall.errors import ClusterError
from kfinstall.plan.owned import owned_fields
from kfinstall.resource import GVK, GroupKind, ResourceId, id_of
from tests.fakes import FakeClock, FakeCluster

CONFIG_MAP = GroupKind("", "ConfigMap")


@pytest.fixture(params=["in memory", "real"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[Any, str]]:
    """Give a cluster and a namespace in it."""
    namespace = f"test-{secrets.token_hex(4)}"
    cluster = FakeCluster(FakeClock()) if request.param == "in memory" else request.getfixturevalue("cluster")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    yield cluster, namespace
    cluster.delete(ResourceId("", "Namespace", "", namespace))


def config(namespace: str, name: str = "a", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def test_an_apply_owns_what_it_sets_and_the_same_again_changes_nothing(server):
    cluster, namespace = server
    first = cluster.apply(config(namespace, x="1"))
    second = cluster.apply(config(namespace, x="1"))
    assert owned_fields(first) == {"data": {"x": "1"}}
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]
    assert first["metadata"]["uid"] == second["metadata"]["uid"]


def test_what_is_applied_no_longer_goes_and_what_others_set_stays(server):
    cluster, namespace = server
    live = cluster.apply(config(namespace, x="1", y="2"))
    cluster.update({**live, "data": {**live["data"], "theirs": "3"}})
    assert cluster.apply(config(namespace, x="1"))["data"] == {"x": "1", "theirs": "3"}


def test_a_field_that_someone_changed_is_a_conflict_until_it_is_forced(server):
    cluster, namespace = server
    live = cluster.apply(config(namespace, x="1"))
    cluster.update({**live, "data": {"x": "theirs"}})
    with pytest.raises(ClusterError) as caught:
        cluster.apply(config(namespace, x="2"))
    assert (caught.value.status, caught.value.reason) == (409, "FieldManagerConflict")
    assert [cause.field for cause in caught.value.causes] == [".data.x"]
    assert cluster.apply(config(namespace, x="2"), force=True)["data"] == {"x": "2"}


def test_the_value_that_someone_else_set_may_be_applied_too(server):
    cluster, namespace = server
    cluster.create(config(namespace, x="1"))
    assert owned_fields(cluster.apply(config(namespace, x="1"))) == {"data": {"x": "1"}}


def test_containers_are_merged_by_name(server):
    cluster, namespace = server
    container = {"name": "a", "image": "a:1"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": namespace},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": "d"}},
            "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [container]}},
        },
    }
    live = cluster.apply(deployment)
    assert owned_fields(live)["spec"]["template"]["spec"]["containers"] == [container]
    assert live["metadata"]["generation"] == 1
    again = cluster.apply({**deployment, "spec": {**deployment["spec"], "replicas": 1}})
    assert again["metadata"]["generation"] == 2


def test_a_dry_run_changes_nothing(server):
    cluster, namespace = server
    cluster.apply(config(namespace, x="1"), dry_run=True)
    cluster.create(config(namespace, x="1"), dry_run=True)
    assert cluster.get(id_of(config(namespace))) is None


@pytest.mark.parametrize("what", ["create", "update", "old update", "namespace", "kind", "uid"])
def test_refusals_have_the_same_status_and_reason(server, what: str):
    cluster, namespace = server
    live = cluster.apply(config(namespace, x="1"))
    cluster.apply(config(namespace, x="2"))
    thing = {"apiVersion": "nobody.example.com/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": namespace}}
    acts = {
        "create": (lambda: cluster.create(config(namespace)), 409),
        "update": (lambda: cluster.update(config(namespace, "missing")), 404),
        "old update": (lambda: cluster.update(live), 409),
        "namespace": (lambda: cluster.apply(config("no-such-namespace")), 404),
        "kind": (lambda: cluster.apply(thing), 404),
        "uid": (lambda: cluster.delete(id_of(live), uid="00000000-0000-0000-0000-000000000000"), 409),
    }
    act, status = acts[what]
    with pytest.raises(ClusterError) as caught:
        act()
    assert caught.value.status == status
    assert (caught.value.reason == "NotServed") == (what == "kind")


def test_a_resource_with_a_finalizer_stays_until_it_is_taken_off(server):
    cluster, namespace = server
    held = config(namespace, x="1")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    cluster.apply(held)
    left = cluster.delete(id_of(held))
    assert left["metadata"]["deletionTimestamp"]
    assert cluster.get(id_of(held)) is not None
    assert cluster.delete(id_of(config(namespace, "b"))) is None
    live = cluster.get(id_of(held))
    cluster.update({**live, "metadata": {**live["metadata"], "finalizers": []}})
    assert cluster.get(id_of(held)) is None


def test_lists_take_namespaces_and_labels(server):
    cluster, namespace = server
    marked = config(namespace, "marked")
    marked["metadata"]["labels"] = {"team": "a"}
    cluster.apply(marked)
    cluster.apply(config(namespace, "plain"))
    found = cluster.list(CONFIG_MAP, namespace, "team=a")
    assert [item["metadata"]["name"] for item in found] == ["marked"]
    assert cluster.list(CONFIG_MAP, None, "team=a")[0]["kind"] == "ConfigMap"
    assert {"marked", "plain"} <= {item["metadata"]["name"] for item in cluster.list(CONFIG_MAP, namespace)}
    assert cluster.list(GroupKind("nobody.example.com", "Thing")) == []


def test_a_watch_tells_what_is_there_then_what_happens(server):
    cluster, namespace = server
    marked = config(namespace, "marked")
    marked["metadata"]["labels"] = {"team": namespace}
    cluster.apply(marked)
    inbox: SimpleQueue[Any] = SimpleQueue()
    watch = cluster.watch(CONFIG_MAP, None, inbox.put, label_selector=f"team={namespace}")
    heard = [inbox.get(timeout=30).type for _ in range(2)]
    cluster.apply({**marked, "data": {"x": "1"}})
    heard.append(inbox.get(timeout=30).type)
    cluster.delete(id_of(marked))
    heard.append(inbox.get(timeout=30).type)
    watch.close()
    assert heard == ["ADDED", "SYNCED", "MODIFIED", "DELETED"]


def test_built_in_kinds_are_served(server):
    cluster, _ = server
    assert cluster.serves(GVK("apps", "v1", "Deployment"))
    assert not cluster.serves(GVK("apps", "v0", "Deployment"))
    assert GroupKind("batch", "Job") in cluster.kinds()
