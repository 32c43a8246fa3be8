"""One installer at a time: a Lease with an owner and an expiry, named after the installation.

A lock whose owner gives no sign of life for its time to live, as observed here (clocks of two machines are never
compared), is taken over. Before each write the owner makes sure that the lease outlasts the request, so that a
process that was stopped and resumed finds out before it writes. What such a process had already handed to the network
may still arrive; the server orders it before or after, it is never half done.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import threading
from collections.abc import Generator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from kfinstall.apply.events import Event
from kfinstall.apply.model import Installation
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.errors import ClusterError, LockHeldError
from kfinstall.resource import Manifest, ResourceId

PROCESS = "kfinstall.dev/holder-process"
OBSERVE_EVERY_S = 1.0


class Lock:
    """Owner of a Lease and of the thread that renews it. `ensure` guards writes, `release` gives it back."""

    def __init__(self, lease: Manifest, taken_at_s: float, cluster: Cluster, clock: Clock, ttl_s: float) -> None:
        self._lease = lease
        self._renewed_at_s = taken_at_s
        self._cluster = cluster
        self._clock = clock
        self._ttl_s = ttl_s
        self._mutex = threading.Lock()
        self._is_closed = threading.Event()
        self._is_released = False
        self._thread = threading.Thread(target=self._keep, name="kfinstall-lock", daemon=True)
        self._thread.start()

    @property
    def holder(self) -> str:
        """Who we are, as the Lease says it."""
        return _holder(self._lease)

    def ensure(self) -> None:
        """Make sure that the lock is ours for longer than a request takes, renewing it if need be.

        Raises:  LockHeldError when someone else has taken it.
        """
        with self._mutex:
            left_s = self._renewed_at_s + self._ttl_s - self._clock.monotonic()
            if left_s <= self._cluster.request_timeout_s:
                self._renew()

    def release(self, *, remove: bool = False) -> None:
        """Give the lock back, once; with `remove` the Lease goes too. A lock that was lost is left alone."""
        self._is_closed.set()
        with self._mutex, suppress(LockHeldError):
            if self._is_released:
                return
            self._write("")
            if remove:
                metadata = self._lease["metadata"]
                self._delete(_lease_id(metadata["namespace"], metadata["name"]), str(metadata["resourceVersion"]))

            self._is_released = True

    def _delete(self, id: ResourceId, version: str) -> None:
        try:
            self._cluster.delete(id, resource_version=version)
        except ClusterError as error:
            if error.status != 409:
                raise  # with 409 the next one has taken it already

    def _keep(self) -> None:
        while not self._is_closed.wait(self._ttl_s / 3):
            with self._mutex:
                if not self._is_closed.is_set() and not self._try_renew():
                    return

    def _try_renew(self) -> bool:
        """Renew if that is possible now; False when the lock is lost, which the next write will find out."""
        try:
            self._renew()
        except LockHeldError:
            return False
        except ClusterError:
            return True
        return True

    def _renew(self) -> None:
        self._write(self.holder)

    def _write(self, holder: str) -> None:
        before_s = self._clock.monotonic()
        wanted = _with_spec(self._lease, holderIdentity=holder, renewTime=_time(self._clock.now()))
        try:
            self._lease = self._cluster.update(wanted)
        except ClusterError as error:
            if error.status not in {404, 409}:
                raise
            self._lease = self._read_again(holder)
        self._renewed_at_s = before_s

    def _read_again(self, holder: str) -> Manifest:
        """After a refused renewal: our own write whose answer was lost is fine, anything else is a lost lock."""
        metadata = self._lease["metadata"]
        live = self._cluster.get(_lease_id(metadata["namespace"], metadata["name"]))
        if live is not None and _holder(live) == holder and live["metadata"]["uid"] == metadata["uid"]:
            return live
        other = _holder(live) if live else "nobody"
        raise LockHeldError(
            f"the lock of '{metadata['name']}' was lost to {other or 'someone who finished'}",
            holder=other,
            hint="this process stood still for too long; run it again to continue",
        )


def acquire(
    target: Installation, cluster: Cluster, clock: Clock, ttl_s: float, started_s: float
) -> Generator[Event, None, Lock]:
    """Take the lock of an installation; yields an event for each thing worth telling, returns the Lock.

    Raises:  LockHeldError when its holder is alive.
    """
    taking = _take(target, cluster, clock, ttl_s)
    while True:
        try:
            said = next(taking)
        except StopIteration as end:
            lock: Lock = end.value
            return lock
        yield Event("lock", clock.monotonic() - started_s, reason=said)


def _take(target: Installation, cluster: Cluster, clock: Clock, ttl_s: float) -> Generator[str, None, Lock]:
    identity = make_identity()
    while True:
        began_s = clock.monotonic()
        live = cluster.get(_lease_id(target.namespace, target.name))
        if live is not None and not _is_free(live):
            live = yield from _outwait(live, target, cluster, clock)
            began_s = clock.monotonic()
        lease = _try_take(live, target, cluster, clock, ttl_s, identity)
        if lease is not None:
            return Lock(lease, began_s, cluster, clock, ttl_s)


def make_identity() -> str:
    """Give a name for this run: user, host, process, and a random part that makes it unique."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} (process {os.getpid()}, {secrets.token_hex(4)})"


def _try_take(
    live: Manifest | None, target: Installation, cluster: Cluster, clock: Clock, ttl_s: float, identity: str
) -> Manifest | None:
    """Create or update the Lease; None when someone else was quicker."""
    wanted = _make_lease(live, target, clock.now(), ttl_s, identity)
    try:
        return cluster.create(wanted) if live is None else cluster.update(wanted)
    except ClusterError as error:
        if error.status != 409 and not (error.status == 404 and live is not None):
            raise
        again = cluster.get(_lease_id(target.namespace, target.name))
        return again if again is not None and _holder(again) == identity else None


def _outwait(
    live: Manifest, target: Installation, cluster: Cluster, clock: Clock
) -> Generator[str, None, Manifest | None]:
    """Watch a held lock until its time to live has passed without a sign of life; give the Lease as last seen.

    Raises:  LockHeldError when there is one.
    """
    holder, since_s = _holder(live), clock.monotonic()
    ttl_s = float((live.get("spec") or {}).get("leaseDurationSeconds") or 0)
    yield f"waiting for the lock: {holder} holds it, and must give no sign of life for {ttl_s:.0f} s"
    while clock.monotonic() - since_s < ttl_s:
        clock.sleep(OBSERVE_EVERY_S)
        now = cluster.get(_lease_id(target.namespace, target.name))
        if now is None or _is_free(now):
            return now
        if now["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]:
            raise LockHeldError(
                f"'{target.name}' is being worked on by {_holder(now)}",
                holder=_holder(now),
                hint="wait until it is done, or end it; its lock is then taken over",
            )
    yield f"no sign of life from {holder}: taking the lock over"
    return live


def _is_free(lease: Manifest) -> bool:
    return not _holder(lease) or _died_here(lease)


def _died_here(lease: Manifest) -> bool:
    """Was it held by a process of this machine and PID namespace that is certainly gone?"""
    written: str = (lease["metadata"].get("annotations") or {}).get(PROCESS, "")
    place, _, rest = written.rpartition("#")
    pid, _, started = rest.partition(".")
    if not place or place != _place() or not pid.isdigit():
        return False
    return _start_time(int(pid)) != started


def _this_process() -> str:
    place = _place()
    return f"{place}#{os.getpid()}.{_start_time(os.getpid())}" if place else ""


def _place() -> str:
    """Give what tells this boot of this machine and this PID namespace; empty where the system cannot say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    """Give when a process started, empty when there is none; one that is dead and not yet waited for is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _make_lease(live: Manifest | None, target: Installation, now: datetime, ttl_s: float, identity: str) -> Manifest:
    spec = (live or {}).get("spec") or {}
    new: dict[str, Any] = {
        "holderIdentity": identity,
        "leaseDurationSeconds": int(ttl_s),
        "acquireTime": _time(now),
        "renewTime": _time(now),
        "leaseTransitions": int(spec.get("leaseTransitions") or 0) + (1 if live else 0),
    }
    metadata: dict[str, Any] = {
        "namespace": target.namespace,
        "name": target.name,
        "labels": {"app.kubernetes.io/managed-by": "kfinstall"},
        "annotations": {PROCESS: _this_process()},
    }
    if live is not None:
        metadata["resourceVersion"] = live["metadata"]["resourceVersion"]
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": new}


def _with_spec(lease: Manifest, **values: Any) -> Manifest:
    return {**lease, "spec": {**(lease.get("spec") or {}), **values}}


def _holder(lease: Manifest) -> str:
    return str((lease.get("spec") or {}).get("holderIdentity") or "")


def _lease_id(namespace: str, name: str) -> ResourceId:
    return ResourceId("coordination.k8s.io", "Lease", namespace, name)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
