"""Health of what keeps pods running: Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController."""

from __future__ import annotations

from collections.abc import Sequence

from kfinstall.health.family import newest_pods, pods_of, replica_sets_of
from kfinstall.health.model import Health, Live, Status, current, failed, in_progress, part
from kfinstall.health.pods import has_ended, judge_pod, trouble_of_pods
from kfinstall.health.reading import as_int, condition, explain, last_event
from kfinstall.health.refusals import refusal
from kfinstall.resource import Manifest


def judge_deployment(live: Live) -> Health:
    """All replicas updated, available, and none of the revision before left.

    The condition Available is no health: with one replica and maxUnavailable 1 it is True with no pod at all.
    """
    if live.spec.get("paused"):
        return current("is paused: nothing is rolled out until it is resumed")
    if (shortage := _deployment_shortage(live)) is None:
        return current()
    late = condition(live.manifest, "Progressing")
    if late.get("reason") == "ProgressDeadlineExceeded":
        return failed(_because(shortage, explain_pods(live)) + "; its progress deadline has passed")
    return _explained(live, shortage)


def _deployment_shortage(live: Live) -> str | None:
    wanted = as_int(live.spec.get("replicas"), 1)
    updated, total = as_int(live.status.get("updatedReplicas")), as_int(live.status.get("replicas"))
    available = as_int(live.status.get("availableReplicas"))
    if "observedGeneration" not in live.status:
        return "has not been seen by its controller yet"
    if updated < wanted:
        return f"{updated} of {wanted} replicas updated"
    if total > updated:
        return f"{total - updated} replicas of the revision before still to go"
    return f"{available} of {wanted} replicas available" if available < wanted else None


def judge_replica_set(live: Live) -> Health:
    """All replicas available."""
    wanted = as_int(live.spec.get("replicas"), 1)
    total, available = as_int(live.status.get("replicas")), as_int(live.status.get("availableReplicas"))
    if total > wanted:
        return in_progress(f"{total - wanted} replicas still to go")
    if available >= wanted and "replicas" in live.status:
        return current()
    return _explained(live, f"{available} of {wanted} replicas available")


def judge_stateful_set(live: Live) -> Health:
    """All replicas ready and, as far as its update strategy takes them, of the newest revision."""
    wanted = as_int(live.spec.get("replicas"), 1)
    ready, total = as_int(live.status.get("readyReplicas")), as_int(live.status.get("replicas"))
    available = as_int(live.status.get("availableReplicas"), ready)
    if "observedGeneration" not in live.status:
        return in_progress("has not been seen by its controller yet")
    if min(ready, available) < wanted:
        shortage = f"{min(ready, available)} of {wanted} replicas ready"
        return _left_behind(live, shortage) or _explained(live, shortage)
    if total > wanted:
        return in_progress(f"{total - wanted} replicas still to go")
    return _stateful_revision(live, wanted)


def _left_behind(live: Live, shortage: str) -> Health | None:
    """Find a broken pod of the revision before: its controller waits until it is ready, and replaces none before.

    Source:  kubernetes v1.36, pkg/controller/statefulset/stateful_set_control.go; seen on the local control plane.
    """
    is_in_order = live.spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    if not is_in_order or as_int(part(part(live.spec, "updateStrategy"), "rollingUpdate").get("partition")):
        return None
    newest = newest_pods(live.manifest, live.related)
    for pod in pods_of(live.manifest, live.related):
        name, is_going = (part(pod, "metadata").get(key) for key in ("name", "deletionTimestamp"))
        trouble = judge_pod(live.beside(pod))
        if trouble.status is Status.FAILED and not (pod in newest or is_going or has_ended(pod)):
            kubectl = f"kubectl -n {live.metadata.get('namespace')} delete pod {name}"
            return failed(f"{shortage}: {trouble.message}; of the revision before, it stays until deleted: {kubectl}")
    return None


def _stateful_revision(live: Live, wanted: int) -> Health:
    strategy = part(live.spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return current("updates a pod when someone deletes it (OnDelete)")
    to_update = wanted - as_int(part(strategy, "rollingUpdate").get("partition"))
    updated = as_int(live.status.get("updatedReplicas"))
    is_one_revision = live.status.get("currentRevision") == live.status.get("updateRevision")
    if updated >= to_update or is_one_revision:
        return current()
    return _explained(live, f"{updated} of {to_update} replicas updated")


def judge_daemon_set(live: Live) -> Health:
    """A pod of the newest revision available on each node that it wants."""
    status = live.status
    if "observedGeneration" not in status or "desiredNumberScheduled" not in status:
        return in_progress("has not been seen by its controller yet")
    wanted = as_int(status.get("desiredNumberScheduled"))
    available, updated = as_int(status.get("numberAvailable")), as_int(status.get("updatedNumberScheduled"))
    if part(live.spec, "updateStrategy").get("type") != "OnDelete" and updated < wanted:
        return _explained(live, f"updated on {updated} of {wanted} nodes")
    if available < wanted:
        return _explained(live, f"available on {available} of {wanted} nodes")
    return current("" if wanted else "no node matches it")


def explain_pods(live: Live) -> str:
    """Give what a workload's pods suffer from, the empty string when nothing is known."""
    trouble = _trouble(live)
    return trouble.message if trouble else ""


def _explained(live: Live, shortage: str) -> Health:
    """Add the cause to what is short, and let a certain cause decide."""
    trouble = _trouble(live)
    if trouble is None:
        return in_progress(shortage)
    verdict = failed if trouble.status is Status.FAILED else in_progress
    return verdict(_because(shortage, trouble.message))


def _trouble(live: Live) -> Health | None:
    """Give what keeps the pods back. A pod that failed, evicted for one, is replaced: that alone decides nothing."""
    pods = newest_pods(live.manifest, live.related)
    running = trouble_of_pods([pod for pod in pods if not has_ended(pod)], live)
    if trouble := refused(live) or running:
        return trouble
    ended = trouble_of_pods([pod for pod in pods if has_ended(pod)], live)
    return in_progress(ended.message) if ended else None


def _because(shortage: str, cause: str) -> str:
    return f"{shortage}: {cause}" if cause else shortage


def refused(live: Live) -> Health | None:
    """Judge the refusal of a workload's pods, which only it or its ReplicaSet knows of; None when there is none.

    Deployments and ReplicaSets carry a condition ReplicaFailure. The others have only an event, which counts until
    a pod was made after it.
    """
    kind, name = live.manifest.get("kind"), live.metadata.get("name")
    who = f"{kind} '{name}'"
    newest_sets = replica_sets_of(live.manifest, live.related)[:1]
    for manifest in (*newest_sets, live.manifest):
        found = condition(manifest, "ReplicaFailure")
        if found.get("status") == "True" and found.get("reason") != "FailedDelete":
            return refusal(who, str(found.get("message") or explain(found)))
    return _refused_by_event(live, who, newest_sets)


def _refused_by_event(live: Live, who: str, also: Sequence[Manifest]) -> Health | None:
    uids = [live.uid, *(str(part(manifest, "metadata").get("uid")) for manifest in also)]
    for uid in uids:
        event = last_event(live.related, uid, ("FailedCreate", "SuccessfulCreate"))
        if event is not None and event.get("reason") == "FailedCreate":
            return refusal(who, str(event.get("message") or event.get("note") or ""))
    return None
