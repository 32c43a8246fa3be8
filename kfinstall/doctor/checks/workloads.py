"""Workloads that are not as they were asked for."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.doctor.grouping import ids, place, ref
from kfinstall.doctor.kinds import DAEMON_SET, DEPLOYMENT, JOB, POD, REPLICA_SET, STATEFUL_SET
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health import Status
from kfinstall.health.model import Live, part
from kfinstall.health.reading import age_s, as_int, condition, is_true
from kfinstall.health.workloads import refused
from kfinstall.resource import Manifest, id_of

_SETTLING_S = 60.0


def _find_not_converged(snapshot: Snapshot) -> Iterator[Found]:
    for workload in snapshot.of(DEPLOYMENT, STATEFUL_SET, DAEMON_SET):
        verdict = snapshot.health(workload)
        waits = verdict.status is Status.IN_PROGRESS and _is_settled(workload, snapshot)
        if (verdict.status is Status.FAILED or waits) and not _refusal(workload, snapshot) and not _is_late(workload):
            id = id_of(workload)
            yield Found(
                id,
                f"{verdict.message}{_although_available(workload)}",
                f"see what its pods say: kubectl {place(id)}describe {ref(id)}",
            )


def _although_available(workload: Manifest) -> str:
    """Say so where the condition Available is True with no pod at all: it then allows all of them to be missing."""
    none = not as_int(part(workload, "status").get("availableReplicas"))
    return ", although its condition Available is True" if none and is_true(workload, "Available") else ""


def _is_settled(workload: Manifest, snapshot: Snapshot) -> bool:
    """Was nothing done to it for a while, so that it should be as it was asked for?"""
    times = [workload["metadata"].get("creationTimestamp"), condition(workload, "Progressing").get("lastUpdateTime")]
    return all(age_s(time, snapshot.now) > _SETTLING_S for time in times if time)


def _is_late(workload: Manifest) -> bool:
    return condition(workload, "Progressing").get("reason") == "ProgressDeadlineExceeded"


def _refusal(workload: Manifest, snapshot: Snapshot) -> str:
    verdict = refused(Live(workload, snapshot.related, snapshot.now))
    return verdict.message if verdict else ""


def _find_stopped(snapshot: Snapshot) -> Iterator[Found]:
    for workload in (*snapshot.of(DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB), *_bare_replica_sets(snapshot)):
        id = id_of(workload)
        if words := _refusal(workload, snapshot):
            yield Found(
                id,
                words,
                f"make good what the API server objects to; its controller tries again by itself: kubectl {place(id)}"
                f"describe {ref(id)}",
                ids(one for one in snapshot.owned(workload) if one.get("kind") == "ReplicaSet"),
            )
        elif _is_late(workload) and snapshot.health(workload).status is Status.FAILED:
            yield Found(
                id,
                snapshot.health(workload).message,
                f"see what its pods say; back to the revision before: kubectl {place(id)}rollout undo {ref(id)}",
            )


def _bare_replica_sets(snapshot: Snapshot) -> Iterator[Manifest]:
    return (one for one in snapshot.of(REPLICA_SET) if snapshot.owner(one) is None)


def _find_stuck_sets(snapshot: Snapshot) -> Iterator[Found]:
    for stateful in snapshot.of(STATEFUL_SET):
        spec, id = part(stateful, "spec"), id_of(stateful)
        if spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady":
            yield from _stuck_ordinal(stateful, as_int(spec.get("replicas"), 1), snapshot)
        partition = as_int(part(part(spec, "updateStrategy"), "rollingUpdate").get("partition"))
        status = part(stateful, "status")
        if partition and status.get("currentRevision") != status.get("updateRevision"):
            yield Found(
                id,
                f"its pods below {id.name}-{partition} keep the revision before, as the partition of its "
                "updateStrategy asks",
                "set partition to 0 when the new revision is good",
                severity=Severity.INFO,
            )


def _stuck_ordinal(stateful: Manifest, replicas: int, snapshot: Snapshot) -> Iterator[Found]:
    id = id_of(stateful)
    for number in range(replicas - 1):
        pod = snapshot.get(POD, id.namespace, f"{id.name}-{number}")
        created = pod["metadata"].get("creationTimestamp") if pod else None
        if pod is not None and not is_true(pod, "Ready") and age_s(created, snapshot.now) > _SETTLING_S:
            missing = [n for n in range(number + 1, replicas) if not snapshot.get(POD, id.namespace, f"{id.name}-{n}")]
            if missing:
                yield Found(
                    id,
                    f"waits for pod '{id.name}-{number}' before it makes {len(missing)} more: "
                    f"{snapshot.health(pod).message or 'it is not ready'}",
                    f"make that pod good; or podManagementPolicy: Parallel where order does not matter: kubectl "
                    f"{place(id)}describe pod {id.name}-{number}",
                    ids([pod]),
                )
            return


CHECKS = (
    Check(
        "KF706",
        "A workload is not as it was asked for",
        Severity.ERROR,
        _find_not_converged,
        remedy="By what its pods suffer from.",
        docs="""All replicas must be updated, available, and none of the revision before left. The condition
Available is no health: with one replica and maxUnavailable 1, as old tools wrote it, a Deployment
without any pod has `Available True MinimumReplicasAvailable`, and `kubectl wait` believes it. It
stands below its cause where that was found.""",
        reads=(DEPLOYMENT, STATEFUL_SET, DAEMON_SET),
        helps=(POD,),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF707",
        "A controller has given up, or its pods are refused",
        Severity.ERROR,
        _find_stopped,
        remedy="Make good what the API server objects to, or go back a revision.",
        docs="""Pods that admission refuses (security context constraints, pod security, quota, webhooks, a missing
service account) never exist: `kubectl get pods` is empty, and the reason stands on the ReplicaSet
alone. A Deployment that does not get on within its progress deadline says so too.""",
        reads=(DEPLOYMENT, REPLICA_SET),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF708",
        "A StatefulSet waits for one of its pods, or for a person",
        Severity.ERROR,
        _find_stuck_sets,
        remedy="Make the pod good that it waits for.",
        docs="""A StatefulSet makes its pods one after the other: as long as one is not ready, those after it do not
exist. With a partition, the pods below it keep the revision before on purpose.""",
        reads=(STATEFUL_SET, POD),
        is_symptom=True,
        is_proven=True,
    ),
)
