"""Requests to the API server in memory: each counted, guarded, and subject to faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kfinstall.errors import ClusterError
from kfinstall.resource import Manifest, ResourceId

WRITES = frozenset({"apply", "create", "update", "delete"})


class Request(NamedTuple):
    """One request that reached the server. A list or watch has an id without a name."""

    verb: str
    id: ResourceId


class Killed(BaseException):
    """The process was killed: nothing it does after this reaches the server."""


Fault = Callable[[int, Request], BaseException | None]


class Watch:
    def __init__(self, wanted: Callable[[Manifest], bool], on_event: Callable[[Any], None]) -> None:
        self.matches = wanted
        self.on_event = on_event
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


class Exchange:
    """One request: counted, guarded if it writes, subject to faults, and alone on the server."""

    def __init__(self, cluster: Any, request: Request) -> None:
        self.cluster = cluster
        self.request = request

    def __enter__(self) -> None:
        if self.request.verb in WRITES:
            self.cluster._guard()
        self.cluster._lock.acquire()
        try:
            self.cluster.requests.append(self.request)
            self.number = len(self.cluster.requests)
            self._raise(self.cluster.before)
            self._check_rights()
        except BaseException:
            self.cluster._lock.release()
            raise

    def __exit__(self, *error: object) -> None:
        try:
            if error[0] is None:
                self._raise(self.cluster.after)
        finally:
            self.cluster._lock.release()

    def _raise(self, faults: list[Fault]) -> None:
        for fault in faults:
            error = fault(self.number, self.request)
            if error is not None:
                raise error

    def _check_rights(self) -> None:
        verb, id = self.request
        if (verb, id.group_kind, bool(id.namespace)) in self.cluster.forbidden:
            raise ClusterError(f"user 'x' may not {verb} {id.group_kind}", status=403, reason="Forbidden")
