from __future__ import annotations

import pytest

from kfinstall.apply import Installation, installations
from kfinstall.apply.record import ensure_key, read_record, remove_record, write_record
from kfinstall.errors import ClusterError, InputError
from kfinstall.plan.model import Inventory, Member
from kfinstall.resource import ResourceId
from tests.apply.sets import TARGET, apply, new_cluster, twelve
from tests.fakes import FakeCluster, Killed

HOME = "kfinstall-system"


@pytest.fixture
def cluster() -> FakeCluster:
    return new_cluster(HOME)


def inventory(count: int, mark: str = "a") -> Inventory:
    digest = "d" * 22
    members = (
        Member(ResourceId("", "ConfigMap", "app", f"name-{n}"), "v1", f"{mark:-<30}-{n:05}", digest, digest)
        for n in range(count)
    )
    return Inventory("demo", HOME, tuple(members), 1)


def test_what_is_written_is_read_back(cluster: FakeCluster):
    record = ensure_key(read_record(TARGET, cluster), cluster)
    write_record(record, inventory(3), cluster)
    again = read_record(TARGET, cluster)
    assert again.inventory == inventory(3)
    assert again.key == record.key
    assert len(again.key) == 32


def test_ten_thousand_members_are_split_and_read_back(cluster: FakeCluster):
    write_record(read_record(TARGET, cluster), inventory(10_000), cluster)
    maps = [id for id in cluster.ids if id.kind == "ConfigMap"]
    assert len(maps) > 1
    assert read_record(TARGET, cluster).known == inventory(10_000)


@pytest.mark.parametrize("answered", [False, True])
def test_killed_while_a_split_record_is_written_it_is_the_old_or_the_new_one(answered: bool):
    number = 0
    while True:
        number += 1
        cluster = new_cluster(HOME)
        write_record(read_record(TARGET, cluster), inventory(12_000, "old"), cluster)
        record = read_record(TARGET, cluster)
        cluster.kill_at(number, answered=answered)
        try:
            write_record(record, inventory(12_000, "new"), cluster)
        except Killed:
            cluster.revive()
            assert read_record(TARGET, cluster).known in (inventory(12_000, "old"), inventory(12_000, "new"))
        else:
            break
    assert number > 3


def test_a_record_that_someone_else_wrote_meanwhile_is_not_overwritten(cluster: FakeCluster):
    first = write_record(read_record(TARGET, cluster), inventory(1), cluster)
    write_record(first, inventory(2), cluster)
    with pytest.raises(ClusterError, match="was changed by someone else"):
        write_record(first, inventory(3), cluster)
    assert read_record(TARGET, cluster).known == inventory(2)


def test_our_own_write_whose_answer_was_lost_is_no_conflict(cluster: FakeCluster):
    first = write_record(read_record(TARGET, cluster), inventory(1), cluster)
    write_record(first, inventory(2), cluster)
    assert write_record(first, inventory(2), cluster).inventory == inventory(2)


def test_a_config_map_of_that_name_that_is_no_record_is_left_alone(cluster: FakeCluster):
    cluster.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "demo", "namespace": HOME}})
    outcome = apply(cluster, twelve())
    assert isinstance(outcome.errors[0], InputError)
    assert "--name" in outcome.texts
    assert cluster.writes == []


def test_a_record_that_lost_a_part_is_an_error_and_nothing_is_written(cluster: FakeCluster):
    write_record(read_record(TARGET, cluster), inventory(10_000), cluster)
    cluster.take_away(next(id for id in cluster.ids if "-members-" in id.name))
    with pytest.raises(ClusterError, match="damaged"):
        read_record(TARGET, cluster)


def test_a_record_is_removed_with_all_its_parts_and_its_key(cluster: FakeCluster):
    before = cluster.ids
    record = ensure_key(read_record(TARGET, cluster), cluster)
    write_record(record, inventory(10_000), cluster)
    remove_record(TARGET, cluster)
    assert cluster.ids == before


def test_installations_are_found_in_one_namespace_or_in_all():
    cluster = new_cluster("app", "other")
    for target in (Installation("b", "app"), Installation("a", "app"), Installation("c", "other")):
        write_record(read_record(target, cluster), Inventory(target.name, target.namespace), cluster)
    assert [one.name for one in installations(cluster, None)] == ["a", "b", "c"]
    assert installations(cluster, "other") == (Installation("c", "other"),)


def test_a_name_that_kubernetes_would_refuse_is_an_input_error():
    with pytest.raises(InputError, match="'My_Name'"):
        Installation("My_Name")
