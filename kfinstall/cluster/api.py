"""The API server as `apply` sees it: kinds, reads, server-side apply, deletes and watches, in plain manifests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from kfinstall.cluster.discovery import (
    ACCEPT,
    ROOTS,
    as_aggregated,
    group_versions,
    is_aggregated,
    read_broken,
    read_kinds,
    readable,
    stale,
)
from kfinstall.cluster.http import ANYTHING, JSON, Request, Transport, ignore_retry, never_guard
from kfinstall.cluster.kubeconfig import Endpoint
from kfinstall.cluster.listing import Asked, collect, pages
from kfinstall.cluster.paths import bare, dry, path_of, resource_name, root_of, trimmed, typed
from kfinstall.cluster.refusals import Call
from kfinstall.cluster.retries import Retry
from kfinstall.cluster.watch import SERVER_TIMEOUT_S, Page, Watch, WatchEvent
from kfinstall.errors import ClusterError
from kfinstall.plan.model import KindInfo, Kinds
from kfinstall.resource import GVK, GroupKind, Manifest, ResourceId, gvk_of, id_of

T = TypeVar("T")

FIELD_MANAGER: Final = "kfinstall"
APPLY_PATCH: Final = "application/apply-patch+yaml"
METADATA_ONLY: Final = f"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{JSON}"
"""Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches"""
_WATCH: Final[Mapping[str, str | int]] = {
    "watch": "true",
    "allowWatchBookmarks": "true",
    "timeoutSeconds": SERVER_TIMEOUT_S,
}

OPENAPI: Final = "/openapi/v3"


def _openapi_paths(answer: str) -> list[str]:
    return list(json.loads(answer)["paths"])


class ApiCluster:
    """One API server, safe to use from several threads. Made by `connect`, which also closes it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._kinds: dict[GroupKind, KindInfo] = {}
        self._broken: tuple[str, ...] = ()
        self._is_discovered = False
        self._version = ""
        self._lock = threading.Lock()
        self._guard: Callable[[], None] = never_guard
        self._on_retry: Callable[[Retry], None] = ignore_retry

    def bound(self, *, guard: Callable[[], None], on_retry: Callable[[Retry], None]) -> ApiCluster:
        """Give the same cluster, but `guard` is called before each try of a write, and `on_retry` at each repeat."""
        twin = object.__new__(ApiCluster)
        twin.__dict__.update(self.__dict__)
        twin._guard, twin._on_retry = guard, on_retry
        return twin

    @property
    def request_timeout_s(self) -> float:
        """How long one request may take."""
        return self._transport.request_timeout_s

    @property
    def in_flight_at_most(self) -> int:
        """How many requests may be under way now; it changes with how the server answers."""
        return self._transport.in_flight_at_most

    @property
    def clock_ahead_s(self) -> float:
        """By how many seconds the server's clock is ahead of this machine's, as its last answer shows."""
        return self._transport.clock_ahead_s

    def describe(self) -> Endpoint:
        """Give the context and server, without asking the server."""
        return self._transport.access.endpoint

    def server_version(self) -> str:
        """Give the server's version, such as `v1.36.3`; asked once."""
        self._version = self._version or str(self._read("get", "version", "/version")["gitVersion"])
        return self._version

    def text(self, path: str) -> str:
        """Give the answer of a GET as it is, such as a pod's log; it is tried once."""
        answer = self._transport.send_once(Request(Call("get", path), "GET", path, accept=ANYTHING))
        return answer if isinstance(answer, str) else str(answer)

    def kinds(self, refresh: bool = False) -> Kinds:
        """Give what the server serves; asked once, and again with `refresh`."""
        with self._lock:
            if refresh or not self._is_discovered:
                bodies = [self._read("get", root, root, accept=ACCEPT) for root in ROOTS]
                if not all(is_aggregated(body) for body in bodies):
                    bodies = list(self._discover_one_by_one(*bodies))
                kinds, self._broken = readable(read_kinds, *bodies), readable(read_broken, *bodies)
                self._replace_kinds(kinds)
                self._is_discovered = True
            return dict(self._kinds)

    def _replace_kinds(self, kinds: Kinds) -> None:
        """Take in what is served now. Other threads look kinds up meanwhile: one that is served is never missing."""
        self._kinds.update(kinds)
        for group_kind in self._kinds.keys() - kinds.keys():
            del self._kinds[group_kind]

    def _discover_one_by_one(self, versions: Any, groups: Any) -> Iterator[Any]:
        """Ask an old server, or one behind an old proxy, for each group; one that does not answer is left out."""
        for group, version in readable(group_versions, versions, groups):
            try:
                body = self._read("get", f"{group}/{version}", root_of(group, version))
            except ClusterError as error:
                if error.status not in {404, 503}:
                    raise
                yield stale(group, version)
                continue
            yield readable(as_aggregated, group, version, body)

    def broken_groups(self) -> tuple[str, ...]:
        """Give the group/versions whose APIService did not answer at the last discovery."""
        self.kinds()
        return self._broken

    def serves(self, gvk: GVK) -> bool:
        """Ask the server anew whether it serves a kind in this version; one small request."""
        path = root_of(gvk.group, gvk.version)
        try:
            body = self._read("get", str(gvk.group_kind), path)
        except ClusterError as error:
            if error.status in {404, 503}:
                return False
            raise
        found = next((r for r in body["resources"] if r["kind"] == gvk.kind and "/" not in r["name"]), None)
        if found is None:
            return False
        self._learn(gvk, found)
        return True

    def in_openapi(self) -> frozenset[str] | None:
        """Give each `group/version` that the server's OpenAPI describes; None where that may not be read."""
        try:
            answer = self.text(OPENAPI)  # its content type is plain text
        except ClusterError as error:
            if error.status in {403, 404}:
                return None
            raise
        return frozenset(path.removeprefix("apis/") for path in readable(_openapi_paths, answer))

    def learn(self, info: KindInfo) -> None:
        """Take in how a kind is served now: in these versions, and no others."""
        with self._lock:
            self._kinds[GroupKind(info.group, info.kind)] = info

    def _learn(self, gvk: GVK, resource: Mapping[str, Any]) -> None:
        info = KindInfo(
            gvk.group, gvk.kind, resource["name"], resource["namespaced"], (gvk.version,), frozenset(resource["verbs"])
        )
        with self._lock:
            known = self._kinds.get(gvk.group_kind)
            if known is None or gvk.version not in known.versions:
                self._kinds[gvk.group_kind] = info._replace(
                    versions=((known.versions if known else ()) + info.versions)
                )

    def list(
        self, group_kind: GroupKind, namespace: str | None = None, label_selector: str = "", version: str = ""
    ) -> list[Manifest]:
        """Give all resources of a kind, in all namespaces unless one is named; none when the kind is not served.

        Out:     of managedFields only our own entry says which fields; `get` has all.
        """

        def read(info: KindInfo, version: str) -> list[Manifest]:
            return self._list(info, namespace, label_selector, version).items

        return self._served(group_kind, version, read) or []

    def list_metadata(
        self, group_kind: GroupKind, namespace: str | None, field_selector: str = "", *, one_page: bool = False
    ) -> Sequence[Manifest] | None:
        """Give all resources of a kind as `list` does, but of each only its metadata; managedFields are left out.

        Out:     None when there are more than a page of them and only one is wanted.
        """
        info = self._find(group_kind)
        if info is None:
            return []
        asked = Asked(info, namespace, {"fieldSelector": field_selector}, METADATA_ONLY)
        if one_page:
            first = next(pages(asked, self._manifest))
            if (first.get("metadata") or {}).get("continue"):
                return None
            return [bare(item, info) for item in first.get("items") or ()]
        return collect(asked, self._manifest, lambda item, _: bare(item, info)).items

    def get(self, id: ResourceId, version: str = "") -> Manifest | None:
        """Give one resource, None when it or its kind is not there."""

        def read(info: KindInfo, version: str) -> Manifest | None:
            call = Call("get", resource_name(info), id)
            try:
                return self._manifest(Request(call, "GET", path_of(info, version, id.namespace, id.name)))
            except ClusterError as error:
                if error.status != 404 or error.reason == "NotServed":
                    raise
                return None

        return self._served(id.group_kind, version, read)

    def _served(self, group_kind: GroupKind, version: str, read: Callable[[KindInfo, str], T]) -> T | None:
        """Read in a version that is served; None where none is. What was served may have changed since it was asked."""
        info = self._find(group_kind)
        try:
            return read(info, version) if info else None
        except ClusterError as error:
            if error.reason != "NotServed":
                raise
        now = self.kinds(refresh=True).get(group_kind)
        try:
            return read(now, version if version in now.versions else "") if now else None
        except ClusterError as error:
            if error.reason != "NotServed":
                raise
            return None

    def apply(self, manifest: Manifest, *, force: bool = False, dry_run: bool = False) -> Manifest:
        """Apply a manifest on the server's side as field manager `kfinstall`; give what the server has then.

        Raises:  ClusterError; conflicts name field and manager in `causes`.
        """
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict", "force": str(force).lower()}
        request = self._write("patch", "PATCH", manifest, with_name=True, query=query, dry_run=dry_run)
        return self._send_write(request._replace(content_type=APPLY_PATCH))

    def create(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        """Create a resource that must not exist yet; one that exists is a ClusterError with status 409."""
        query = {"fieldManager": FIELD_MANAGER}
        return self._send_write(self._write("create", "POST", manifest, with_name=False, query=query, dry_run=dry_run))

    def update(self, manifest: Manifest) -> Manifest:
        """Replace a resource; with `metadata.resourceVersion` only that version of it (else status 409)."""
        query = {"fieldManager": FIELD_MANAGER}
        return self._send_write(self._write("update", "PUT", manifest, with_name=True, query=query))

    def delete(
        self,
        id: ResourceId,
        *,
        uid: str = "",
        resource_version: str = "",
        propagation: str = "Background",
        dry_run: bool = False,
    ) -> Manifest | None:
        """Delete one resource, only with this uid and version where given; that it is not there is no error.

        Out:     what is still there, because finalizers or a grace period hold it; None when it is gone.
        """
        info = self._find(id.group_kind)
        if info is None:
            return None
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        body["preconditions"] = {key: it for key, it in (("uid", uid), ("resourceVersion", resource_version)) if it}
        call = Call("delete", resource_name(info), id)
        request = Request(call, "DELETE", path_of(info, "", id.namespace, id.name), dry(dry_run), body)
        try:
            answer = self._send_write(request)
        except ClusterError as error:
            if error.status != 404:
                raise
            return None
        return answer if (answer.get("metadata") or {}).get("deletionTimestamp") else None

    def delete_all(self, group_kind: GroupKind, namespace: str, label_selector: str) -> None:
        """Delete all resources of a kind in a namespace that a label selector selects; one request."""
        info = self._find(group_kind)
        if info is not None:
            call = Call("deletecollection", resource_name(info), namespace=namespace)
            query = {"labelSelector": label_selector}
            body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
            self._send_write(Request(call, "DELETE", path_of(info, "", namespace, ""), query, body))

    def watch(
        self,
        group_kind: GroupKind,
        namespace: str | None,
        on_event: Callable[[WatchEvent], None],
        *,
        label_selector: str = "",
        version: str = "",
    ) -> Watch:
        """List and then watch a kind until the result is closed; events come on another thread.

        Raises:  ClusterError when the kind is not served.
        """
        info = self._find(group_kind)
        if info is None:
            raise ClusterError(f"the cluster does not serve {group_kind}", status=404, reason="NotServed")
        call = Call("watch", resource_name(info), namespace=namespace or "")
        path = path_of(info, version, namespace or "", "")
        query = {**_WATCH, **({"labelSelector": label_selector} if label_selector else {})}

        def open_from(resource_version: str) -> Any:
            request = Request(call, "GET", path, {**query, "resourceVersion": resource_version})
            return self._transport.open(request, read_timeout_s=SERVER_TIMEOUT_S + 20)

        return Watch(lambda: self._list(info, namespace, label_selector, version), open_from, on_event)

    def tunnel(self, namespace: str, service: str, port: int) -> Any:
        """Give a socket that leads to a ready pod behind a port of a Service.

        Raises: ClusterError: there is no such Service, no pod of it is ready, or the server refuses.
        """
        from kfinstall.cluster.forward import find_backend, open_tunnel

        return open_tunnel(self._transport.access, namespace, find_backend(self, namespace, service, port))

    def can_i(self, verb: str, group_kind: GroupKind, namespace: str = "") -> bool:
        """Ask the server whether this user may use a verb on a kind."""
        info = self._find(group_kind)
        resource = info.plural if info else f"{group_kind.kind.lower()}s"
        attributes = {"verb": verb, "group": group_kind.group, "resource": resource, "namespace": namespace}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        call = Call("create", "selfsubjectaccessreviews.authorization.k8s.io")
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = self._transport.send(Request(call, "POST", path, {}, body), on_retry=self._on_retry)
        return bool(answer["status"]["allowed"])

    def _find(self, group_kind: GroupKind) -> KindInfo | None:
        if not self._is_discovered:
            self.kinds()
        return self._kinds.get(group_kind)

    def _list(self, info: KindInfo, namespace: str | None, label_selector: str, version: str) -> Page:
        asked = Asked(info, namespace, {"labelSelector": label_selector}, JSON, version)
        return collect(asked, self._manifest, lambda item, body: trimmed(typed(item, body), FIELD_MANAGER))

    def _read(self, verb: str, what: str, path: str, accept: str = "application/json") -> Any:
        return self._transport.send(Request(Call(verb, what), "GET", path, accept=accept), on_retry=self._on_retry)

    def _manifest(self, request: Request) -> Manifest:
        manifest: Manifest = self._transport.send(request, on_retry=self._on_retry)
        return manifest

    def _write(
        self,
        verb: str,
        method: str,
        manifest: Manifest,
        *,
        with_name: bool,
        query: Mapping[str, str | int],
        dry_run: bool = False,
    ) -> Request:
        gvk, id = gvk_of(manifest), id_of(manifest)
        info = self._find(gvk.group_kind)
        if info is None and not self.serves(gvk):
            raise ClusterError(f"the cluster does not serve {gvk.group_kind}", status=404, reason="NotServed")
        info = info or self._kinds[gvk.group_kind]
        path = path_of(info, gvk.version, id.namespace, id.name if with_name else "")
        return Request(Call(verb, resource_name(info), id), method, path, {**query, **dry(dry_run)}, manifest)

    def _send_write(self, request: Request) -> Manifest:
        answer: Manifest = self._transport.send(request, guard=self._guard, on_retry=self._on_retry)
        return answer
