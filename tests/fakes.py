"""The only doubles: an API server in memory and a clock that tests turn."""

from __future__ import annotations

import copy
import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from kfinstall.cluster.kubeconfig import Endpoint
from kfinstall.cluster.watch import WatchEvent
from kfinstall.errors import ClusterError
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.plan.model import KindInfo
from kfinstall.resource import GVK, GroupKind, Manifest, ResourceId, gvk_of, id_of
from tests.fake_ssa import Owners, apply_fields, leaves, managed_fields

CRD = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
NAMESPACE = GroupKind("", "Namespace")
WRITES = frozenset({"apply", "create", "update", "delete"})


class FakeClock:
    """Time stands still but for `sleep`, and for `receive` when nothing else can happen."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._lock = threading.RLock()

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    def call_in(self, seconds: float, do: Callable[[], None]) -> None:
        """Have something happen once so much time has passed."""
        with self._lock:
            heapq.heappush(self._timers, (self.elapsed_s + seconds, next(self._numbers), do))

    def sleep(self, seconds: float) -> None:
        with self._lock:
            until = self.elapsed_s + seconds
            while self._timers and self._timers[0][0] <= until:
                self._fire()
            self.elapsed_s = max(self.elapsed_s, until)

    def receive(self, inbox: SimpleQueue[Any], timeout_s: float, *, is_idle: bool) -> Any:
        if not is_idle:
            return inbox.get(timeout=60)
        until = self.elapsed_s + timeout_s
        while True:
            try:
                return inbox.get_nowait()
            except Empty:
                with self._lock:
                    if not self._timers or self._timers[0][0] > until:
                        self.elapsed_s = max(self.elapsed_s, until)
                        return None
                    self._fire()

    def _fire(self) -> None:
        at_s, _, do = heapq.heappop(self._timers)
        self.elapsed_s = max(self.elapsed_s, at_s)
        do()


class Request(NamedTuple):
    """One request that reached the server. A list or watch has an id without a name."""

    verb: str
    id: ResourceId


class Killed(BaseException):
    """The process was killed: nothing it does after this reaches the server."""


Fault = Callable[[int, Request], BaseException | None]


class _Watch:
    def __init__(self, matches: Callable[[Manifest], bool], on_event: Callable[[Any], None]) -> None:
        self.matches = matches
        self.on_event = on_event
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


class FakeCluster:
    """An API server in memory, with the controllers a test needs.

    `healthy_after_s`: how long by kind or id until a resource is healthy (0 at once, None never). `before` and
    `after`: faults by number and request, raised before or after the request took effect.
    """

    request_timeout_s = 30.0

    def __init__(self, clock: FakeClock, *namespaces: str) -> None:
        self.clock = clock
        self.requests: list[Request] = []
        self.healthy_after_s: dict[Any, float | None] = {}
        self.failing: dict[ResourceId, dict[str, Any]] = {}
        self.before: list[Fault] = []
        self.after: list[Fault] = []
        self.forbidden: set[tuple[str, GroupKind, bool]] = set()
        self._objects: dict[ResourceId, Manifest] = {}
        self._owners: dict[ResourceId, Owners] = {}
        self._watches: list[_Watch] = []
        self._versions = itertools.count(100)
        self._lock = threading.RLock()
        self._guard: Callable[[], None] = lambda: None
        for name in ("default", *namespaces):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    # What a test looks at and does from outside; none of it counts as a request.

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.verb in WRITES]

    @property
    def ids(self) -> set[ResourceId]:
        return set(self._objects)

    def peek(self, id: ResourceId) -> Manifest:
        return self._shown(id)

    def put(self, manifest: Manifest, manager: str = "someone") -> Manifest:
        """Create or change a resource as someone else."""
        with self._lock:
            id = id_of(manifest)
            owners = self._owners.setdefault(id, {})
            live = self._objects.get(id, {})
            merged = _merge(live, manifest)
            changed = {path for path, value in leaves(merged) if dict(leaves(live)).get(path) != value}
            for paths in owners.values():
                paths -= changed
            owners.setdefault((manager, "Update"), set()).update(changed)
            return self._store(id, merged)

    def take_away(self, id: ResourceId) -> None:
        """Delete a resource as someone else, finalizers or not."""
        with self._lock:
            self._drop(id)

    def kill_at(self, number: int, *, answered: bool = False) -> None:
        """Kill whoever uses the cluster at the n-th request from now, after it took effect if `answered`."""
        first = len(self.requests) + number

        def fault(count: int, request: Request) -> BaseException | None:
            return Killed() if count > first or (count == first) else None

        (self.after if answered else self.before).append(fault)
        self.before.append(lambda count, request: Killed() if count > first else None)

    def revive(self) -> None:
        """Let requests through again."""
        self.before.clear()
        self.after.clear()

    # The protocol.

    def describe(self) -> Endpoint:
        return Endpoint("fake", "https://fake.invalid")

    def bound(self, *, guard: Callable[[], None], on_retry: Callable[[Any], None]) -> FakeCluster:
        twin = copy.copy(self)
        twin._guard = guard
        return twin

    def kinds(self, refresh: bool = False) -> dict[GroupKind, KindInfo]:
        with self._lock:
            return {**BUILTIN_KINDS, **dict(filter(None, map(_served_kind, self._objects.values())))}

    def serves(self, gvk: GVK) -> bool:
        with self._request("get", ResourceId(gvk.group, "", "", gvk.version)):
            return self._serves(gvk)

    def _serves(self, gvk: GVK) -> bool:
        return gvk.group_kind in self.kinds() and gvk.version in self.kinds()[gvk.group_kind].versions

    def list(
        self, group_kind: GroupKind, namespace: str | None = None, label_selector: str = "", version: str = ""
    ) -> list[Manifest]:
        with self._request("list", ResourceId(*group_kind, namespace or "", "")):
            return [self._shown(id) for id in self._select(group_kind, namespace, label_selector)]

    def get(self, id: ResourceId, version: str = "") -> Manifest | None:
        with self._request("get", id):
            return self._shown(id) if id in self._objects else None

    def apply(self, manifest: Manifest, *, force: bool = False, dry_run: bool = False) -> Manifest:
        id = id_of(manifest)
        with self._request("apply", id):
            self._check(id, gvk_of(manifest))
            owners = copy.deepcopy(self._owners.get(id, {}))
            base = self._objects.get(id) or {k: manifest[k] for k in ("apiVersion", "kind")}
            merged = apply_fields(base, owners, manifest, "kfinstall", force)
            self._check_immutable(id, merged)
            if not dry_run:
                self._owners[id] = owners
                self._store(id, {**merged, "metadata": {**merged.get("metadata", {}), **_place(id)}})
            return self._shown(id) if not dry_run else merged

    def create(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        id = id_of(manifest)
        with self._request("create", id):
            self._check(id, gvk_of(manifest))
            if id in self._objects:
                raise ClusterError(f"{id} already exists", status=409, reason="AlreadyExists")
            return manifest if dry_run else self.put(manifest, "kfinstall")

    def update(self, manifest: Manifest) -> Manifest:
        id = id_of(manifest)
        with self._request("update", id):
            if id not in self._objects:
                raise ClusterError(f"{id} does not exist", status=404, reason="NotFound")
            version = manifest["metadata"].get("resourceVersion")
            if version not in {None, self._objects[id]["metadata"]["resourceVersion"]}:
                raise ClusterError(f"{id} was changed", status=409, reason="Conflict")
            metadata = {**manifest["metadata"], "uid": self._objects[id]["metadata"]["uid"]}
            return self._store(id, {**manifest, "metadata": metadata})

    def delete(
        self, id: ResourceId, *, uid: str = "", propagation: str = "Background", dry_run: bool = False
    ) -> Manifest | None:
        with self._request("delete", id):
            live = self._objects.get(id)
            if live is None:
                return None
            if uid and uid != live["metadata"]["uid"]:
                raise ClusterError(f"{id} has another uid", status=409, reason="Conflict")
            return self._delete(id, live)

    def watch(
        self,
        group_kind: GroupKind,
        namespace: str | None,
        on_event: Callable[[Any], None],
        *,
        label_selector: str = "",
        version: str = "",
    ) -> _Watch:
        with self._request("watch", ResourceId(*group_kind, namespace or "", "")):
            watch = _Watch(lambda m: _matches(m, group_kind, namespace, label_selector), on_event)
            for id in self._select(group_kind, namespace, label_selector):
                on_event(WatchEvent("ADDED", self._shown(id)))
            on_event(WatchEvent("SYNCED"))
            self._watches.append(watch)
            return watch

    # How it works.

    def _request(self, verb: str, id: ResourceId) -> _Exchange:
        return _Exchange(self, Request(verb, id))

    def _select(self, group_kind: GroupKind, namespace: str | None, selector: str) -> list[ResourceId]:
        return [id for id, m in self._objects.items() if _matches(m, group_kind, namespace, selector)]

    def _check(self, id: ResourceId, gvk: GVK) -> None:
        if not self._serves(gvk):
            raise ClusterError(f"the cluster does not serve {gvk.group_kind}", status=404, reason="NotServed")
        home = self._objects.get(ResourceId("", "Namespace", "", id.namespace)) if id.namespace else {"metadata": {}}
        if home is None:
            raise ClusterError(f"namespace '{id.namespace}' does not exist", status=404, reason="NotFound")
        if "deletionTimestamp" in home["metadata"] and id not in self._objects:
            raise ClusterError(f"namespace '{id.namespace}' is being deleted", status=403, reason="NamespaceTerminating")

    def _check_immutable(self, id: ResourceId, new: Manifest) -> None:
        old = self._objects.get(id)
        if old is not None and id.kind == "Job" and old["spec"].get("template") != new["spec"].get("template"):
            from kfinstall.errors import FieldCause

            cause = FieldCause("spec.template", "FieldValueInvalid", "field is immutable")
            raise ClusterError("spec.template cannot be changed", status=422, reason="Immutable", causes=(cause,))

    def _store(self, id: ResourceId, manifest: Manifest) -> Manifest:
        old = self._objects.get(id)
        metadata = {**manifest["metadata"]}
        metadata.setdefault("uid", f"uid-{next(self._versions)}")
        metadata.setdefault("creationTimestamp", self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        generation = metadata.setdefault("generation", 1)
        new = {**manifest, "metadata": metadata}
        if old is not None and _content(old) == _content(new):
            return self._shown(id)
        if old is not None and old.get("spec") != new.get("spec"):
            metadata["generation"] = generation + 1
        metadata["resourceVersion"] = str(next(self._versions))
        self._objects[id] = new
        self._tell("MODIFIED" if old else "ADDED", self._shown(id))
        if old is None or old.get("spec") != new.get("spec"):
            self._reconcile(id)
        return self._shown(id)

    def _shown(self, id: ResourceId) -> Manifest:
        live = copy.deepcopy(self._objects[id])
        live["metadata"]["managedFields"] = managed_fields(self._owners.get(id, {}), live["apiVersion"])
        return live

    def _tell(self, kind: str, manifest: Manifest) -> None:
        for watch in self._watches:
            if watch.is_open and watch.matches(manifest):
                watch.on_event(WatchEvent(kind, manifest))

    def _reconcile(self, id: ResourceId) -> None:
        """Do what the controllers of the kind do: give it the status it gets, when it gets it."""
        delay_s = self.healthy_after_s.get(id, self.healthy_after_s.get(id.kind, 0.0))
        status = self.failing.get(id) or _status(self._objects[id])
        if delay_s is not None and status:
            generation = self._objects[id]["metadata"]["generation"]
            self._later(delay_s, lambda: self._set_status(id, generation, status))

    def _later(self, delay_s: float, do: Callable[[], None]) -> None:
        if delay_s:
            self.clock.call_in(delay_s, do)
        else:
            do()

    def _set_status(self, id: ResourceId, generation: int, status: dict[str, Any]) -> None:
        with self._lock:
            live = self._objects.get(id)
            if live is not None and live["metadata"]["generation"] == generation:
                seen = {"observedGeneration": generation} if "conditions" in status and id.kind != "Job" else {}
                self._store(id, {**live, "status": {**seen, **status}})

    def _delete(self, id: ResourceId, live: Manifest) -> Manifest | None:
        delay_s = 1.0 if id.group_kind in {NAMESPACE, CRD} else 0.0
        if not live["metadata"].get("finalizers") and not delay_s:
            self._drop(id)
            return None
        self._store(id, {**live, "metadata": {**live["metadata"], "deletionTimestamp": "2030-01-01T00:00:00Z"}})
        if not live["metadata"].get("finalizers"):
            self.clock.call_in(delay_s, lambda: self.take_away(id))
        return self._shown(id)

    def _drop(self, id: ResourceId) -> None:
        if id not in self._objects:
            return
        last = self._shown(id)
        del self._objects[id]
        self._owners.pop(id, None)
        self._tell("DELETED", last)
        for other in [other for other in self._objects if _goes_with(other, last)]:
            self._drop(other)


class _Exchange:
    """One request: counted, guarded if it writes, subject to faults, and alone on the server."""

    def __init__(self, cluster: FakeCluster, request: Request) -> None:
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


def _goes_with(id: ResourceId, last: Manifest) -> bool:
    if last["kind"] == "Namespace":
        return id.namespace == last["metadata"]["name"]
    if last["kind"] == "CustomResourceDefinition":
        return id.group_kind == (last["spec"]["group"], last["spec"]["names"]["kind"])
    return False


def _matches(manifest: Manifest, group_kind: GroupKind, namespace: str | None, selector: str) -> bool:
    id = id_of(manifest)
    labels = manifest["metadata"].get("labels") or {}
    wanted = (part.partition("=") for part in selector.split(",") if part)
    return (
        id.group_kind == group_kind
        and (namespace is None or id.namespace == namespace)
        and all(key in labels and (not sign or labels[key] == value) for key, sign, value in wanted)
    )


def _served_kind(manifest: Manifest) -> tuple[GroupKind, KindInfo] | None:
    if manifest["kind"] != "CustomResourceDefinition" or not (manifest.get("status") or {}).get("conditions"):
        return None
    spec = manifest["spec"]
    names = spec["names"]
    info = KindInfo(
        spec["group"],
        names["kind"],
        names["plural"],
        spec["scope"] == "Namespaced",
        tuple(version["name"] for version in spec["versions"] if version["served"]),
        frozenset({"list", "delete", "watch", "get", "patch", "create", "update"}),
    )
    return GroupKind(spec["group"], names["kind"]), info


def _status(manifest: Manifest) -> dict[str, Any]:
    """Give the status of a healthy resource, for kinds that have one here."""
    replicas = (manifest.get("spec") or {}).get("replicas", 1)
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    by_kind: dict[str, dict[str, Any]] = {
        "Namespace": {"phase": "Active"},
        "CustomResourceDefinition": {"conditions": [_true("NamesAccepted"), _true("Established")]},
        "Deployment": {
            **counts,
            "conditions": [_true("Available"), {**_true("Progressing"), "reason": "NewReplicaSetAvailable"}],
        },
        "Job": {"startTime": "2030-01-01T00:00:00Z", "succeeded": 1, "conditions": [_true("Complete")]},
        "PersistentVolumeClaim": {"phase": "Bound"},
    }
    return by_kind.get(manifest["kind"], {})


def _true(type: str) -> dict[str, Any]:
    return {"type": type, "status": "True", "reason": type, "lastTransitionTime": "2030-01-01T00:00:00Z"}


def _place(id: ResourceId) -> dict[str, str]:
    return {"name": id.name, **({"namespace": id.namespace} if id.namespace else {})}


def _content(manifest: Manifest) -> Manifest:
    metadata = {k: v for k, v in manifest["metadata"].items() if k not in {"resourceVersion", "managedFields"}}
    return {**manifest, "metadata": metadata}


def _merge(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merge(old.get(key), value) for key, value in new.items()}}
    return copy.deepcopy(new)
