"""Containers that do not run: they crash, cannot be started, or run and are not ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from kfinstall.doctor.changing import each_container, update
from kfinstall.doctor.checks.mounts import from_render
from kfinstall.doctor.fitting import amount_words
from kfinstall.doctor.grouping import by_workload, ids, place, ref, said
from kfinstall.doctor.kinds import CONFIG_MAP, NODE, POD, SECRET
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.containers import Container, containers_of
from kfinstall.health.model import Live, part
from kfinstall.health.pods import has_ended
from kfinstall.health.reading import age_s, as_int, is_true, last_words, parse_time
from kfinstall.quantity import parse_quantity
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

_CONFIG_REASONS = ("CreateContainerConfigError", "CreateContainerError")
_START_REASONS = ("StartError", "ContainerCannotRun", "RunContainerError")
_PROBE_MARGIN_S = 30.0
_STOPPED = (0, 137, 143)
"""How a container ends that the kubelet stopped: by itself, killed, or told to end."""

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


class Trouble(NamedTuple):
    """What one container suffers from, without what differs from replica to replica."""

    container: str
    what: str
    hint: str


def live_pods(snapshot: Snapshot) -> Iterator[tuple[Manifest, Container]]:
    """Give each container of each pod that has not ended and is not going away."""
    for pod in snapshot.of(POD):
        if not has_ended(pod) and not pod["metadata"].get("deletionTimestamp"):
            for container in containers_of(Live(pod, snapshot.related, snapshot.now)):
                yield pod, container


def _waiting(container: Container) -> Mapping[str, Any]:
    return part(part(container.status, "state"), "waiting")


def _ended(container: Container) -> Mapping[str, Any]:
    return part(part(container.status, "state"), "terminated") or part(
        part(container.status, "lastState"), "terminated"
    )


def _is_crashing(container: Container) -> bool:
    """Does it end with an error again and again, or did it now?"""
    if _waiting(container).get("reason") == "CrashLoopBackOff":
        return True
    ended = part(part(container.status, "state"), "terminated")
    return bool(ended) and as_int(ended.get("exitCode")) != 0


def _find_crashing(snapshot: Snapshot) -> Iterator[Found]:
    found = (
        (pod, (container.name, as_int(_ended(container).get("exitCode")), container.is_init))
        for pod, container in live_pods(snapshot)
        if _is_crashing(container)
        and _ended(container).get("reason") not in ("OOMKilled", *_START_REASONS)
        and not _is_stopped_by_probe(pod, container, snapshot)
        and not _is_for_another_processor(pod, container, snapshot)
    )
    for owner, (name, code, is_init), pods in by_workload(found, snapshot):
        meaning, hint = EXIT_CODES.get(code, (f"it ended with exit code {code}", "read its last words: {logs}"))
        first = id_of(pods[0])
        kind = "init container" if is_init else "container"
        logs = f"kubectl {place(first)}logs {first.name} -c {name} --previous"
        yield Found(
            owner,
            f"{kind} '{name}' keeps ending with exit code {code}: {meaning}{_times(pods)}",
            hint.format(logs=logs),
            ids(pods),
            (*_last_words(pods, name, snapshot), *said(pods, snapshot, "BackOff")),
        )


def _is_for_another_processor(pod: Manifest, container: Container, snapshot: Snapshot) -> bool:
    """Is it the image's processor, which has a check of its own?"""
    id = id_of(pod)
    log = snapshot.logs.get((id.namespace, id.name, container.name), "")
    return any("exec format error" in str(text) for text in (log, _ended(container).get("message")))


def _times(pods: tuple[Manifest, ...]) -> str:
    statuses = (one for pod in pods for one in part(pod, "status").get("containerStatuses") or ())
    most = max((as_int(one.get("restartCount")) for one in statuses), default=0)
    return f" ({most} restarts)" if most else ""


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
        if _ended(container).get("reason") == "OOMKilled" and _is_recent(_ended(container), snapshot)
    )
    for owner, name, pods in by_workload(found, snapshot):
        limit = _memory_limit(pods[0], name)
        why = f"it needs more memory than its limit of {limit}" if limit else "its node ran out of memory"
        more = _twice(limit)
        yield Found(
            owner,
            f"container '{name}' is killed for its memory: {why}{_times(pods)}",
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
        if _ended(container).get("reason") in _START_REASONS or _waiting(container).get("reason") == "RunContainerError"
    )
    for owner, trouble, pods in by_workload(found, snapshot):
        yield Found(
            owner,
            f"container '{trouble.container}' cannot be started: {trouble.what}",
            f"correct its command or take another image: kubectl {place(owner)}edit {ref(owner)}",
            ids(pods),
        )


def _start_words(container: Container) -> str:
    return last_words(_ended(container).get("message") or _waiting(container).get("message") or "no reason given")


def _find_not_created(snapshot: Snapshot) -> Iterator[Found]:
    missing: dict[tuple[ResourceId, str], list[Manifest]] = {}
    others: list[tuple[Manifest, Trouble]] = []
    for pod, container in live_pods(snapshot):
        if _waiting(container).get("reason") in _CONFIG_REASONS:
            absent = list(_absent(pod, container, snapshot))
            for one in absent:
                missing.setdefault(one, []).append(pod)
            if not absent:
                others.append((pod, _config_trouble(container)))
    for (id, key), pods in missing.items():
        yield _missing(id, key, pods, snapshot)
    for owner, trouble, found in by_workload(others, snapshot):
        yield Found(
            owner, f"container '{trouble.container}' cannot be created: {trouble.what}", trouble.hint, ids(found)
        )


def _missing(id: ResourceId, key: str, pods: list[Manifest], snapshot: Snapshot) -> Found:
    user = f"pod '{pods[0]['metadata']['name']}' takes its environment from it"
    kind = id.kind.lower()
    if key:
        message, hint = f"{id.kind} '{id.name}' has no key '{key}'; {user}", f"kubectl {place(id)}edit {kind} {id.name}"
    else:
        message = f"{id.kind} '{id.name}' does not exist in namespace '{id.namespace}'; {user}"
        generic = " generic" if kind == "secret" else ""
        hint = f"kubectl {place(id)}create {kind}{generic} {id.name} …"
    fix = () if key else from_render(id, snapshot)
    return Found(id, message, "it is in what is to be installed: kfinstall apply" if fix else hint, ids(pods), fix=fix)


def _absent(pod: Manifest, container: Container, snapshot: Snapshot) -> Iterator[tuple[ResourceId, str]]:
    """Give the objects, or the keys in them, that a container's environment names and that are not there."""
    namespace = str(pod["metadata"].get("namespace") or "")
    for kind, name, key in _environment(container.spec):
        if not snapshot.has(kind):
            continue
        live = snapshot.get(kind, namespace, name)
        if live is None:
            yield ResourceId(*kind, namespace, name), ""
        elif key and key not in {**part(live, "data"), **part(live, "binaryData")}:
            yield id_of(live), key


def _environment(spec: Mapping[str, Any]) -> Iterator[tuple[GroupKind, str, str]]:
    for variable in spec.get("env") or ():
        source = part(variable, "valueFrom")
        for kind, field in ((CONFIG_MAP, "configMapKeyRef"), (SECRET, "secretKeyRef")):
            if (named := part(source, field)) and not named.get("optional"):
                yield kind, str(named.get("name")), str(named.get("key"))
    for source in spec.get("envFrom") or ():
        for kind, field in ((CONFIG_MAP, "configMapRef"), (SECRET, "secretRef")):
            if (named := part(source, field)) and not named.get("optional"):
                yield kind, str(named.get("name")), ""


def _config_trouble(container: Container) -> Trouble:
    words = last_words(_waiting(container).get("message") or _waiting(container).get("reason") or "")
    security = {**part(container.spec, "securityContext")}
    hint = "see 'kubectl describe pod'"
    if "runAsNonRoot" in words or "non-root" in words:
        hint = "set securityContext.runAsUser to a number that is not 0, or take an image whose user is not root"
    elif "subPath" in words or "subpath" in words:
        hint = "make the folder that subPath names on the volume, or leave subPath out"
    elif security.get("privileged"):
        hint = "see whether the node allows privileged containers"
    return Trouble(container.name, words, hint)


def _find_not_ready(snapshot: Snapshot) -> Iterator[Found]:
    unready = (
        (pod, (container.name, "ready"))
        for pod, container in live_pods(snapshot)
        if _is_late(pod, container, snapshot) and not _is_stopped_by_probe(pod, container, snapshot)
    )
    stopped = (
        (pod, (container.name, "alive"))
        for pod, container in live_pods(snapshot)
        if _is_stopped_by_probe(pod, container, snapshot)
    )
    for owner, (name, what), pods in by_workload((*unready, *stopped), snapshot):
        probe = "readinessProbe" if what == "ready" else "livenessProbe"
        message = (
            f"container '{name}' runs and is not ready"
            if what == "ready"
            else f"container '{name}' is ended by its liveness probe again and again{_times(pods)}"
        )
        yield Found(
            owner,
            message,
            f"look at its {probe} and its log: kubectl {place(owner)}logs {id_of(pods[0]).name} -c {name}",
            ids(pods),
            said(pods, snapshot, "Unhealthy", "ProbeWarning"),
            severity=Severity.ERROR if not _serves(owner, snapshot) else None,
        )


def _is_late(pod: Manifest, container: Container, snapshot: Snapshot) -> bool:
    running = part(part(container.status, "state"), "running")
    probe = part(container.spec, "readinessProbe") or part(container.spec, "startupProbe")
    allowed_s = _PROBE_MARGIN_S + as_int(probe.get("initialDelaySeconds"))
    is_unready = bool(running) and not container.status.get("ready") and not container.is_init
    return is_unready and age_s(running.get("startedAt"), snapshot.now) > allowed_s


def _is_stopped_by_probe(pod: Manifest, container: Container, snapshot: Snapshot) -> bool:
    """Was it ended by the kubelet, because its liveness probe failed? It then ends well, or by a signal."""
    if not part(container.spec, "livenessProbe") or container.restarts < 1 or container.status.get("ready"):
        return False
    said_so = any("Liveness probe failed" in str(e.get("message")) for e in snapshot.events(pod, "Unhealthy"))
    return said_so and as_int(_ended(container).get("exitCode"), -1) in _STOPPED


def _serves(owner: ResourceId, snapshot: Snapshot) -> bool:
    """Is any pod of it ready?"""
    live = snapshot.find(owner)
    status = part(live, "status") if live else {}
    if owner.kind == "Pod":
        return live is not None and is_true(live, "Ready")
    return bool(as_int(status.get("readyReplicas")) or as_int(status.get("numberReady")))


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
    Check(
        "KF704",
        "A container cannot be created from its description",
        Severity.ERROR,
        _find_not_created,
        remedy="Create the ConfigMap, Secret or key, or correct the security context.",
        docs="""The reason is CreateContainerConfigError. Whether the ConfigMaps, Secrets and keys of its
environment are there is looked up. Other causes are an image whose user is root where runAsNonRoot
forbids it, and a subPath that is not on the volume.""",
        reads=(POD,),
        helps=(CONFIG_MAP, SECRET),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF705",
        "A container runs and its probes fail",
        Severity.WARNING,
        _find_not_ready,
        remedy="See what the probe asks, and what the program says.",
        docs="""A container that is not ready gets no traffic. One whose liveness probe fails is ended by the
kubelet: it ends well or by a signal, its restarts grow, and nothing looks wrong but the number. It
is an error where no pod of the workload is ready.""",
        reads=(POD,),
        is_proven=True,
    ),
)
