"""Killed at any request, refused at any request: the next run makes it right, and nothing is orphaned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kfinstall.apply import Options, read_inventory
from kfinstall.errors import ClusterError
from kfinstall.plan.history import REVISION_OF, names_of
from kfinstall.plan.inventory import PART_OF
from kfinstall.plan.kept import KEPT_FOR
from kfinstall.resource import Resource, ResourceId
from tests.apply.sets import (
    CONFIG,
    TARGET,
    THING,
    apply,
    changed,
    delete,
    new_cluster,
    specs,
    twelve,
    without,
)
from tests.fakes import FakeCluster, Killed

HOME = "kfinstall-system"
JOB = ResourceId("batch", "Job", "app", "once")


def upgraded() -> tuple[Resource, ...]:
    """The set with one resource changed, two gone and one new."""
    fresh = changed(twelve(), CONFIG, data={"colour": "red"})
    return without(fresh, THING, JOB)


def count_requests(prepare: Callable[[], FakeCluster], act: Callable[[FakeCluster], object]) -> int:
    cluster = prepare()
    before = len(cluster.requests)
    act(cluster)
    return len(cluster.requests) - before


def installed() -> FakeCluster:
    cluster = new_cluster()
    apply(cluster, twelve())
    return cluster


CASES: dict[str, tuple[Callable[[], FakeCluster], Callable[[FakeCluster], object]]] = {
    "install": (new_cluster, lambda cluster: apply(cluster, twelve())),
    "upgrade": (installed, lambda cluster: apply(cluster, upgraded())),
    "delete": (installed, lambda cluster: delete(cluster, Options(delete_data=True))),
}


def going(cluster: FakeCluster) -> set[ResourceId]:
    """All that goes by itself: namespaces that were asked to, with what is in them."""
    gone = {
        id.name
        for id in cluster.ids
        if id.kind == "Namespace" and cluster.peek(id)["metadata"].get("deletionTimestamp")
    }
    return {id for id in cluster.ids if id.namespace in gone or (id.kind == "Namespace" and id.name in gone)}


def labelled(cluster: FakeCluster) -> set[ResourceId]:
    """All that carries the label of an installation."""
    return {id for id in cluster.ids if PART_OF in (cluster.peek(id)["metadata"].get("labels") or {})}


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_request_the_next_run_converges_and_nothing_is_orphaned(case: str, answered: bool):
    prepare, act = CASES[case]
    wanted = prepare()
    act(wanted)
    number = count_requests(prepare, act)
    assert number > 20
    for n in range(1, number + 1):
        cluster = prepare()
        cluster.kill_at(n, answered=answered)
        with pytest.raises(Killed):
            act(cluster)
        cluster.revive()
        orphans = labelled(cluster) - recorded(cluster) - going(cluster)
        assert orphans == set(), f"killed at request {n}"
        outcome = act(cluster)
        assert outcome.errors == [], f"killed at request {n}"
        assert specs(cluster) == specs(wanted), f"killed at request {n}"
        assert recorded(cluster) == recorded(wanted), f"killed at request {n}"
        assert labelled(cluster) == recorded(cluster), f"killed at request {n}"
        assert past(cluster) == recorded_past(cluster), f"killed at request {n}"


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_request_and_then_deleted_nothing_is_left(case: str):
    prepare, act = CASES[case]
    for n in range(1, count_requests(prepare, act) + 1):
        cluster = prepare()
        cluster.kill_at(n, answered=True)
        with pytest.raises(Killed):
            act(cluster)
        cluster.revive()
        outcome = delete(cluster, Options(delete_data=True))
        assert outcome.errors == [], f"killed at request {n}"
        cluster.clock.sleep(5)  # a namespace that was on its way is gone then
        assert {id for id in cluster.ids if id.name != "default"} == set(), f"killed at request {n}"


@pytest.mark.parametrize("status", [0, 403, 500])
@pytest.mark.parametrize("case", CASES)
def test_refused_at_any_request_the_next_run_converges(case: str, status: int):
    prepare, act = CASES[case]
    wanted = prepare()
    act(wanted)
    for n in range(1, count_requests(prepare, act) + 1):
        cluster = prepare()
        first = len(cluster.requests) + n
        error = ClusterError("no", status=status, reason="Made up")
        cluster.before.append(lambda count, _, first=first, error=error: error if count == first else None)
        act(cluster)
        cluster.revive()
        cluster.clock.sleep(60)
        outcome = act(cluster)
        assert outcome.errors == [], f"refused at request {n}"
        assert specs(cluster) == specs(wanted), f"refused at request {n}"
        assert labelled(cluster) == recorded(cluster), f"refused at request {n}"
        assert past(cluster) == recorded_past(cluster), f"refused at request {n}"


def test_an_answer_that_was_lost_leaves_the_resource_in_the_record():
    cluster = new_cluster()
    lost = ClusterError("the connection was lost", reason="Unreachable")
    cluster.after.append(lambda _, request: lost if request == ("apply", CONFIG) else None)
    apply(cluster, twelve())
    assert CONFIG in cluster.ids
    assert CONFIG in recorded(cluster)


def test_closing_the_events_early_records_what_was_done_and_gives_the_lock_back():
    from kfinstall.apply import install

    cluster = new_cluster()
    cluster.healthy_after_s["Deployment"] = None
    events = install(twelve(), TARGET, cluster, cluster.clock)
    for event in events:
        if event.type == "sent" and event.id == CONFIG:
            break
    events.close()
    assert labelled(cluster) <= recorded(cluster)
    lease = cluster.peek(ResourceId("coordination.k8s.io", "Lease", HOME, "demo"))
    assert lease["spec"]["holderIdentity"] == ""
    cluster.healthy_after_s.clear()
    cluster.take_away(ResourceId("apps", "Deployment", "app", "web"))
    assert apply(cluster, twelve()).errors == []


def past(cluster: FakeCluster) -> set[ResourceId]:
    """All that holds the content of a revision."""
    marks = {KEPT_FOR, REVISION_OF}
    return {id for id in cluster.ids if marks & (cluster.peek(id)["metadata"].get("labels") or {}).keys()}


def recorded_past(cluster: FakeCluster) -> set[ResourceId]:
    """All of it that the record names."""
    inventory = read_inventory(TARGET, cluster)
    return set(names_of(inventory.history, HOME)) if inventory else set()


def recorded(cluster: FakeCluster) -> set[ResourceId]:
    """The ids in the record."""
    inventory = read_inventory(TARGET, cluster)
    return {member.id for member in inventory.members} if inventory else set()
