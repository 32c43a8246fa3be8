"""What checks judge: everything that was collected, as one value that never changes, and ways to look things up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from kfinstall.catalog import Detection, detect_platform
from kfinstall.doctor.kinds import EVENT, NODE, STORAGE_CLASS
from kfinstall.health import Health, Related, assess
from kfinstall.health.reading import event_time
from kfinstall.plan.model import Kinds
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, ResourceId, id_of

T = TypeVar("T")
_EPOCH = datetime.fromtimestamp(0, UTC)
_DEPTH = 6


class Written(NamedTuple):
    """A manifest as somebody wrote it; `origin` is known where it was rendered, and None where it is live."""

    manifest: Manifest
    origin: Origin | None

    @property
    def id(self) -> ResourceId:
        """What names it."""
        return id_of(self.manifest)


NO_CONTEXT, RATE_LIMITED = "NoContext", "RateLimited"
"""Reasons that no API server gives: the context that is meant is not there; what a tree names could not be fetched."""


class Problem(NamedTuple):
    """Why the cluster could not be asked: a word for it (see `cluster.http` and `.kubeconfig`), a sentence, a hint."""

    reason: str
    message: str
    hint: str


class Remote(NamedTuple):
    """A folder of a repository that a kustomization names, without what may be secret, and where it is named."""

    name: str
    ref: str
    origin: Origin


class Known(NamedTuple):
    """A context of the kubeconfig, its server, and whether anybody takes connections there."""

    context: str
    server: str
    answers: bool = False


@dataclass(frozen=True, slots=True)
class LocalFacts:
    """What is true of this machine and of the folder one is in; empty where it was not looked at."""

    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Path -> beginning of the text, of files that say something (`app.yaml` of ksonnet)."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Program -> what it says of its version."""
    problem: Problem | None = None
    contexts: tuple[Known, ...] = ()
    modes: Mapping[str, int] = field(default_factory=dict)
    """Path of a kubeconfig -> its permissions."""
    server: str = ""
    """The URL of the API server that is meant."""
    context: str = ""
    """The context that is meant, where one is named: by who asks, or by the kubeconfig."""
    remotes: tuple[Remote, ...] = ()
    """What the manifests that are looked at take from other repositories."""
    driver: str = ""
    """What minikube runs its machine with, where the context is one of its."""


class Refused(NamedTuple):
    """A dry run that the API server refused: of what, its word for why, and its sentence."""

    id: ResourceId
    reason: str
    message: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What the API server answered about this user: who it is, what it may not do, which dry runs it refused."""

    user: str = ""
    groups: tuple[str, ...] = ()
    forbidden: tuple[tuple[str, GroupKind, str], ...] = ()
    """(verb, kind, namespace) of what was asked for and is not allowed."""
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All facts of one run. What was not collected is absent: `has` tells it from what is not there."""

    now: datetime = _EPOCH
    manifests: Mapping[GroupKind, Sequence[Manifest]] = field(default_factory=dict)
    unread: Mapping[GroupKind, str] = field(default_factory=dict)
    """Kind -> why it could not be read."""
    kinds: Kinds = field(default_factory=dict)
    broken_groups: tuple[str, ...] = ()
    version: str = ""
    cluster: str = ""
    rendered: tuple[Resource, ...] | None = None
    chosen: str = ""
    """The platform that `rendered` is for; empty where it says none."""
    local: LocalFacts | None = None
    answers: Answers | None = None
    clock_ahead_s: float = 0.0
    """By how much the server's clock is ahead of this machine's."""
    logs: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(namespace, pod, container) -> the last lines it printed."""
    _made: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_live(self) -> bool:
        """Was a cluster asked, whatever it let this user read?"""
        return bool(self.manifests or self.unread)

    @property
    def related(self) -> Related:
        """Give the same for the rules of health."""
        if "related" not in self._made:
            self._made["related"] = Related(self.manifests)
        made: Related = self._made["related"]
        return made

    @property
    def platform(self) -> Detection:
        """Say which kind of cluster it is, as far as it shows."""
        if "platform" not in self._made:
            groups = {group_kind.group for group_kind in self.kinds}
            self._made["platform"] = detect_platform(self.of(NODE), groups, self.of(STORAGE_CLASS), self.version)
        made: Detection = self._made["platform"]
        return made

    def of(self, *kinds: GroupKind) -> Sequence[Manifest]:
        """Give the live manifests of kinds, none of what was not collected."""
        if len(kinds) == 1:
            return self.manifests.get(kinds[0], ())
        return [manifest for kind in kinds for manifest in self.manifests.get(kind, ())]

    def has(self, kind: GroupKind) -> bool:
        """Was this kind collected? Only then does absence mean something."""
        return kind in self.manifests

    def get(self, kind: GroupKind, namespace: str, name: str) -> Manifest | None:
        """Give one live manifest by name; the namespace is empty for cluster scope."""
        return self._by_id.get(ResourceId(kind.group, kind.kind, namespace, name))

    def find(self, id: ResourceId) -> Manifest | None:
        """Give one live manifest by its id."""
        return self._by_id.get(id)

    def by_uid(self, uid: str) -> Manifest | None:
        """Give one live manifest by its uid."""
        if "uid" not in self._made:
            self._made["uid"] = {m["metadata"].get("uid"): m for m in self._everything()}
        found: Manifest | None = self._made["uid"].get(uid)
        return found

    def labelled(self, kind: GroupKind, namespace: str, selector: Mapping[str, str]) -> Iterator[Manifest]:
        """Give the live manifests of a kind in a namespace that carry all these labels; none for no labels."""
        for manifest in self.in_namespace(kind, namespace) if selector else ():
            labels = manifest["metadata"].get("labels") or {}
            if all(labels.get(key) == value for key, value in selector.items()):
                yield manifest

    def in_namespace(self, kind: GroupKind, namespace: str) -> Sequence[Manifest]:
        """Give the live manifests of a kind in one namespace."""
        key = f"in {kind}"
        if key not in self._made:
            self._made[key] = _grouped(self.of(kind))
        found: Sequence[Manifest] = self._made[key].get(namespace, ())
        return found

    def owner(self, manifest: Manifest) -> Manifest | None:
        """Give what controls a live manifest, None when nothing does or it was not collected."""
        references = manifest["metadata"].get("ownerReferences") or ()
        controller = next((one for one in references if one.get("controller")), None)
        return self.by_uid(str(controller.get("uid"))) if controller else None

    def top_owner(self, manifest: Manifest) -> Manifest:
        """Give what a live manifest belongs to in the end: a pod's Deployment, or what made that; else itself."""
        for _ in range(_DEPTH):
            owner = self.owner(manifest)
            if owner is None:
                return manifest
            manifest = owner
        return manifest

    def owned(self, manifest: Manifest) -> Sequence[Manifest]:
        """Give the live manifests that name this one as an owner."""
        return self.related.owned_by(str(manifest["metadata"].get("uid") or ""))

    def events(self, manifest: Manifest, *reasons: str) -> Sequence[Manifest]:
        """Give the events about a manifest, the newest first; only those with one of the reasons, if any are named.

        The type is not looked at: root causes are often of type Normal.
        """
        found = self.related.events_of(str(manifest["metadata"].get("uid") or ""))
        wanted = [event for event in found if not reasons or event.get("reason") in reasons]
        return sorted(wanted, key=event_time, reverse=True)

    def health(self, manifest: Manifest) -> Health:
        """Give the verdict on a live manifest."""
        return assess(manifest, self.related, now=self.now)

    def memo(self, name: str, make: Callable[[Snapshot], T]) -> T:
        """Give what a pure function makes of this snapshot; it is made once, however many checks ask for it."""
        if name not in self._made:
            self._made[name] = make(self)
        made: T = self._made[name]
        return made

    def written(self, *kinds: GroupKind) -> Iterator[Written]:
        """Give what somebody wrote of some kinds, or of all: of the render where there is one, else what is live and
        was not made by a controller.
        """
        if self.rendered is not None:
            for resource in self.rendered:
                if not kinds or resource.gvk.group_kind in kinds:
                    yield Written(resource.manifest, resource.origin)
            return
        for kind in kinds or tuple(kind for kind in self.manifests if kind != EVENT):
            for manifest in self.of(kind):
                if not manifest["metadata"].get("ownerReferences"):
                    yield Written(manifest, None)

    @property
    def _by_id(self) -> Mapping[ResourceId, Manifest]:
        if "id" not in self._made:
            self._made["id"] = {id_of(manifest): manifest for manifest in self._everything()}
        made: Mapping[ResourceId, Manifest] = self._made["id"]
        return made

    def _everything(self) -> Iterator[Manifest]:
        return (m for kind, manifests in self.manifests.items() if kind != EVENT for m in manifests)


def _grouped(manifests: Iterable[Manifest]) -> Mapping[str, Sequence[Manifest]]:
    groups: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        groups.setdefault(str(manifest["metadata"].get("namespace") or ""), []).append(manifest)
    return groups
