"""Pods that fit on no node: too little left, no matching labels, or taints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import partial

from kfinstall.doctor.changing import update
from kfinstall.doctor.fitting import Obstacle, Stuck, amount_words, free_by_node, pod_requests, stuck_pods
from kfinstall.doctor.gpus import FORMER, GPUS
from kfinstall.doctor.grouping import by_workload, ids, names, place, pods_in_words, ref, said
from kfinstall.doctor.kinds import CLAIM, NODE, POD, VOLUME
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import Manifest, ResourceId

_MINIKUBE = "minikube.k8s.io/name"


def _find_too_little(snapshot: Snapshot) -> Iterator[Found]:
    short = ((stuck.pod, (_lacking(stuck), stuck.nearest_names)) for stuck in stuck_pods(snapshot) if _lacking(stuck))
    for owner, (obstacles, nodes), pods in by_workload(short, snapshot):
        lacks = "; ".join(_most_left(one, nodes, snapshot) for one in obstacles)
        yield Found(
            owner,
            f"{pods_in_words(pods)} fits on no node: {lacks}",
            room_hint(obstacles, owner, snapshot),
            ids(pods),
            (*_holders(obstacles, snapshot), *said(pods, snapshot, "FailedScheduling")),
        )


def _lacking(stuck: Stuck) -> tuple[Obstacle, ...]:
    """Give the amounts that the nearest nodes are short of; how much each has left is told apart."""
    found = [one for one in stuck.by("full", "too-small", "absent") if one.what not in (*GPUS, FORMER)]
    return tuple(dict.fromkeys(one._replace(has="") for one in found))


def _most_left(obstacle: Obstacle, nodes: Sequence[str], snapshot: Snapshot) -> str:
    """Say what it lacks, and how much of that the node has that has most, of those where it could be."""
    free = {name: free_by_node(snapshot)[name].get(obstacle.what, Decimal(0)) for name in nodes}
    if not free:
        return f"it asks for {obstacle.wanted} {obstacle.what}, and there is no node"
    if obstacle.kind == "absent":
        return f"it asks for {obstacle.wanted} {obstacle.what}, which no node offers"
    best = max(free, key=lambda name: free[name])
    has = amount_words(obstacle.what, max(free[best], Decimal(0)))
    return f"it asks for {obstacle.wanted} {obstacle.what}, and node {best}, which has most left, has {has}"


def room_hint(obstacles: tuple[Obstacle, ...], owner: ResourceId, snapshot: Snapshot) -> str:
    """Say how to get more of what is short: a larger minikube, or another node."""
    minikube = next((n for n in snapshot.of(NODE) if _MINIKUBE in part(n["metadata"], "labels")), None)
    if minikube is not None:
        name = part(minikube["metadata"], "labels")[_MINIKUBE]
        return (
            f"make a larger one: minikube delete -p {name} && minikube start -p {name} --cpus 4 --memory 16g"
            " --disk-size 40g (an existing one is not resized)"
        )
    what = " and ".join(one.what for one in obstacles)
    return f"add a node, free {what}, or let it ask for less: kubectl {place(owner)}edit {ref(owner)}"


def _holders(obstacles: tuple[Obstacle, ...], snapshot: Snapshot) -> Iterator[str]:
    """Say which pods hold most of what is missing."""
    for obstacle in obstacles:
        most = snapshot.memo(f"most {obstacle.what}", partial(_most, obstacle.what))
        if obstacle.what != "pods" and most:
            words = (f"{_full_name(pod)} {amount_words(obstacle.what, amount)}" for amount, pod in most)
            yield f"{obstacle.what} is held by {', '.join(words)}"


def _most(resource: str, snapshot: Snapshot) -> Sequence[tuple[Decimal, Manifest]]:
    """Give the three pods that hold most of a resource, with how much."""
    held = [(pod_requests(pod).get(resource, Decimal(0)), pod) for pod in snapshot.of(POD) if _is_placed(pod)]
    return [one for one in sorted(held, key=lambda item: item[0], reverse=True)[:3] if one[0]]


def _is_placed(pod: Manifest) -> bool:
    return bool(part(pod, "spec").get("nodeName")) and part(pod, "status").get("phase") in ("Pending", "Running")


def _full_name(manifest: Manifest) -> str:
    return f"{manifest['metadata'].get('namespace')}/{manifest['metadata']['name']}"


def _find_wrong_labels(snapshot: Snapshot) -> Iterator[Found]:
    unmatched = ((stuck.pod, stuck.by("labels")) for stuck in stuck_pods(snapshot) if stuck.by("labels"))
    for owner, obstacles, pods in by_workload(unmatched, snapshot):
        wanted = names(one.what for one in obstacles)
        yield Found(
            owner,
            f"{pods_in_words(pods)} wants a node with label {wanted}, and none has it{_nearest(obstacles, snapshot)}",
            f"label a node: kubectl label node NODE {obstacles[0].what}; or correct it: kubectl {place(owner)}edit "
            f"{ref(owner)}",
            ids(pods),
            said(pods, snapshot, "FailedScheduling"),
        )


def _nearest(obstacles: tuple[Obstacle, ...], snapshot: Snapshot) -> str:
    labels = {f"{k}={v}" for node in snapshot.of(NODE) for k, v in part(node["metadata"], "labels").items()}
    near = get_close_matches(obstacles[0].what, sorted(labels), n=1, cutoff=0.5)
    return f"; there is {near[0]}" if near else ""


def _find_taints(snapshot: Snapshot) -> Iterator[Found]:
    kept_off = ((stuck.pod, stuck.by("taint")) for stuck in stuck_pods(snapshot) if stuck.by("taint"))
    for owner, obstacles, pods in by_workload(kept_off, snapshot):
        taints = tuple(dict.fromkeys(one.what for one in obstacles))
        yield Found(
            owner,
            f"{pods_in_words(pods)} does not tolerate the taint {names(taints)} of the nodes that would do",
            f"let it: add a toleration for {taints[0]}; or take the taint away: kubectl taint nodes NODE {taints[0]}-",
            ids(pods),
            said(pods, snapshot, "FailedScheduling"),
            fix=tuple(_tolerating(owner, taints, snapshot)),
        )


def _tolerating(owner: ResourceId, taints: tuple[str, ...], snapshot: Snapshot) -> Iterator[Step]:
    """Give the change that makes a workload tolerate the taints; none for what has no pod template of its own."""
    live = snapshot.find(owner)
    if live is not None and owner.kind in ("Deployment", "StatefulSet", "DaemonSet"):
        path = ("spec", "template", "spec", "tolerations")
        added = [_toleration(taint) for taint in taints]
        yield update(live, path, lambda there: [*(there or ()), *added], f"{owner} tolerates {', '.join(taints)}")


def _toleration(taint: str) -> dict[str, str]:
    key, _, effect = taint.rpartition(":")
    name, equals, value = key.partition("=")
    how = {"operator": "Equal", "value": value} if equals else {"operator": "Exists"}
    return {"key": name, **how, "effect": effect}


_NODES = (NODE, POD)

CHECKS = (
    Check(
        "KF601",
        "Too little CPU, memory or disk is left on every node",
        Severity.ERROR,
        _find_too_little,
        remedy="Add a node, free what others hold, or ask for less.",
        docs="""What a node has left is recomputed: what it may give away (`status.allocatable`) less what the pods
on it ask for. The nodes nearest to taking the pod decide the cause. The scheduler's own sentence is
shown as evidence only: it changes between versions. On minikube the hint has the flags; an existing
machine is not resized.""",
        reads=_NODES,
        helps=(CLAIM, VOLUME),
        is_proven=True,
    ),
    Check(
        "KF603",
        "No node has the labels that a pod wants",
        Severity.ERROR,
        _find_wrong_labels,
        remedy="Label a node, or correct nodeSelector or affinity.",
        docs="""`nodeSelector` and required node affinity are matched against the labels of all nodes; the label
that comes nearest is shown, since most such mistakes are typing errors or another cloud's labels.""",
        reads=_NODES,
        is_proven=True,
    ),
    Check(
        "KF604",
        "The nodes that would do have a taint that the pod does not tolerate",
        Severity.ERROR,
        _find_taints,
        remedy="Tolerate the taint, or remove it from a node.",
        docs="""Taints and tolerations are compared here, since the scheduler no longer names the taint (`had
untolerated taint(s)`). GPU nodes have one on most clouds; the platforms' overlays tolerate it.
`--fix` adds the toleration to the workload's pod template.""",
        reads=_NODES,
        fix="ask",
        is_proven=True,
    ),
)
