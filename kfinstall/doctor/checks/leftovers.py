"""Pods and Jobs that have ended badly, or do not end."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.doctor.grouping import ids, names, place
from kfinstall.doctor.kinds import CRON_JOB, JOB, NODE, POD
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, condition, explain, is_true
from kfinstall.resource import Manifest, ResourceId, id_of

_LEAVING_S = 60.0
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


def _find_evicted(snapshot: Snapshot) -> Iterator[Found]:
    groups: dict[tuple[str, str], list[Manifest]] = {}
    for pod in snapshot.of(POD):
        status = part(pod, "status")
        if status.get("phase") == "Failed" and status.get("reason") in ("Evicted", "NodeShutdown", "Terminated"):
            key = (str(part(pod, "spec").get("nodeName") or "?"), str(status.get("reason")))
            groups.setdefault(key, []).append(pod)
    for (node, reason), pods in groups.items():
        yield Found(
            ResourceId("", "Node", "", node),
            f"{len(pods)} {'pod was' if len(pods) == 1 else 'pods were'} evicted from node {node} and left behind "
            f"({reason}){_pressure(node, snapshot)}",
            f"kubectl -n {pods[0]['metadata']['namespace']} delete pod --field-selector=status.phase=Failed; give pods "
            "requests, so that fewer go to one node",
            ids(pods),
            tuple(dict.fromkeys(explain(part(pod, "status")) for pod in pods))[:2],
            fix=tuple(Step("delete", _identity(pod), f"{id_of(pod)} has ended and is removed") for pod in pods),
        )


def _identity(manifest: Manifest) -> Manifest:
    metadata = {key: manifest["metadata"].get(key) for key in ("name", "namespace", "uid")}
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": metadata}


def _pressure(node: str, snapshot: Snapshot) -> str:
    live = snapshot.get(NODE, "", node)
    now = [type_ for type_ in _PRESSURES if live is not None and is_true(live, type_)]
    return f"; it is under {names(now)} now" if now else ""


def _find_failed_jobs(snapshot: Snapshot) -> Iterator[Found]:
    for job in snapshot.of(JOB):
        id = id_of(job)
        failed = condition(job, "Failed")
        if failed.get("status") == "True" and not _was_repeated(job, snapshot):
            yield Found(
                id,
                snapshot.health(job).message,
                f"read its log: kubectl {place(id)}logs job/{id.name}; then delete it and apply again: kubectl "
                f"{place(id)}delete job {id.name}",
                ids(one for one in snapshot.owned(job) if one.get("kind") == "Pod"),
            )
    for cron in snapshot.of(CRON_JOB):
        if part(cron, "spec").get("suspend"):
            id = id_of(cron)
            yield Found(
                id,
                f"CronJob '{id.name}' is suspended: it runs no more",
                f'kubectl {place(id)}patch cronjob {id.name} -p \'{{"spec":{{"suspend":false}}}}\'',
                severity=Severity.INFO,
            )


def _was_repeated(job: Manifest, snapshot: Snapshot) -> bool:
    """Did a later run of the same CronJob end well?"""
    owner = snapshot.owner(job)
    since = str(job["metadata"].get("creationTimestamp"))
    later = (
        [one for one in snapshot.owned(owner) if str(one["metadata"].get("creationTimestamp")) > since] if owner else []
    )
    return any(is_true(one, "Complete") for one in later)


def _find_not_leaving(snapshot: Snapshot) -> Iterator[Found]:
    nodes = {str(node["metadata"]["name"]): node for node in snapshot.of(NODE)}
    for pod in snapshot.of(POD):
        metadata = pod["metadata"]
        over_s = age_s(metadata.get("deletionTimestamp"), snapshot.now)
        if not metadata.get("deletionTimestamp") or over_s < _LEAVING_S:
            continue
        id, node = id_of(pod), nodes.get(str(part(pod, "spec").get("nodeName")))
        finalizers = metadata.get("finalizers") or ()
        if finalizers:
            why, hint = f"finalizer {names(finalizers)} holds it", "see that the controller of the finalizer runs"
        elif node is not None and not is_true(node, "Ready"):
            why = f"node {node['metadata']['name']} does not answer"
            hint = f"bring the node back; where it is gone for good: kubectl delete node {node['metadata']['name']}"
        else:
            why = "its node does not end it"
            hint = f"see the kubelet of its node; then kubectl {place(id)}delete pod {id.name} --force"
        yield Found(id, f"pod '{id.name}' was deleted {int(over_s // 60)} min ago and is still there: {why}", hint)


CHECKS = (
    Check(
        "KF709",
        "Evicted pods were left behind",
        Severity.WARNING,
        _find_evicted,
        remedy="Remove them, and give pods requests.",
        docs="""A node that runs out of memory or disk ends pods, those without requests first. What is left of them
is removed by `--fix`: they have ended, and their controller has made others.""",
        reads=(POD,),
        helps=(NODE,),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF710",
        "A Job has failed",
        Severity.ERROR,
        _find_failed_jobs,
        remedy="Read its log, then delete it and apply again.",
        docs="""A Job that failed as often as its backoffLimit allows, or ran longer than activeDeadlineSeconds, is
not tried again. A run of a CronJob is not told where a later run ended well; a suspended CronJob is
a remark.""",
        reads=(JOB,),
        helps=(CRON_JOB,),
        is_proven=True,
    ),
    Check(
        "KF711",
        "A pod was deleted and does not go",
        Severity.ERROR,
        _find_not_leaving,
        remedy="See who holds it; finalizers are never removed by kfinstall.",
        docs="""A deleted pod stays while a finalizer holds it, or while its node does not answer: nobody can say
that it has ended there.""",
        reads=(POD,),
        helps=(NODE,),
        is_proven=True,
    ),
)
