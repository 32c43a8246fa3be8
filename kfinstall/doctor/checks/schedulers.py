"""Pods that nobody schedules: their scheduler does not run, or a gate holds them back."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.doctor.grouping import by_workload, ids, names, place, pods_in_words, ref
from kfinstall.doctor.kinds import POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, condition
from kfinstall.resource import Manifest

_UNSEEN_S = 30.0


def _find_unscheduled(snapshot: Snapshot) -> Iterator[Found]:
    unseen = ((pod, _scheduler(pod)) for pod in snapshot.of(POD) if _is_unseen(pod, snapshot))
    for owner, scheduler, pods in by_workload(unseen, snapshot):
        if scheduler != "default-scheduler":
            yield Found(
                owner,
                f"{pods_in_words(pods)} waits for the scheduler '{scheduler}', which has not looked at it; no event "
                "says so",
                f"install '{scheduler}', or leave out schedulerName: kubectl {place(owner)}edit {ref(owner)}",
                ids(pods),
            )
    gated = ((pod, _gates(pod)) for pod in snapshot.of(POD) if _is_gated(pod))
    for owner, gates, pods in by_workload(gated, snapshot):
        yield Found(
            owner,
            f"{pods_in_words(pods)} is held back by the scheduling gate {names(gates)}",
            "whoever set the gate must take it off; a quota or queue controller does so when there is room",
            ids(pods),
            severity=Severity.WARNING,
        )


def _is_unseen(pod: Manifest, snapshot: Snapshot) -> bool:
    is_old = age_s(pod["metadata"].get("creationTimestamp"), snapshot.now) > _UNSEEN_S
    waits = part(pod, "status").get("phase") in ("Pending", None) and not part(pod, "spec").get("nodeName")
    return is_old and waits and not condition(pod, "PodScheduled")


def _scheduler(pod: Manifest) -> str:
    return str(part(pod, "spec").get("schedulerName") or "default-scheduler")


def _is_gated(pod: Manifest) -> bool:
    return condition(pod, "PodScheduled").get("reason") == "SchedulingGated"


def _gates(pod: Manifest) -> tuple[str, ...]:
    return tuple(str(gate.get("name")) for gate in part(pod, "spec").get("schedulingGates") or ())


CHECKS = (
    Check(
        "KF612",
        "Nobody schedules a pod",
        Severity.ERROR,
        _find_unscheduled,
        remedy="Install the scheduler that the pod names, or name none.",
        docs="""A pod that names a scheduler which does not run (`schedulerName: volcano`) has no condition and no
event: nothing in `kubectl describe` says why. A pod with a scheduling gate waits for whoever set
it.""",
        reads=(POD,),
        is_proven=True,
    ),
)
