"""The namespace that kfinstall makes for its records: it is there for as long as it is needed, and no longer."""

from __future__ import annotations

import pytest

from kfinstall.apply import Options
from kfinstall.resource import ResourceId
from tests.apply.sets import apply, changed, delete, new_cluster, parse
from tests.fakes import FakeCluster, Killed

HOME = ResourceId("", "Namespace", "", "kfinstall-system")
SET = parse("{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: default}, data: {}}")
OTHER = changed(SET, SET[0].id, data={"a": "b"})
THEIRS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "kfinstall-system"}}


def killed_when_it_had_asked_for_the_end_of_its_home() -> FakeCluster:
    cluster = new_cluster()
    assert not apply(cluster, SET).errors
    cluster.after.append(lambda _, request: Killed() if request == ("delete", HOME) else None)
    with pytest.raises(Killed):
        delete(cluster)
    cluster.revive()
    assert cluster.peek(HOME)["metadata"]["deletionTimestamp"]
    return cluster


def test_a_delete_after_a_killed_one_ends_when_the_namespace_of_the_record_is_gone():
    cluster = killed_when_it_had_asked_for_the_end_of_its_home()
    assert not delete(cluster).errors
    assert HOME not in cluster.ids


def test_an_apply_after_a_killed_delete_waits_for_the_end_of_that_namespace_and_makes_it_anew():
    cluster = killed_when_it_had_asked_for_the_end_of_its_home()
    uid = cluster.peek(HOME)["metadata"]["uid"]
    assert not apply(cluster, SET).errors
    assert cluster.peek(HOME)["metadata"]["uid"] != uid


def test_a_namespace_that_others_made_and_delete_is_not_waited_for():
    cluster = new_cluster("kfinstall-system")
    cluster.put({**cluster.peek(HOME), "metadata": {"name": HOME.name, "finalizers": ["example.com/held"]}})
    cluster.delete(HOME)
    assert not delete(cluster).errors
    assert cluster.clock.elapsed_s == 0.0
    assert "namespace 'kfinstall-system' is being deleted" in apply(cluster, SET).texts


def test_a_home_that_does_not_go_is_an_error_of_the_next_apply_that_says_what_to_wait_for():
    cluster = new_cluster()
    assert not apply(cluster, SET).errors
    cluster.put({**cluster.peek(HOME), "metadata": {"name": HOME.name, "finalizers": ["example.com/held"]}})
    cluster.delete(HOME)
    assert "kubectl wait --for=delete namespace/kfinstall-system" in apply(cluster, OTHER).texts


def test_a_home_that_others_use_stays():
    cluster = new_cluster()
    assert not apply(cluster, SET).errors
    cluster.put(THEIRS)
    assert not delete(cluster, Options(delete_data=True)).errors
    assert HOME in cluster.ids
    assert not cluster.peek(HOME)["metadata"].get("deletionTimestamp")


def test_while_an_api_does_not_answer_a_home_stays_and_is_in_nobodys_way():
    """Kubernetes would not end it, and the next apply would wait for that."""
    cluster = new_cluster()
    assert not apply(cluster, SET).errors
    cluster.broken.add("metrics.k8s.io")
    assert not delete(cluster).errors
    assert not cluster.peek(HOME)["metadata"].get("deletionTimestamp")
    assert not apply(cluster, SET).errors
    cluster.broken.clear()
    assert not delete(cluster).errors
    assert HOME not in cluster.ids


def test_an_empty_home_that_stayed_goes_with_the_next_delete():
    cluster = new_cluster()
    assert not apply(cluster, SET).errors
    cluster.broken.add("metrics.k8s.io")
    assert not delete(cluster).errors
    cluster.broken.clear()
    assert not delete(cluster).errors
    assert HOME not in cluster.ids
