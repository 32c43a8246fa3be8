"""The last words of containers: which are worth asking for, and asking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, Protocol

from kfinstall.errors import ClusterError
from kfinstall.health.model import part
from kfinstall.resource import Manifest

LINES: Final = 40
MOST: Final = 40
"""So many containers are asked at most: a cluster with more that crash has few causes for it."""
WORKERS: Final = 8

Place = tuple[str, str, str]
"""(namespace, pod, container)."""


class Speaks(Protocol):
    """What gives a log."""

    def text(self, path: str) -> str:
        """Give the answer of a GET as it is."""


class Wanted(NamedTuple):
    """A container to ask, and whether its run before the present one is meant."""

    place: Place
    is_previous: bool

    @property
    def path(self) -> str:
        """Where the API server gives it."""
        namespace, pod, container = self.place
        previous = "&previous=true" if self.is_previous else ""
        return f"/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}&tailLines={LINES}{previous}"


def wanted_logs(pods: Iterable[Manifest]) -> Sequence[Wanted]:
    """Give the containers that ended badly or are not ready: one for each owner, since replicas say the same."""
    found: dict[tuple[str, str], Wanted] = {}
    for pod in pods:
        metadata, status = pod["metadata"], part(pod, "status")
        owner = next((str(one.get("uid")) for one in metadata.get("ownerReferences") or ()), str(metadata.get("uid")))
        for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
            if run := _run_to_ask(one):
                place = (str(metadata.get("namespace")), str(metadata["name"]), str(one.get("name")))
                found.setdefault((owner, place[2]), Wanted(place, run == "before"))
    return list(found.values())[:MOST]


def _run_to_ask(status: Mapping[str, object]) -> str:
    """Say which run of a container has something to tell: the one there is, the one before, or none."""
    state = part(status, "state")
    if ended := part(state, "terminated"):
        return "now" if ended.get("exitCode") else ""
    if status.get("ready"):
        return ""
    if part(part(status, "lastState"), "terminated").get("exitCode"):
        return "before"
    return "now" if part(state, "running") else ""


def read_logs(cluster: Speaks, wanted: Sequence[Wanted]) -> Mapping[Place, str]:
    """Give the ends of these logs; what cannot be had is left out."""
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-logs") as pool:
        texts = list(pool.map(lambda one: _read(cluster, one), wanted))
    return {one.place: text for one, text in zip(wanted, texts, strict=True) if text}


def _read(cluster: Speaks, wanted: Wanted) -> str:
    try:
        return cluster.text(wanted.path)
    except ClusterError:
        return ""
