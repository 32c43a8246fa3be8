"""What the kubelet says of containers that run, wait or have ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.doctor.kinds import POD
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.containers import Container, containers_of
from kfinstall.health.model import Live, part
from kfinstall.health.pods import has_ended
from kfinstall.health.reading import as_int
from kfinstall.resource import Manifest

_STOPPED = (0, 137, 143)
"""How a container ends that the kubelet stopped: by itself, killed, or told to end."""


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


def waiting(container: Container) -> Mapping[str, Any]:
    """Give why a container waits; empty where it does not."""
    return part(part(container.status, "state"), "waiting")


def ended(container: Container) -> Mapping[str, Any]:
    """Give how a container ended, now or the last time; empty where it never did."""
    return part(part(container.status, "state"), "terminated") or part(
        part(container.status, "lastState"), "terminated"
    )


def is_stopped_by_probe(pod: Manifest, container: Container, snapshot: Snapshot) -> bool:
    """Was it ended by the kubelet, because its liveness probe failed? It then ends well, or by a signal."""
    if not part(container.spec, "livenessProbe") or container.restarts < 1 or container.status.get("ready"):
        return False
    said_so = any("Liveness probe failed" in str(e.get("message")) for e in snapshot.events(pod, "Unhealthy"))
    return said_so and as_int(ended(container).get("exitCode"), -1) in _STOPPED


def times(pods: tuple[Manifest, ...]) -> str:
    """Say how often the container that was started most often was; nothing for never."""
    statuses = (one for pod in pods for one in part(pod, "status").get("containerStatuses") or ())
    most = max((as_int(one.get("restartCount")) for one in statuses), default=0)
    return f" ({most} restarts)" if most else ""
