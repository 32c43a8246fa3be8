"""What is to be installed, by what it asks of nodes: more than all have left, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kfinstall.doctor.checks.scheduling import room_hint
from kfinstall.doctor.fitting import Obstacle, amount_words, free_by_node, obstacles_to, pod_requests
from kfinstall.doctor.kinds import NODE, POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import as_int
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import Manifest, ResourceId, id_of

_COMPUTE = ("cpu", "memory", "ephemeral-storage", "pods")


def _find_no_room_for_render(snapshot: Snapshot) -> Iterator[Found]:
    """Compare what the render's pods ask for with what all usable nodes have left; what runs already is not counted."""
    asked: dict[str, Decimal] = {}
    for resource in snapshot.rendered or ():
        if snapshot.find(resource.id) is None:
            for name, amount in _template_requests(resource.manifest).items():
                asked[name] = asked.get(name, Decimal(0)) + amount
    for name in _COMPUTE:
        left = _left_in_all(name, snapshot)
        if asked.get(name, Decimal(0)) > left:
            yield Found(
                ResourceId("", "Cluster", "", snapshot.cluster.partition(" ")[0]),
                f"what is to be installed asks for {amount_words(name, asked[name])} {name} in all, and all nodes "
                f"together have {amount_words(name, left)} left",
                room_hint((Obstacle("full", name),), ResourceId("", "Cluster", "", ""), snapshot),
            )


def _template_requests(manifest: Manifest) -> dict[str, Decimal]:
    replicas = as_int(part(manifest, "spec").get("replicas"), 1)
    total: dict[str, Decimal] = {}
    for template in pod_templates(manifest):
        for name, amount in pod_requests({"spec": part(template, "spec")}).items():
            total[name] = total.get(name, Decimal(0)) + amount * replicas
    return total


def _left_in_all(resource: str, snapshot: Snapshot) -> Decimal:
    usable = [node for node in snapshot.of(NODE) if not _unusable(node, snapshot)]
    free = free_by_node(snapshot)
    return sum((max(free[n["metadata"]["name"]].get(resource, Decimal(0)), Decimal(0)) for n in usable), Decimal(0))


def _unusable(node: Manifest, snapshot: Snapshot) -> bool:
    nothing: Manifest = {"metadata": {}, "spec": {}}
    return any(one.kind in ("not-ready", "cordoned", "taint") for one in obstacles_to(nothing, node, {}, snapshot))


def _find_best_effort(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written():
        labels = part(part(written.manifest, "metadata"), "labels")
        if "kfinstall.dev/component" not in labels or id_of(written.manifest).kind in ("Job", "CronJob", "Workflow"):
            continue
        for template in pod_templates(written.manifest):
            if not set(pod_requests({"spec": part(template, "spec")})) - {"pods"}:
                yield Found(
                    written.id,
                    f"{written.id.kind} '{written.id.name}' asks for no CPU and no memory: its pods are evicted first",
                    "give its containers resources.requests",
                    origin=written.origin,
                )


CHECKS = (
    Check(
        "KF602",
        "What is to be installed asks for more than the cluster has left",
        Severity.ERROR,
        _find_no_room_for_render,
        remedy="Add a node, or take components out.",
        docs="""Before an install: the requests of all rendered pods that do not exist yet, against what is left on
nodes that are ready, not cordoned and have no taint.""",
        reads=(NODE, POD),
        needs=("live", "rendered"),
        is_proven=True,
    ),
    Check(
        "KF613",
        "A component asks for no CPU and no memory",
        Severity.WARNING,
        _find_best_effort,
        remedy="Give its containers requests.",
        docs="""Pods without requests have the class BestEffort: they are the first to be evicted when a node runs
out of memory, and the scheduler counts them as nothing.""",
        needs=("written",),
        is_proven=True,
    ),
)
