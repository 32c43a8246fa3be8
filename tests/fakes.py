"""The only doubles: an API server in memory and a clock that tests turn."""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Callable
from typing import Any

from kfinstall.cluster.kubeconfig import Endpoint
from kfinstall.cluster.watch import WatchEvent
from kfinstall.errors import ClusterError, FieldCause
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.plan.model import KindInfo
from kfinstall.resource import GVK, GroupKind, Manifest, ResourceId, gvk_of, id_of
from tests.fake_clock import FakeClock
from tests.fake_kinds import bare, content, goes_with, is_selected, matches, merge, place, served_kind, status
from tests.fake_requests import WRITES, Exchange, Fault, Killed, Request, Watch
from tests.fake_ssa import Owners, apply_fields, leaves, managed_fields, owners_of

CRD = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
NAMESPACE = GroupKind("", "Namespace")
__all__ = ["FakeClock", "FakeCluster", "Killed", "Request"]


class FakeCluster:
    """An API server in memory, with the controllers a test needs.

    `healthy_after_s`: how long by kind or id until a resource is healthy (0 at once, None never). `before` and
    `after`: faults by number and request, raised before or after the request took effect. `answers_late`: of what an
    apply is answered after watches told what became of it.
    """

    request_timeout_s = 30.0
    in_flight_at_most = 8

    def __init__(self, clock: FakeClock, *namespaces: str) -> None:
        self.clock = clock
        self.requests: list[Request] = []
        self.healthy_after_s: dict[Any, float | None] = {}
        self.failing: dict[ResourceId, dict[str, Any]] = {}
        self.before: list[Fault] = []
        self.after: list[Fault] = []
        self.forbidden: set[tuple[str, GroupKind, bool]] = set()
        self.answers_late: set[ResourceId] = set()
        self.page_size = 1000
        self.gone_after_s = 1.0
        self.in_openapi_at_s: dict[str, float] | None = {}
        self.broken: set[str] = set()
        self.not_served_yet: set[GroupKind] = set()
        self._objects: dict[ResourceId, Manifest] = {}
        self._owners: dict[ResourceId, Owners] = {}
        self._watches: list[Watch] = []
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
            merged = merge(self._objects.get(id, {}), manifest)
            self._take_over(id, merged, manager)
            return self._store(id, merged)

    def apply_as(self, manifest: Manifest, manager: str) -> None:
        """Apply a manifest on the server's side as someone else, whatever conflicts."""
        with self._lock:
            id = id_of(manifest)
            owners = self._owners.setdefault(id, {})
            base = self._objects.get(id) or {k: manifest[k] for k in ("apiVersion", "kind")}
            merged = apply_fields(base, owners, manifest, manager, force=True)
            self._store(id, {**merged, "metadata": {**merged.get("metadata", {}), **place(id)}})

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
            known = {**BUILTIN_KINDS, **dict(filter(None, map(served_kind, self._objects.values())))}
            missing = {kind for kind in known if kind.group in self.broken} | self.not_served_yet
            return {kind: info for kind, info in known.items() if kind not in missing}

    def broken_groups(self) -> tuple[str, ...]:
        return tuple(f"{group}/v1" for group in sorted(self.broken))

    def serves(self, gvk: GVK) -> bool:
        with self._request("get", ResourceId(gvk.group, "", "", gvk.version)):
            return self._serves(gvk)

    def learn(self, info: KindInfo) -> None:
        """Nothing is remembered here that could be out of date."""

    def in_openapi(self) -> frozenset[str] | None:
        """OpenAPI is behind discovery, by as much as a test wants; None: it may not be read."""
        if self.in_openapi_at_s is None:
            return None
        served = {(kind.group, version) for kind in self.kinds().values() for version in kind.versions}
        with self._request("get", ResourceId("", "OpenAPI", "", "")):
            late = {group for group, until_s in self.in_openapi_at_s.items() if self.clock.elapsed_s < until_s}
            return frozenset(f"{group}/{version}" for group, version in served if group not in late)

    def _serves(self, gvk: GVK) -> bool:
        return gvk.group_kind in self.kinds() and gvk.version in self.kinds()[gvk.group_kind].versions

    def list(
        self, group_kind: GroupKind, namespace: str | None = None, label_selector: str = "", version: str = ""
    ) -> list[Manifest]:
        with self._request("list", ResourceId(*group_kind, namespace or "", "")):
            return [self._shown(id) for id in self._select(group_kind, namespace, label_selector)]

    def list_metadata(
        self, group_kind: GroupKind, namespace: str | None, field_selector: str = "", *, one_page: bool = False
    ) -> list[Manifest] | None:
        with self._request("list", ResourceId(*group_kind, namespace or "", "")):
            found = [self._shown(id) for id in self._select(group_kind, namespace, "")]
            if one_page and len(found) > self.page_size:
                return None
            return [bare(manifest) for manifest in found if is_selected(manifest, field_selector)]

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
                self._store(id, {**merged, "metadata": {**merged.get("metadata", {}), **place(id)}})
            return merged if dry_run else self._answer(id)

    def _answer(self, id: ResourceId) -> Manifest:
        """Give what the server answers to an apply; a late one has the state before the controllers saw it."""
        shown = self._shown(id)
        if id not in self.answers_late:
            return shown
        metadata = {**shown["metadata"], "resourceVersion": "1"}
        return {**{key: value for key, value in shown.items() if key != "status"}, "metadata": metadata}

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
            if entries := metadata.pop("managedFields", None):
                self._owners[id] = owners_of(entries)
            self._take_over(id, manifest, "kfinstall")
            shown = self._store(id, {**manifest, "metadata": metadata})
            if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
                self._drop(id)
            return shown

    def _take_over(self, id: ResourceId, new: Manifest, manager: str) -> None:
        """Note who owns the fields that an update changes: who wrote them last, and nobody else."""
        owners, before = self._owners.setdefault(id, {}), dict(leaves(self._objects.get(id, {})))
        changed = {path for path, value in leaves(new) if before.get(path) != value}
        for paths in owners.values():
            paths -= changed
        owners.setdefault((manager, "Update"), set()).update(changed)

    def delete(
        self,
        id: ResourceId,
        *,
        uid: str = "",
        resource_version: str = "",
        propagation: str = "Background",
        dry_run: bool = False,
    ) -> Manifest | None:
        with self._request("delete", id):
            live = self._objects.get(id)
            if live is None:
                return None
            if uid and uid != live["metadata"]["uid"]:
                raise ClusterError(f"{id} has another uid", status=409, reason="Conflict")
            if resource_version and resource_version != live["metadata"]["resourceVersion"]:
                raise ClusterError(f"{id} was changed", status=409, reason="Conflict")
            return self._delete(id, live)

    def delete_all(self, group_kind: GroupKind, namespace: str, label_selector: str) -> None:
        with self._request("delete", ResourceId(*group_kind, namespace, "")):
            for id in self._select(group_kind, namespace, label_selector):
                self._delete(id, self._objects[id])

    def watch(
        self,
        group_kind: GroupKind,
        namespace: str | None,
        on_event: Callable[[Any], None],
        *,
        label_selector: str = "",
        version: str = "",
    ) -> Watch:
        watch = Watch(lambda m: matches(m, group_kind, namespace, label_selector), on_event)
        try:
            with self._request("watch", ResourceId(*group_kind, namespace or "", "")):
                for id in self._select(group_kind, namespace, label_selector):
                    on_event(WatchEvent("ADDED", self._shown(id)))
                on_event(WatchEvent("SYNCED"))
                self._watches.append(watch)
        except ClusterError as error:
            on_event(WatchEvent("LOST", reason=str(error)))
        return watch

    # How it works.

    def _request(self, verb: str, id: ResourceId) -> Exchange:
        return Exchange(self, Request(verb, id))

    def _select(self, group_kind: GroupKind, namespace: str | None, selector: str) -> list[ResourceId]:
        return [id for id, m in self._objects.items() if matches(m, group_kind, namespace, selector)]

    def _check(self, id: ResourceId, gvk: GVK) -> None:
        if not self._serves(gvk):
            raise ClusterError(f"the cluster does not serve {gvk.group_kind}", status=404, reason="NotServed")
        home = self._objects.get(ResourceId("", "Namespace", "", id.namespace)) if id.namespace else {"metadata": {}}
        if home is None:
            raise ClusterError(f"namespace '{id.namespace}' does not exist", status=404, reason="NotFound")
        if "deletionTimestamp" in home["metadata"] and id not in self._objects:
            raise ClusterError(
                f"namespace '{id.namespace}' is being deleted", status=403, reason="NamespaceTerminating"
            )

    def _check_immutable(self, id: ResourceId, new: Manifest) -> None:
        old = self._objects.get(id)
        if old is not None and id.kind == "Job" and old["spec"].get("template") != new["spec"].get("template"):
            cause = FieldCause("spec.template", "FieldValueInvalid", "field is immutable")
            raise ClusterError("spec.template cannot be changed", status=422, reason="Immutable", causes=(cause,))

    def _store(self, id: ResourceId, manifest: Manifest) -> Manifest:
        old = self._objects.get(id)
        metadata = {**manifest["metadata"]}
        metadata.setdefault("uid", f"uid-{next(self._versions)}")
        metadata.setdefault("creationTimestamp", self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        generation = metadata.setdefault("generation", 1)
        new = {**manifest, "metadata": metadata}
        if old is not None and content(old) == content(new):
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
        new = self.failing.get(id) or status(self._objects[id])
        if delay_s is not None and new:
            generation = self._objects[id]["metadata"]["generation"]
            self._later(delay_s, lambda: self._set_status(id, generation, new))

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
        delay_s = self.gone_after_s if id.group_kind in {NAMESPACE, CRD} else 0.0
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
        for other in [other for other in self._objects if goes_with(other, last)]:
            self._drop(other)
