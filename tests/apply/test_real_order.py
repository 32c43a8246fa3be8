"""Random graphs on a real API server, with Deployments that take their time: its own versions say what came first."""

from __future__ import annotations

import random
import time

import pytest

from kfinstall.cluster.api import ApiCluster
from kfinstall.resource import GroupKind, Origin, Resource, ResourceId
from tests.apply.real import CLOCK, apply
from tests.apply.witness import Witness

NODES = 14
BROKEN_IMAGE = "fault.local.kfinstall.dev/image-pull"
DEPLOYMENT = GroupKind("apps", "Deployment")


def needs_of(dice: random.Random) -> list[set[int]]:
    """Give, for each node, which of those before it must be healthy first."""
    return [set(dice.sample(range(n), min(n, dice.randint(0, 2)))) for n in range(NODES)]


def deployment(number: int, needs: set[int], namespace: str, delay_s: int, image: str) -> Resource:
    """Give a Deployment whose controller calls it available after so many seconds."""
    references = ",".join(f"apps/namespaces/{namespace}/Deployment/d{other}" for other in sorted(needs))
    annotations = {"config.kubernetes.io/depends-on": references} if references else {}
    labels = {"app": f"d{number}"}
    containers = [{"name": "main", "image": image}]
    return Resource(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": f"d{number}", "namespace": namespace, "annotations": annotations},
            "spec": {
                "replicas": 1,
                "minReadySeconds": delay_s,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            },
        },
        Origin("set.yaml", number + 1),
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_server_has_seen_every_edge_respected_and_only_what_needs_the_broken_one_is_left_out(
    cluster: ApiCluster, namespace: str, seed: int
):
    dice = random.Random(seed)
    needs = needs_of(dice)
    broken = dice.randrange(3, NODES) if seed else None
    nodes = [
        deployment(n, needs[n], namespace, dice.randint(0, 2), BROKEN_IMAGE if n == broken else "example.com/app:1")
        for n in range(NODES)
    ]
    ids = [resource.id for resource in nodes]
    dice.shuffle(nodes)
    witness = Witness(time.monotonic)
    watch = cluster.watch(DEPLOYMENT, namespace, witness)
    outcome = apply(cluster, namespace, nodes)

    doomed = {broken} - {None}
    for n in range(NODES):
        if needs[n] & doomed:
            doomed.add(n)
    made = {id for n, id in enumerate(ids) if n not in doomed or n == broken}
    hear_all(witness, made - {ids[n] for n in doomed})
    watch.close()
    assert witness.created.keys() == made
    for id in witness.created:
        for other in needs[ids.index(id)]:
            assert witness.is_before(witness.healthy[ids[other]], witness.created[id])
    assert {event.id for event in outcome.of("skipped")} == {ids[n] for n in doomed - {broken}}
    assert failed_in(outcome.errors) == ([] if broken is None else [ids[broken]])


def hear_all(witness: Witness, healthy: set[ResourceId]) -> None:
    """Wait until the witness has heard what the run has heard already."""
    for _ in range(200):
        if healthy <= witness.healthy.keys():
            return
        CLOCK.sleep(0.05)


def failed_in(errors: list[BaseException]) -> list[ResourceId]:
    """Give the resources that did not get healthy."""
    return [error.id for error in errors if hasattr(error, "id")]
