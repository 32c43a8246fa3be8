"""Whatever the graph: no resource is sent before what it depends on, and none waits for anything else."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfinstall.apply import Options, preview
from kfinstall.errors import LockHeldError
from kfinstall.resource import Origin, Resource, ResourceId
from tests.apply.sets import TARGET, Outcome, apply, delete, new_cluster, twelve
from tests.fakes import FakeCluster, Killed


class Node(NamedTuple):
    """One Deployment: how long it takes to get healthy, and which earlier ones it needs."""

    delay_s: int
    needs: frozenset[int]


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    count = draw(st.integers(1, 12))
    return [
        Node(draw(st.integers(0, 50)), draw(st.frozensets(st.integers(0, n - 1), max_size=3)) if n else frozenset())
        for n in range(count)
    ]


def id_of_node(number: int) -> ResourceId:
    return ResourceId("apps", "Deployment", "app", f"d{number}")


def resource(number: int, node: Node) -> Resource:
    needs = ", ".join(f"apps/namespaces/app/Deployment/d{other}" for other in sorted(node.needs))
    annotations = {"annotations": {"config.kubernetes.io/depends-on": needs}} if needs else {}
    metadata = {"name": f"d{number}", "namespace": "app", **annotations}
    return Resource(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}},
        Origin("set.yaml", number + 1),
    )


def critical_path_s(nodes: list[Node]) -> float:
    @cache
    def end_s(number: int) -> float:
        return nodes[number].delay_s + max((end_s(other) for other in nodes[number].needs), default=0.0)

    return max(end_s(number) for number in range(len(nodes)))


def run(nodes: list[Node], order: list[int]) -> tuple[FakeCluster, Outcome]:
    cluster = new_cluster("app")
    for number, node in enumerate(nodes):
        cluster.healthy_after_s[id_of_node(number)] = float(node.delay_s)
    return cluster, apply(cluster, [resource(number, nodes[number]) for number in order])


@settings(max_examples=60, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_every_edge_is_respected_and_the_run_takes_as_long_as_its_longest_path(nodes: list[Node], random) -> None:
    order = list(range(len(nodes)))
    random.shuffle(order)
    cluster, outcome = run(nodes, order)
    assert outcome.errors == []
    sent = {event.id: event.at_s for event in outcome.of("sent")}
    healthy = {event.id: event.at_s for event in outcome.of("health") if event.health == "Current"}
    for number, node in enumerate(nodes):
        for other in node.needs:
            assert healthy[id_of_node(other)] <= sent[id_of_node(number)]
    assert cluster.clock.elapsed_s <= critical_path_s(nodes) + 1e-6


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_what_depends_on_a_failed_one_is_skipped_and_nothing_else(nodes: list[Node], data: st.DataObject) -> None:
    broken = data.draw(st.integers(0, len(nodes) - 1))
    nodes = [*nodes]
    cluster = new_cluster("app")
    for number, node in enumerate(nodes):
        cluster.healthy_after_s[id_of_node(number)] = None if number == broken else float(node.delay_s)
    outcome = apply(cluster, [resource(number, node) for number, node in enumerate(nodes)], Options(timeout_s=100))
    doomed: set[int] = {broken}
    for number, node in enumerate(nodes):
        if node.needs & doomed:
            doomed.add(number)
    assert {event.id for event in outcome.of("skipped")} == {id_of_node(n) for n in doomed - {broken}}
    assert {event.id for event in outcome.of("sent")} == {id_of_node(n) for n in set(range(len(nodes))) - doomed} | {
        id_of_node(broken)
    }


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_removal_goes_the_other_way(nodes: list[Node]) -> None:
    cluster, _ = run(nodes, list(range(len(nodes))))
    outcome = delete(cluster)
    gone = [event.id for event in outcome.of("pruned")]
    for number, node in enumerate(nodes):
        for other in node.needs:
            assert gone.index(id_of_node(number)) < gone.index(id_of_node(other))


def test_what_is_shown_is_what_is_done() -> None:
    cluster = new_cluster()
    plan = preview(twelve(), TARGET, cluster)
    outcome = apply(cluster, twelve())
    assert {(change.id, change.action) for change in plan.changes} == {(e.id, e.action) for e in outcome.of("sent")}


def test_two_installers_at_once_never_interleave() -> None:
    """One is killed at each of its requests while the other waits; whoever writes holds the lock."""
    for number in range(1, 40, 3):
        cluster = new_cluster()
        cluster.kill_at(number, answered=True)
        with pytest.raises(Killed):
            apply(cluster, twelve())
        cluster.revive()
        holders = holders_at_writes(cluster)
        outcome = apply(cluster, twelve())
        assert not any(isinstance(error, LockHeldError) for error in outcome.errors)
        assert len(set(holders)) <= 1


def holders_at_writes(cluster: FakeCluster) -> list[str]:
    """Note, from now on, who held the lock at each server-side apply."""
    lease = ResourceId("coordination.k8s.io", "Lease", "kfinstall-system", "demo")
    holders: list[str] = []

    def note(_: int, request: object) -> None:
        if request[0] == "apply":  # type: ignore[index]
            holders.append(cluster.peek(lease)["spec"]["holderIdentity"])

    cluster.before.append(note)
    return holders
