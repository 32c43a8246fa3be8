"""A namespace goes only when it is known, and not only from before, that nothing of others is in it."""

from __future__ import annotations

import pytest

from kfinstall.apply.foreign import MANY
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, ResourceId
from tests.apply.sets import apply, delete, new_cluster, parse
from tests.fakes import FakeCluster, Request

APPLICATION = """\
apiVersion: v1
kind: Namespace
metadata: {{name: n{i}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings, namespace: n{i}}}
data: {{}}
"""
THEIRS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "n0"}}
SECRETS, CONFIG_MAPS = GroupKind("", "Secret"), GroupKind("", "ConfigMap")
HELD = "held.example.com/by-a-test"
HOLDER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: slow, namespace: n0, finalizers: [held.example.com/by-a-test]}
spec: {}
"""


def namespaces(count: int) -> FakeCluster:
    cluster = new_cluster()
    assert not apply(cluster, parse("---\n".join(APPLICATION.format(i=i) for i in range(count)))).errors
    cluster.requests.clear()
    return cluster


def lists(cluster: FakeCluster, kind: GroupKind) -> list[str]:
    """Give where a kind was listed, that of the record aside."""
    found = [request.id for request in cluster.requests if request.verb == "list" and request.id.group_kind == kind]
    return sorted(id.namespace for id in found if id.namespace != "kfinstall-system")


def gone(cluster: FakeCluster) -> bool:
    return not [id for id in cluster.ids if id.kind == "Namespace" and id.name.startswith("n")]


def test_many_namespaces_cost_one_list_a_kind():
    cluster = namespaces(MANY)
    assert not delete(cluster).errors
    assert gone(cluster)
    assert lists(cluster, SECRETS) == [""]


def test_few_namespaces_are_listed_one_by_one_however_much_others_have():
    cluster = namespaces(MANY - 1)
    assert not delete(cluster).errors
    assert gone(cluster)
    assert lists(cluster, SECRETS) == [f"n{i}" for i in range(MANY - 1)]


def test_of_a_kind_that_a_page_has_not_all_of_only_the_namespaces_are_listed():
    cluster = namespaces(MANY)
    cluster.page_size = 2
    assert not delete(cluster).errors
    assert gone(cluster)
    assert lists(cluster, CONFIG_MAPS)[-MANY:] == [f"n{i}" for i in range(MANY)]


def test_who_may_not_list_the_whole_cluster_lists_the_namespaces():
    cluster = namespaces(MANY)
    cluster.forbidden = {("list", SECRETS, False)}
    assert not delete(cluster).errors
    assert gone(cluster)


def test_a_namespace_of_which_a_kind_may_not_be_read_stays_and_the_others_go():
    cluster = namespaces(MANY)
    refused = ClusterError("secrets is forbidden", status=403, reason="Forbidden")

    def fault(_: int, request: Request) -> ClusterError | None:
        is_hidden = request.verb == "list" and request.id.group_kind == SECRETS and request.id.namespace in {"", "n0"}
        return refused if is_hidden else None

    cluster.before.append(fault)
    assert delete(cluster).errors == [refused]
    assert {id.name for id in cluster.ids if id.name.startswith("n")} == {"n0"}


@pytest.mark.parametrize("count", [1, MANY])
def test_a_namespace_with_something_of_others_stays_and_the_others_go(count: int):
    cluster = namespaces(count)
    cluster.put(THEIRS)
    outcome = delete(cluster)
    assert not outcome.errors
    assert "ConfigMap n0/theirs would be lost with it" in outcome.summary
    assert {str(id) for id in cluster.ids if "n0" in id} == {"Namespace n0", "ConfigMap n0/theirs"}
    assert {id.name for id in cluster.ids if id.kind == "Namespace" and id.name.startswith("n")} == {"n0"}


def test_what_others_put_into_a_namespace_while_something_in_it_took_long_to_go_is_not_lost():
    cluster = new_cluster()
    text = APPLICATION.format(i=0) + "---\n" + HOLDER
    assert not apply(cluster, parse(text)).errors
    slow = ResourceId("apps", "Deployment", "n0", "slow")

    def let_go() -> None:
        cluster.put(THEIRS)
        cluster.take_away(slow)

    cluster.clock.call_in(10.0, let_go)
    outcome = delete(cluster)
    assert not outcome.errors
    assert "ConfigMap n0/theirs would be lost with it" in outcome.summary
    assert ResourceId("", "ConfigMap", "n0", "theirs") in cluster.ids


def test_a_namespace_that_is_going_already_is_waited_for_whatever_is_in_it():
    cluster = namespaces(1)
    home = ResourceId("", "Namespace", "", "n0")
    cluster.put(THEIRS)
    cluster.delete(home)
    assert not delete(cluster).errors
    assert home not in cluster.ids
