"""Whatever the graph: no resource is sent before what it depends on, and none waits for anything else."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfinstall.apply import Options, preview
from kfinstall.errors import LockHeldError
from kfinstall.resource import Origin, Resource, ResourceId
from tests.apply.sets import TARGET, Outcome, apply, delete, new_cluster, twelve
from tests.apply.witness import Witness
from tests.fakes import FakeCluster, Killed

STORAGE_CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "disks", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "disks.example.com",
}


class Node(NamedTuple):
    """One Deployment: how long it takes to get healthy, which earlier ones it needs, and how late its claim is bound.

    Of the Deployment it is waited for until it is healthy; of its claim, where it has one, until it is applied.
    """

    delay_s: int
    needs: frozenset[int]
    claim_s: int | None = None


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    count = draw(st.integers(1, 12))
    return [
        Node(
            draw(st.integers(0, 50)),
            draw(st.frozensets(st.integers(0, n - 1), max_size=3)) if n else frozenset(),
            draw(st.none() | st.integers(0, 99)),
        )
        for n in range(count)
    ]


def id_of_node(number: int) -> ResourceId:
    return ResourceId("apps", "Deployment", "app", f"d{number}")


def id_of_claim(number: int) -> ResourceId:
    return ResourceId("", "PersistentVolumeClaim", "app", f"d{number}")


def resources_of(number: int, node: Node) -> list[Resource]:
    needs = ", ".join(f"apps/namespaces/app/Deployment/d{other}" for other in sorted(node.needs))
    metadata = {"name": f"d{number}", "namespace": "app"}
    spec: dict[str, Any] = {"replicas": 1}
    made = []
    if node.claim_s is not None:
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {}}
        made.append(Resource(claim, Origin("set.yaml", number + 1)))
        volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": f"d{number}"}}]
        spec["template"] = {"spec": {"containers": [], "volumes": volumes}}
    annotations = {"annotations": {"config.kubernetes.io/depends-on": needs}} if needs else {}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**metadata, **annotations}, "spec": spec}
    return [*made, Resource(deployment, Origin("set.yaml", number + 1))]


def starts_s(nodes: list[Node]) -> list[float]:
    """Give when each node may be sent at the earliest: when the last of those it needs is healthy."""
    found: list[float] = []
    for node in nodes:
        found.append(max((found[other] + nodes[other].delay_s for other in node.needs), default=0.0))
    return found


def critical_path_s(nodes: list[Node]) -> float:
    claims_s = [float(node.claim_s or 0) for node in nodes]
    ends_s = [start_s + node.delay_s for start_s, node in zip(starts_s(nodes), nodes, strict=True)]
    return max(*ends_s, *claims_s)


def prepared(nodes: list[Node], broken: int | None = None) -> tuple[FakeCluster, Witness]:
    """Give a cluster where each node takes its time, and who writes down what becomes of them."""
    cluster = new_cluster("app")
    cluster.put(STORAGE_CLASS)
    for number, node in enumerate(nodes):
        cluster.healthy_after_s[id_of_node(number)] = None if number == broken else float(node.delay_s)
        cluster.healthy_after_s[id_of_claim(number)] = float(node.claim_s or 0)
    witness = Witness(lambda: cluster.clock.elapsed_s)
    for id in (id_of_node(0), id_of_claim(0)):
        cluster.watch(id.group_kind, "app", witness)
    return cluster, witness


def run(nodes: list[Node], order: list[int]) -> tuple[FakeCluster, Witness, Outcome]:
    cluster, witness = prepared(nodes)
    return cluster, witness, apply(cluster, [r for number in order for r in resources_of(number, nodes[number])])


@settings(max_examples=200, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_every_edge_is_respected_and_the_run_takes_as_long_as_its_longest_path(nodes: list[Node], random) -> None:
    order = list(range(len(nodes)))
    random.shuffle(order)
    cluster, witness, outcome = run(nodes, order)
    assert outcome.errors == []
    for number, node in enumerate(nodes):
        for other in node.needs:
            assert witness.is_before(witness.healthy[id_of_node(other)], witness.created[id_of_node(number)])
        if node.claim_s is not None:
            assert witness.is_before(witness.created[id_of_claim(number)], witness.created[id_of_node(number)])
    assert cluster.clock.elapsed_s <= critical_path_s(nodes) + 1e-6


@settings(max_examples=60, deadline=None)
@given(graphs(), st.data())
def test_a_failed_one_skips_what_depends_on_it_and_delays_nothing_else(nodes: list[Node], data: st.DataObject) -> None:
    broken = data.draw(st.integers(0, len(nodes) - 1))
    cluster, witness = prepared(nodes, broken)
    outcome = apply(
        cluster, [r for number, node in enumerate(nodes) for r in resources_of(number, node)], Options(timeout_s=1000)
    )
    doomed: set[int] = {broken}
    for number, node in enumerate(nodes):
        if node.needs & doomed:
            doomed.add(number)
    skipped = {event.id for event in outcome.of("skipped")}
    assert skipped == {id_of_node(n) for n in doomed - {broken}}
    for number, start_s in enumerate(starts_s(nodes)):
        if number in doomed - {broken}:
            assert id_of_node(number) not in witness.created
            causes = [f"it needs {id_of_node(other)}, which " for other in nodes[number].needs & doomed]
            assert reason_of(outcome, number).startswith(tuple(causes))
        else:
            assert witness.created[id_of_node(number)].at_s == pytest.approx(start_s)
    if skipped:
        assert f"skipped because of {id_of_node(broken)}: " in outcome.summary


def reason_of(outcome: Outcome, number: int) -> str:
    """Give why a node was skipped."""
    return next(event.reason for event in outcome.of("skipped") if event.id == id_of_node(number))


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_removal_goes_the_other_way(nodes: list[Node]) -> None:
    cluster, _, _ = run(nodes, list(range(len(nodes))))
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
