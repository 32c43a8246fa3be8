"""Why a pod fits on no node, recomputed from nodes and pods: what each node has free, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from kfinstall.doctor.claims import waits_for_others
from kfinstall.doctor.kinds import CLAIM, NODE, POD, VOLUME
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.pods import has_ended
from kfinstall.health.reading import condition, is_true
from kfinstall.health.scheduling import requests_of, tolerates
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest

Kind: TypeAlias = Literal["not-ready", "cordoned", "labels", "taint", "absent", "too-small", "full", "volume"]

Wanted: TypeAlias = tuple[tuple[str, Decimal], ...]
"""What a pod asks for: resources with their amounts."""
_NOTHING: Final = Decimal(0)

WEIGHTS: Final[Mapping[Kind, int]] = {
    "full": 1,
    "cordoned": 2,
    "not-ready": 2,
    "taint": 2,
    "volume": 3,
    "labels": 4,
    "too-small": 6,
    "absent": 8,
}
"""How far an obstacle is from being none: what is full may become free, what a node has not it never gets. The nodes
with the least weight are those that a person would have thought of; where some have the labels that a pod names, one
of these is meant."""


class Obstacle(NamedTuple):
    """One thing that keeps a pod from a node. `what` names it: the resource, the taint, the labels."""

    kind: Kind
    what: str
    wanted: str = ""
    has: str = ""


class Stuck(NamedTuple):
    """A pod without a node, the nodes nearest to taking it, and what stands in their way."""

    pod: Manifest
    nearest: tuple[Manifest, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def nearest_names(self) -> tuple[str, ...]:
        """The names of the nearest nodes."""
        return tuple(_name(node) for node in self.nearest)

    def by(self, *kinds: Kind) -> tuple[Obstacle, ...]:
        """Give the obstacles of some kinds."""
        return tuple(one for one in self.obstacles if one.kind in kinds)


def stuck_pods(snapshot: Snapshot) -> Sequence[Stuck]:
    """Give the pods that the scheduler found no node for, and why; without those that only wait for a claim."""
    return snapshot.memo("stuck", lambda whole: tuple(_stuck(pod, whole) for pod in _waiting(whole)))


def _waiting(snapshot: Snapshot) -> Iterator[Manifest]:
    for pod in snapshot.of(POD):
        if is_unschedulable(pod) and not _waits_for_claim(pod, snapshot):
            yield pod


def is_unschedulable(pod: Manifest) -> bool:
    """Did the scheduler look at it and find no node?"""
    if part(pod, "spec").get("nodeName") or part(pod, "metadata").get("deletionTimestamp"):
        return False
    scheduled = condition(pod, "PodScheduled")
    return scheduled.get("status") == "False" and scheduled.get("reason") != "SchedulingGated"


def claims_of(pod: Manifest) -> Iterator[str]:
    """Give the names of the claims that a pod mounts; those of generic ephemeral volumes too."""
    for volume in part(pod, "spec").get("volumes") or ():
        if name := part(volume, "persistentVolumeClaim").get("claimName"):
            yield str(name)
        elif part(volume, "ephemeral"):
            yield f"{pod['metadata']['name']}-{volume.get('name')}"


def _waits_for_claim(pod: Manifest, snapshot: Snapshot) -> bool:
    """Is a claim of it missing, or not bound and not left to the scheduler?"""
    if not snapshot.has(CLAIM):
        return False
    namespace = str(pod["metadata"].get("namespace") or "")
    claims = [snapshot.get(CLAIM, namespace, name) for name in claims_of(pod)]
    return any(claim is None or snapshot.memo("late", _late_claims).get(_key(claim), False) for claim in claims)


def _late_claims(snapshot: Snapshot) -> Mapping[tuple[str, str], bool]:
    return {_key(claim): waits_for_others(claim, snapshot) for claim in snapshot.of(CLAIM)}


def _key(claim: Manifest) -> tuple[str, str]:
    return str(claim["metadata"].get("namespace") or ""), str(claim["metadata"]["name"])


def _stuck(pod: Manifest, snapshot: Snapshot) -> Stuck:
    free, wanted = free_by_node(snapshot), tuple(sorted(pod_requests(pod).items()))
    judged = [(node, _obstacles(pod, node, wanted, free[_name(node)], snapshot)) for node in snapshot.of(NODE)]
    meant = [one for one in judged if not any(obstacle.kind == "labels" for obstacle in one[1])] or judged
    least = min((_weight(obstacles) for _, obstacles in meant), default=0)
    nearest = [(node, obstacles) for node, obstacles in meant if _weight(obstacles) == least]
    found = dict.fromkeys(one for _, obstacles in nearest for one in obstacles)
    return Stuck(pod, tuple(node for node, _ in nearest), tuple(found))


def _weight(obstacles: Sequence[Obstacle]) -> int:
    return sum(WEIGHTS[one.kind] for one in obstacles)


def free_by_node(snapshot: Snapshot) -> Mapping[str, Mapping[str, Decimal]]:
    """Give what each node has left of every resource: what it may give away less what its pods ask for."""
    return snapshot.memo("free", _free_by_node)


def _free_by_node(snapshot: Snapshot) -> Mapping[str, Mapping[str, Decimal]]:
    free = {_name(node): _amounts(part(node, "status").get("allocatable")) for node in snapshot.of(NODE)}
    for pod in snapshot.of(POD):
        left = free.get(str(part(pod, "spec").get("nodeName")))
        if left is not None and not has_ended(pod):
            for resource, asked in pod_requests(pod).items():
                left[resource] = left.get(resource, Decimal(0)) - asked
    return free


def pod_requests(pod: Manifest) -> dict[str, Decimal]:
    """Give what a pod takes of its node: its containers' requests, itself as one of the pods, and its overhead."""
    asked = requests_of(part(pod, "spec"))
    asked["pods"] = Decimal(1)
    for resource, amount in _amounts(part(pod, "spec").get("overhead")).items():
        asked[resource] = asked.get(resource, Decimal(0)) + amount
    return asked


def _amounts(quantities: Any) -> dict[str, Decimal]:
    return {str(name): parse_quantity(value) or Decimal(0) for name, value in (quantities or {}).items()}


def obstacles_to(
    pod: Manifest, node: Manifest, free: Mapping[str, Decimal], snapshot: Snapshot
) -> tuple[Obstacle, ...]:
    """Give all that keeps a pod from a node; none where it would fit."""
    return _obstacles(pod, node, tuple(sorted(pod_requests(pod).items())), free, snapshot)


def _obstacles(
    pod: Manifest, node: Manifest, wanted: Wanted, free: Mapping[str, Decimal], snapshot: Snapshot
) -> tuple[Obstacle, ...]:
    return (
        *_unusable(node),
        *_labels(part(pod, "spec"), node),
        *_taints(part(pod, "spec"), node),
        *_resources(wanted, part(part(node, "status"), "allocatable"), free),
        *_volumes(pod, node, snapshot),
    )


def _unusable(node: Manifest) -> Iterator[Obstacle]:
    if not is_true(node, "Ready"):
        yield Obstacle("not-ready", _name(node))
    elif part(node, "spec").get("unschedulable"):
        yield Obstacle("cordoned", _name(node))


def _labels(spec: Mapping[str, Any], node: Manifest) -> Iterator[Obstacle]:
    labels = part(part(node, "metadata"), "labels")
    for key, value in sorted(part(spec, "nodeSelector").items()):
        if labels.get(key) != value:
            yield Obstacle("labels", f"{key}={value}", has=str(labels.get(key) or ""))
    affinity = part(part(part(spec, "affinity"), "nodeAffinity"), "requiredDuringSchedulingIgnoredDuringExecution")
    terms = affinity.get("nodeSelectorTerms") or ()
    if terms and not any(matches_term(term, node) for term in terms):
        yield Obstacle("labels", " or ".join(_term_words(term) for term in terms))


def matches_term(term: Mapping[str, Any], node: Manifest) -> bool:
    """Does a node satisfy one term of a node affinity? Source: kubernetes v1.36, component-helpers nodeaffinity."""
    labels = part(part(node, "metadata"), "labels")
    fields = {"metadata.name": _name(node)}
    expressions = [(one, labels) for one in term.get("matchExpressions") or ()]
    expressions += [(one, fields) for one in term.get("matchFields") or ()]
    return bool(expressions) and all(_satisfies(one, values) for one, values in expressions)


def _satisfies(expression: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    value, wanted = values.get(str(expression.get("key"))), expression.get("values") or []
    operator = expression.get("operator")
    if operator in ("Gt", "Lt"):
        has, limit = parse_quantity(value), parse_quantity(wanted[0] if wanted else None)
        return has is not None and limit is not None and (has > limit if operator == "Gt" else has < limit)
    answers = {"In": value in wanted, "NotIn": value not in wanted, "Exists": value is not None}
    return answers.get(str(operator), value is None)


def _term_words(term: Mapping[str, Any]) -> str:
    parts = [*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())]
    return ", ".join(
        " ".join([str(one.get("key")), str(one.get("operator")), "|".join(map(str, one.get("values") or ()))]).strip()
        for one in parts
    )


def _taints(spec: Mapping[str, Any], node: Manifest) -> Iterator[Obstacle]:
    tolerations = spec.get("tolerations") or ()
    for taint in part(node, "spec").get("taints") or ():
        blocks = taint.get("effect") in ("NoSchedule", "NoExecute")
        is_of_state = str(taint.get("key")).startswith("node.kubernetes.io/")  # told as not ready, or as cordoned
        if blocks and not is_of_state and not any(tolerates(one, taint) for one in tolerations):
            yield Obstacle("taint", taint_words(taint))


def taint_words(taint: Mapping[str, Any]) -> str:
    """Give a taint as kubectl takes it: `key=value:effect`."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"


def _resources(wanted: Wanted, allocatable: Mapping[str, Any], free: Mapping[str, Decimal]) -> Iterator[Obstacle]:
    for resource, amount in wanted:
        left = free.get(resource, _NOTHING)
        if not amount or left >= amount:
            continue
        total = parse_quantity(allocatable.get(resource)) or _NOTHING
        if resource == "pods" and not total:
            continue
        kind: Kind = "absent" if not total else "too-small" if amount > total else "full"
        yield Obstacle(kind, resource, amount_words(resource, amount), amount_words(resource, max(left, _NOTHING)))


@lru_cache(4096)
def amount_words(resource: str, amount: Decimal) -> str:
    """Give an amount as a person writes it: bytes in Gi or Mi, CPUs in cores or millicores."""
    if resource in ("memory", "ephemeral-storage") or resource.startswith("hugepages-"):
        for unit, size in (("Gi", 2**30), ("Mi", 2**20)):
            if amount >= size:
                return f"{(amount / size).quantize(Decimal('0.1')).normalize():f}{unit}"
        return f"{amount.normalize():f}"
    if resource == "cpu" and amount % 1:
        return f"{int(amount * 1000)}m"
    return f"{amount.normalize():f}"


def _volumes(pod: Manifest, node: Manifest, snapshot: Snapshot) -> Iterator[Obstacle]:
    namespace = str(pod["metadata"].get("namespace") or "")
    for name in claims_of(pod):
        claim = snapshot.get(CLAIM, namespace, name) or {}
        volume = snapshot.get(VOLUME, "", str(part(claim, "spec").get("volumeName") or "")) or {}
        required = part(part(part(volume, "spec"), "nodeAffinity"), "required")
        terms = required.get("nodeSelectorTerms") or ()
        if terms and not any(matches_term(term, node) for term in terms):
            yield Obstacle("volume", f"{_name(volume)} ({' or '.join(map(_term_words, terms))})", wanted=name)


def _name(manifest: Manifest) -> str:
    return str(part(manifest, "metadata").get("name") or "")
