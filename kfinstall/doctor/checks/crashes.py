"""Containers that end again and again, or cannot be started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kfinstall.doctor.changing import each_container, update
from kfinstall.doctor.fitting import amount_words
from kfinstall.doctor.grouping import by_workload, ids, place, ref, said
from kfinstall.doctor.kinds import NODE, POD
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.running import Trouble, ended, is_stopped_by_probe, live_pods, times, waiting
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.doctor.wrongformat import is_for_another_processor
from kfinstall.health.containers import Container
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, as_int, last_words, parse_time
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest, ResourceId, id_of

_START_REASONS = ("StartError", "ContainerCannotRun", "RunContainerError")

EXIT_CODES: Mapping[int, tuple[str, str]] = {
    1: ("its program ended with an error", "read its last words: {logs}"),
    2: ("its program was called in a wrong way", "read its last words: {logs}; then its command and args"),
    126: ("its command cannot be executed", "look at command, and at the rights of the file in the image"),
    127: ("its command is not in the image", "correct command, or take another image"),
    128: ("it could not be started", "see 'kubectl describe pod'"),
    132: (
        "illegal instruction: the image needs a CPU feature, most often AVX, that the node does not have",
        "take an image that was built without AVX, or let it run on nodes that have it: nodeSelector "
        'feature.node.kubernetes.io/cpu-cpuid.AVX: "true"; in minikube use --driver=docker, not kvm2',
    ),
    134: ("its program aborted", "read its last words: {logs}"),
    137: ("it was killed", "it may have ignored SIGTERM, or a liveness probe ended it: {logs}"),
    139: ("segmentation fault", "read its last words: {logs}; libraries that do not fit one another do this"),
    143: ("it was told to end", "see who does: a liveness probe, or a node that is drained"),
}
"""Exit code -> what it means, and what to do. Source: POSIX (128 + signal), and bash's codes."""


def _is_crashing(container: Container) -> bool:
    """Does it end with an error again and again, or did it now?"""
    if waiting(container).get("reason") == "CrashLoopBackOff":
        return True
    ended = part(part(container.status, "state"), "terminated")
    return bool(ended) and as_int(ended.get("exitCode")) != 0


def _find_crashing(snapshot: Snapshot) -> Iterator[Found]:
    found = (
        (pod, (container.name, as_int(ended(container).get("exitCode")), container.is_init))
        for pod, container in live_pods(snapshot)
        if _is_crashing(container)
        and ended(container).get("reason") not in ("OOMKilled", *_START_REASONS)
        and not is_stopped_by_probe(pod, container, snapshot)
        and not is_for_another_processor(pod, container.status, snapshot)
    )
    for owner, (name, code, is_init), pods in by_workload(found, snapshot):
        meaning, hint = EXIT_CODES.get(code, (f"it ended with exit code {code}", "read its last words: {logs}"))
        first = id_of(pods[0])
        kind = "init container" if is_init else "container"
        logs = f"kubectl {place(first)}logs {first.name} -c {name} --previous"
        yield Found(
            owner,
            f"{kind} '{name}' keeps ending with exit code {code}: {meaning}{times(pods)}",
            hint.format(logs=logs),
            ids(pods),
            (*_last_words(pods, name, snapshot), *said(pods, snapshot, "BackOff")),
        )


def _last_words(pods: tuple[Manifest, ...], container: str, snapshot: Snapshot) -> Iterator[str]:
    for pod in pods:
        id = id_of(pod)
        lines = [
            line for line in snapshot.logs.get((id.namespace, id.name, container), "").splitlines() if line.strip()
        ]
        if lines:
            yield f"its log ends with: {last_words(' / '.join(lines[-2:]))}"
            return


def _find_out_of_memory(snapshot: Snapshot) -> Iterator[Found]:
    found = (
        (pod, container.name)
        for pod, container in live_pods(snapshot)
        if ended(container).get("reason") == "OOMKilled" and _is_recent(ended(container), snapshot)
    )
    for owner, name, pods in by_workload(found, snapshot):
        limit = _memory_limit(pods[0], name)
        why = f"it needs more memory than its limit of {limit}" if limit else "its node ran out of memory"
        more = _twice(limit)
        yield Found(
            owner,
            f"container '{name}' is killed for its memory: {why}{times(pods)}",
            f"raise the limit: kubectl {place(owner)}set resources {ref(owner)} -c {name} --limits "
            f"memory={more or 'SIZE'}",
            ids(pods),
            fix=tuple(_raising(owner, name, more, snapshot)) if more else (),
        )


def _is_recent(ended: Mapping[str, Any], snapshot: Snapshot) -> bool:
    return parse_time(ended.get("finishedAt")) is None or age_s(ended.get("finishedAt"), snapshot.now) < 3600


def _memory_limit(pod: Manifest, name: str) -> Any:
    limits = (
        part(part(container, "resources"), "limits")
        for container in part(pod, "spec").get("containers") or ()
        if container.get("name") == name
    )
    return next(limits, {}).get("memory")


def _twice(limit: Any) -> str:
    amount = parse_quantity(limit)
    return amount_words("memory", amount * Decimal(2)) if amount else ""


def _raising(owner: ResourceId, name: str, limit: str, snapshot: Snapshot) -> Iterator[Step]:
    live = snapshot.find(owner)
    if (
        live is None
        or "template" not in part(live, "spec")
        or owner.kind not in ("Deployment", "StatefulSet", "DaemonSet")
    ):
        return

    def raised(container: dict[str, Any]) -> dict[str, Any]:
        resources = dict(container.get("resources") or {})
        return {**container, "resources": {**resources, "limits": {**(resources.get("limits") or {}), "memory": limit}}}

    path = ("spec", "template", "spec", "containers")
    yield update(live, path, each_container(name, raised), f"{owner}: container {name} may use {limit} of memory")


def _find_not_started(snapshot: Snapshot) -> Iterator[Found]:
    found = (
        (pod, Trouble(container.name, _start_words(container), ""))
        for pod, container in live_pods(snapshot)
        if ended(container).get("reason") in _START_REASONS or waiting(container).get("reason") == "RunContainerError"
    )
    for owner, trouble, pods in by_workload(found, snapshot):
        yield Found(
            owner,
            f"container '{trouble.container}' cannot be started: {trouble.what}",
            f"correct its command or take another image: kubectl {place(owner)}edit {ref(owner)}",
            ids(pods),
        )


def _start_words(container: Container) -> str:
    return last_words(ended(container).get("message") or waiting(container).get("message") or "no reason given")


CHECKS = (
    Check(
        "KF701",
        "A container crashes again and again",
        Severity.ERROR,
        _find_crashing,
        remedy="By its exit code and its last words.",
        docs="""What the exit code means is in a table: 126 and 127 are about the command, 128 + n is signal n. 132
is an illegal instruction: TensorFlow since 1.6 needs AVX, and a virtual machine may hide it
(minikube's kvm2 driver does); the container then ends without a word. The last lines of its log are
shown as evidence.""",
        reads=(POD,),
        helps=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF702",
        "A container is killed for its memory",
        Severity.ERROR,
        _find_out_of_memory,
        remedy="Raise its memory limit, or let it need less.",
        docs="""The kernel ends a container that uses more than its limit (`OOMKilled`, exit code 137). Where it has
no limit, its node ran out of memory. `--fix` doubles the limit of a Deployment, StatefulSet or
DaemonSet.""",
        reads=(POD,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF703",
        "A container cannot be started",
        Severity.ERROR,
        _find_not_started,
        remedy="Correct the command, or take another image.",
        docs="""The runtime could not start the program: `executable file not found in $PATH`, no right to execute
it, or a working directory that is not there. Its log is empty.""",
        reads=(POD,),
        is_proven=True,
    ),
)
