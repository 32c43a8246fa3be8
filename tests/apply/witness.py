"""Writes down what an API server says of its resources: in which order they were made, and got healthy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from kfinstall.cluster.watch import WatchEvent
from kfinstall.resource import Manifest, ResourceId, id_of


class Mark(NamedTuple):
    """One thing that happened: at which version of the whole cluster, and when that was heard of."""

    version: int
    at_s: float


class Witness:
    """Hears the events of a watch. The versions are the server's own order; nothing a run says is believed."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.created: dict[ResourceId, Mark] = {}
        self.healthy: dict[ResourceId, Mark] = {}
        self._now_s = now_s
        self._lock = threading.Lock()

    def __call__(self, event: WatchEvent) -> None:
        if event.manifest is None:
            return
        id, version = id_of(event.manifest), int(event.manifest["metadata"]["resourceVersion"])
        with self._lock:
            self.created.setdefault(id, Mark(version, self._now_s()))
            if is_up(event.manifest):
                self.healthy.setdefault(id, Mark(version, self._now_s()))

    @staticmethod
    def is_before(one: Mark, other: Mark) -> bool:
        return one.version < other.version


def is_up(manifest: Manifest) -> bool:
    """Is a Deployment available, a claim bound?"""
    status = manifest.get("status") or {}
    if manifest["kind"] == "Deployment":
        seen = status.get("observedGeneration", 0) >= manifest["metadata"].get("generation", 0)
        return seen and status.get("availableReplicas", 0) >= manifest["spec"].get("replicas", 1)
    return bool(status.get("phase") == "Bound")
