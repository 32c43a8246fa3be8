"""Members of the record whose kind the API server does not serve at the moment: they are not taken for gone."""

from __future__ import annotations

import pytest

from kfinstall.apply import Options, read_inventory
from kfinstall.resource import GroupKind, ResourceId
from tests.apply.sets import TARGET, THING, apply, delete, new_cluster, twelve, without
from tests.fakes import FakeCluster

DEFINITION = ResourceId("apiextensions.k8s.io", "CustomResourceDefinition", "", "things.example.com")
KIND = GroupKind("example.com", "Thing")


def members(cluster: FakeCluster) -> set[ResourceId]:
    return {member.id for member in read_inventory(TARGET, cluster).members}


@pytest.fixture
def cluster() -> FakeCluster:
    """Give a cluster with the set of twelve, but that somebody else brought the definition."""
    cluster = new_cluster()
    [definition] = (resource for resource in twelve() if resource.id == DEFINITION)
    cluster.put(definition.manifest)
    assert apply(cluster, without(twelve(), DEFINITION)).errors == []
    return cluster


def make_unserved(cluster: FakeCluster, how: str) -> None:
    if how == "the API does not answer":
        cluster.broken.add("example.com")
        cluster.take_away(DEFINITION)
    else:
        cluster.not_served_yet.add(KIND)


@pytest.mark.parametrize("how", ["the API does not answer", "the API server has just started"])
def test_what_is_no_longer_in_the_set_and_cannot_be_looked_at_stays_recorded_until_it_can(
    cluster: FakeCluster, how: str
):
    thing = cluster.peek(THING)
    make_unserved(cluster, how)
    left = apply(cluster, without(twelve(), DEFINITION, THING))
    assert left.errors == []
    assert f"{THING}: its API does not answer" in left.summary
    assert THING in members(cluster)
    cluster.broken.clear()
    cluster.not_served_yet.clear()
    cluster.put({**next(one for one in twelve() if one.id == DEFINITION).manifest})
    if THING not in cluster.ids:
        cluster.put(thing)
    assert apply(cluster, without(twelve(), DEFINITION, THING)).errors == []
    assert THING not in cluster.ids | members(cluster)


@pytest.mark.parametrize("how", ["the API does not answer", "the API server has just started"])
def test_a_delete_leaves_it_and_its_namespace_and_says_so(cluster: FakeCluster, how: str):
    make_unserved(cluster, how)
    left = delete(cluster, Options(delete_data=True))
    assert left.errors == []
    assert f"{THING}: its API does not answer" in left.summary
    assert members(cluster) == {THING, ResourceId("", "Namespace", "", "app")}


def test_what_went_with_its_definition_is_forgotten():
    cluster = new_cluster()
    assert apply(cluster, twelve()).errors == []
    cluster.take_away(DEFINITION)
    assert apply(cluster, without(twelve(), DEFINITION, THING)).errors == []
    assert not {DEFINITION, THING} & members(cluster)


def test_a_delete_right_after_the_api_server_started_leaves_the_definition_to_the_next_one():
    cluster = new_cluster()
    assert apply(cluster, twelve()).errors == []
    cluster.not_served_yet.add(KIND)
    assert delete(cluster, Options(delete_data=True)).errors == []
    assert {DEFINITION, THING} <= cluster.ids & members(cluster)
    cluster.not_served_yet.clear()
    assert delete(cluster, Options(delete_data=True)).errors == []
    assert cluster.ids == {ResourceId("", "Namespace", "", "default")}


def test_who_may_not_read_definitions_forgets_it(cluster: FakeCluster):
    """Nobody can tell then whether its kind is gone; that an API does not answer is told without a right."""
    cluster.not_served_yet.add(KIND)
    cluster.forbidden.add(("list", DEFINITION.group_kind, False))
    assert apply(cluster, without(twelve(), DEFINITION, THING)).errors == []
    assert THING not in members(cluster)
