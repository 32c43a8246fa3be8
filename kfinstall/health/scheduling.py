"""Why a pod has no node. The cause is computed from the nodes where they may be read; the scheduler's words differ
from version to version and are only the fallback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from kfinstall.health.model import Health, Live, Status, failed, in_progress, part
from kfinstall.health.reading import age_s, condition, is_true, last_event, last_words
from kfinstall.health.storage import judge_claim
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest

_GRACE_S = 60.0
_UNSEEN_S = 30.0
_CLAIM_WORDS = ("persistentvolumeclaim", "PersistentVolumeClaim", "persistent volume")


def judge_scheduling(live: Live) -> Health | None:
    """Judge a pod that has no node yet, None when it has one.

    Certain after a minute, unless an autoscaler is adding a node or a claim of the pod may still be bound.
    """
    if live.spec.get("nodeName") or live.status.get("phase") not in ("Pending", None):
        return None
    scheduled = condition(live.manifest, "PodScheduled")
    if not scheduled:
        return _unseen(live)
    if scheduled.get("status") != "False":
        return None
    if scheduled.get("reason") == "SchedulingGated":
        return in_progress(f"pod '{live.metadata.get('name')}' is held back by a scheduling gate")
    return _unschedulable(live, scheduled)


def _unseen(live: Live) -> Health:
    name, scheduler = live.metadata.get("name"), live.spec.get("schedulerName") or "default-scheduler"
    if age_s(live.metadata.get("creationTimestamp"), live.now) < _UNSEEN_S:
        return in_progress(f"pod '{name}' waits for a node")
    return in_progress(f"pod '{name}' has not been looked at by its scheduler '{scheduler}'; does that one run?")


def _unschedulable(live: Live, scheduled: Mapping[str, Any]) -> Health:
    words = last_words(scheduled.get("message") or "")
    text = f"pod '{live.metadata.get('name')}' fits on no node: {why_no_node(live) or words}"
    if event := last_event(live.related, live.uid, ("TriggeredScaleUp", "NotTriggerScaleUp", "Nominated")):
        if event.get("reason") == "NotTriggerScaleUp":
            return failed(f"{text}; the autoscaler adds no node for it")
        return in_progress(f"{text}; the autoscaler is adding a node")
    is_old = age_s(scheduled.get("lastTransitionTime"), live.now) > _GRACE_S
    if any(word in words for word in _CLAIM_WORDS):
        return _claimless(live, text, is_old)
    return failed(text) if is_old else in_progress(text)


def _claimless(live: Live, text: str, is_old: bool) -> Health:
    """Judge a pod that waits for its claims: they may be bound yet, unless one is missing or never can be."""
    if not live.related.has("", "PersistentVolumeClaim"):
        return in_progress(text)
    for name in _claims_of(live.spec):
        claim = _find_claim(name, live)
        if claim is None:
            why = f"{text} (there is no claim '{name}')"
            return failed(why) if is_old else in_progress(why)
        verdict = judge_claim(live.beside(claim))
        if verdict.status is Status.FAILED:
            return failed(f"pod '{live.metadata.get('name')}' has no node: its claim '{name}' {verdict.message}")
    return in_progress(text)


def _claims_of(spec: Mapping[str, Any]) -> list[str]:
    claims = (part(volume, "persistentVolumeClaim").get("claimName") for volume in spec.get("volumes") or ())
    return [str(name) for name in claims if name]


def _find_claim(name: str, live: Live) -> Manifest | None:
    wanted = (live.metadata.get("namespace"), name)
    found = ((part(claim, "metadata"), claim) for claim in live.related.of("", "PersistentVolumeClaim"))
    return next((claim for place, claim in found if (place.get("namespace"), place.get("name")) == wanted), None)


def why_no_node(live: Live) -> str:
    """Count what each node lacks: `2 nodes: cordoned; 1 node: has less memory than 4Gi`.

    Out: the empty string when nodes were not collected, or when each of them looks fit.
    """
    if not live.related.has("", "Node"):
        return ""
    nodes = live.related.of("", "Node")
    if not nodes:
        return "the cluster has no nodes"
    obstacles = Counter(obstacle for node in nodes if (obstacle := _obstacle(live.spec, node)))
    if sum(obstacles.values()) < len(nodes):
        return ""
    return "; ".join(f"{n} {'node' if n == 1 else 'nodes'}: {what}" for what, n in sorted(obstacles.items()))


def _obstacle(spec: Mapping[str, Any], node: Manifest) -> str:
    if not is_true(node, "Ready"):
        return "not ready"
    if part(node, "spec").get("unschedulable"):
        return "cordoned"
    return _wrong_labels(spec, node) or _taint(spec, node) or _too_small(spec, node)


def _wrong_labels(spec: Mapping[str, Any], node: Manifest) -> str:
    labels = part(part(node, "metadata"), "labels")
    missing = [f"{key}={value}" for key, value in part(spec, "nodeSelector").items() if labels.get(key) != value]
    return f"lacks label {', '.join(missing)}" if missing else ""


def _taint(spec: Mapping[str, Any], node: Manifest) -> str:
    tolerations = spec.get("tolerations") or ()
    for taint in part(node, "spec").get("taints") or ():
        blocks = taint.get("effect") in ("NoSchedule", "NoExecute")
        if blocks and not any(tolerates(toleration, taint) for toleration in tolerations):
            value = f"={taint['value']}" if taint.get("value") else ""
            return f"taint {taint.get('key')}{value}:{taint.get('effect')} is not tolerated"
    return ""


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """Does this toleration let a pod onto a node with this taint?"""
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if not toleration.get("key"):
        return toleration.get("operator") == "Exists"
    same_value = toleration.get("operator") == "Exists" or (toleration.get("value") or "") == (taint.get("value") or "")
    return bool(toleration["key"] == taint.get("key") and same_value)


def _too_small(spec: Mapping[str, Any], node: Manifest) -> str:
    allocatable = part(part(node, "status"), "allocatable")
    for resource, wanted in sorted(requests_of(spec).items()):
        has = parse_quantity(allocatable.get(resource)) or Decimal(0)
        if wanted and not has:
            return f"offers no {resource}"
        if wanted > has:
            return f"has {allocatable.get(resource)} {resource} in all, the pod asks for {_asked(spec, resource)}"
    return ""


def requests_of(spec: Mapping[str, Any]) -> dict[str, Decimal]:
    """Give what a pod asks of a node, by resource: the sum of its containers, or its greatest init container."""
    running = _sum(map(_requests, spec.get("containers") or ()))
    for starting in map(_requests, spec.get("initContainers") or ()):
        running = {
            name: max(running.get(name, Decimal(0)), starting.get(name, Decimal(0))) for name in running | starting
        }
    return running


def _asked(spec: Mapping[str, Any], resource: str) -> str:
    """Give what the containers ask for, as it was written."""
    resources = [part(container, "resources") for container in spec.get("containers") or ()]
    asked = [part(r, "requests").get(resource) or part(r, "limits").get(resource) for r in resources]
    return " + ".join(str(amount) for amount in asked if amount)


def _requests(container: Mapping[str, Any]) -> dict[str, Decimal]:
    resources = part(container, "resources")
    asked = {**part(resources, "limits"), **part(resources, "requests")}
    return {name: parse_quantity(value) or Decimal(0) for name, value in asked.items()}


def _sum(parts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for one in parts:
        for name, amount in one.items():
            total[name] = total.get(name, Decimal(0)) + amount
    return total
