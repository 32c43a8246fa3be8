"""Health of a pod, and what the pods of a workload say about it."""

from __future__ import annotations

from collections.abc import Sequence

from kfinstall.health.containers import Container, container_trouble, containers_of, ending
from kfinstall.health.model import Health, Live, Status, current, failed, in_progress, part
from kfinstall.health.reading import age_s, condition, explain, is_true, last_event, last_words
from kfinstall.health.scheduling import judge_scheduling
from kfinstall.resource import Manifest

_STUCK_S = 60.0
_START_EVENTS = (
    "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady",
    "FailedCreatePodContainer", "FailedPreStopHook", "FailedPostStartHook",
)  # fmt: skip
_STARTED_EVENTS = ("Pulling", "Pulled", "Created", "Started")
_MISSING = 'configmap "', 'secret "', "references non-existent"


def judge_pod(live: Live) -> Health:
    """Judge one pod. A failed pod is Failed, whoever owns it."""
    phase = live.status.get("phase")
    name = live.metadata.get("name")
    if phase == "Succeeded":
        return current()
    if phase == "Failed":
        return failed(f"pod '{name}' failed: {_end_of_pod(live)}")
    if phase == "Unknown":
        return in_progress(f"pod '{name}': its node does not answer")
    if phase == "Running" and is_true(live.manifest, "Ready"):
        return _running(live)
    return _not_ready(live)


def _running(live: Live) -> Health:
    """A pod that is to end is done when it ended; one with a readiness probe serves until then."""
    has_probe = any(container.spec.get("readinessProbe") for container in containers_of(live))
    if live.spec.get("restartPolicy", "Always") == "Always" or has_probe:
        return current()
    return in_progress(f"pod '{live.metadata.get('name')}' runs and has not ended yet")


def _not_ready(live: Live) -> Health:
    troubles = [trouble for container in containers_of(live) if (trouble := container_trouble(container, live))]
    worst = worst_of(troubles)
    if worst is not None and (worst.status is Status.FAILED or not _is_only_creating(worst)):
        return worst
    return judge_scheduling(live) or _cannot_start(live) or _still_starting(live)


def _is_only_creating(trouble: Health) -> bool:
    return trouble.message.endswith((" waits: ContainerCreating", " waits: PodInitializing"))


def _cannot_start(live: Live) -> Health | None:
    """Judge what the kubelet says of a pod whose containers are being created: mounts, sandbox, network."""
    event = last_event(live.related, live.uid, (*_START_EVENTS, *_STARTED_EVENTS))
    if event is None or event.get("reason") in _STARTED_EVENTS or live.status.get("phase") != "Pending":
        return None
    text = f"pod '{live.metadata.get('name')}' cannot start: {explain(event)}"
    is_missing = any(words in str(event.get("message") or event.get("note")) for words in _MISSING)
    stuck = age_s(live.status.get("startTime") or live.metadata.get("creationTimestamp"), live.now) > _STUCK_S
    return failed(text) if is_missing and stuck else in_progress(text)


def _still_starting(live: Live) -> Health:
    name = live.metadata.get("name")
    for container in containers_of(live):
        state = part(container.status, "state")
        if container.is_init and "running" in state and not container.status.get("started"):
            return in_progress(f"{container.label} has not ended yet")
        if not container.is_init and "running" in state and not container.status.get("ready"):
            return in_progress(f"{container.label} runs but is not ready{_probe_words(live, container)}")
    gate = _closed_gate(live)
    return in_progress(f"pod '{name}' waits for its readiness gate '{gate}'" if gate else f"pod '{name}' is starting")


def _probe_words(live: Live, container: Container) -> str:
    event = last_event(live.related, live.uid, ("Unhealthy", "ProbeWarning"))
    if event is not None:
        return f": {last_words(event.get('message') or event.get('note') or '')}"
    before = ending(container)
    return f"; before, it ended with {before}" if before else ""


def _closed_gate(live: Live) -> str:
    gates = live.spec.get("readinessGates") or ()
    types = [str(gate.get("conditionType")) for gate in gates]
    return next((type_ for type_ in types if not is_true(live.manifest, type_)), "")


def _end_of_pod(live: Live) -> str:
    """Give why a pod failed: its own reason (Evicted, DeadlineExceeded), else its failed container's ending."""
    if words := explain(live.status):
        return words
    ends = [
        f"{c.label}: {end}" for c in containers_of(live) if (end := ending(c)) and not end.startswith("exit code 0")
    ]
    return ends[0] if ends else explain(condition(live.manifest, "DisruptionTarget")) or "no reason given"


def worst_of(verdicts: Sequence[Health]) -> Health | None:
    """Give the first Failed verdict, else the first that is not Current, else None."""
    for status in (Status.FAILED, Status.IN_PROGRESS):
        for verdict in verdicts:
            if verdict.status is status:
                return verdict
    return None


def has_ended(pod: Manifest) -> bool:
    """Will none of its containers ever run again?"""
    return part(pod, "status").get("phase") in ("Failed", "Succeeded")


def trouble_of_pods(pods: Sequence[Manifest], live: Live) -> Health | None:
    """Give the worst of what these pods suffer from, None when all are well or there are none."""
    return worst_of([judge_pod(live.beside(pod)) for pod in pods])
