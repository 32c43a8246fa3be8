"""What an apply needs from outside: a cluster and a clock. Tests pass an in-memory cluster and a clock they turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from kfinstall.plan.model import KindInfo, Kinds
from kfinstall.resource import GVK, GroupKind, Manifest, ResourceId

T = TypeVar("T")


class Closable(Protocol):
    """Something that goes on until it is closed."""

    def close(self) -> None:
        """End it."""


class WatchEventLike(Protocol):
    """ADDED, MODIFIED and DELETED carry a manifest; SYNCED says the first list is complete; LOST that it gave up."""

    @property
    def type(self) -> str:
        """The word for what happened."""

    @property
    def manifest(self) -> Manifest | None:
        """The resource it happened to."""

    @property
    def reason(self) -> str:
        """Why the watch gave up."""


class EndpointLike(Protocol):
    """Which cluster it is."""

    @property
    def context(self) -> str:
        """The kubeconfig's name for it."""

    @property
    def server(self) -> str:
        """Its URL."""


class Cluster(Protocol):
    """One API server. All methods may be called from several threads, and raise ClusterError."""

    @property
    def request_timeout_s(self) -> float:
        """How long one request may take."""

    @property
    def in_flight_at_most(self) -> int:
        """How many requests may be under way now."""

    def describe(self) -> EndpointLike:
        """Give context and server; sends nothing."""

    def bound(self, *, guard: Callable[[], None], on_retry: Callable[[Any], None]) -> Cluster:
        """Give the same cluster, where `guard` runs before each try of a write and may raise."""

    def kinds(self, refresh: bool = False) -> Kinds:
        """Give the kinds it serves."""

    def broken_groups(self) -> tuple[str, ...]:
        """Give the `group/version` of each API that did not answer when the kinds were read."""

    def serves(self, gvk: GVK) -> bool:
        """Ask anew whether it serves one kind."""

    def learn(self, info: KindInfo) -> None:
        """Take in how a kind is served now, as its definition says."""

    def in_openapi(self) -> frozenset[str] | None:
        """Give each `group/version` that its OpenAPI describes; None where that may not be read."""

    def list(
        self, group_kind: GroupKind, namespace: str | None = None, label_selector: str = "", version: str = ""
    ) -> list[Manifest]:
        """Give all of a kind; none when it is not served."""

    def list_metadata(
        self, group_kind: GroupKind, namespace: str | None, field_selector: str = "", *, one_page: bool = False
    ) -> Sequence[Manifest] | None:
        """Give the metadata of all of a kind and nothing else; with `one_page` None where they are more than that."""

    def get(self, id: ResourceId, version: str = "") -> Manifest | None:
        """Give one resource."""

    def apply(self, manifest: Manifest, *, force: bool = False, dry_run: bool = False) -> Manifest:
        """Apply on the server's side; give what it has then."""

    def create(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        """Create; status 409 when it exists."""

    def update(self, manifest: Manifest) -> Manifest:
        """Replace the version that `metadata.resourceVersion` names; status 409 when there is another."""

    def delete(
        self,
        id: ResourceId,
        *,
        uid: str = "",
        resource_version: str = "",
        propagation: str = "Background",
        dry_run: bool = False,
    ) -> Manifest | None:
        """Delete; with `uid` or version only that one (else status 409). Give what is still there, if anything."""

    def delete_all(self, group_kind: GroupKind, namespace: str, label_selector: str) -> None:
        """Delete all of a kind in a namespace that a label selector selects."""

    def watch(
        self,
        group_kind: GroupKind,
        namespace: str | None,
        on_event: Callable[[WatchEventLike], None],
        *,
        label_selector: str = "",
        version: str = "",
    ) -> Closable:
        """List, then watch; events may come on any thread, and stop with close."""


class Clock(Protocol):
    """Time, and waiting for messages while it passes."""

    def now(self) -> datetime:
        """Give the wall time, in UTC."""

    def monotonic(self) -> float:
        """Give seconds that never go back, and go on while the process is stopped."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def receive(self, inbox: SimpleQueue[T], timeout_s: float, *, is_idle: bool) -> T | None:
        """Give the next message, None after `timeout_s`. `is_idle` says that nothing is under way on other threads."""
