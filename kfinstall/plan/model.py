"""What a run is going to do, as values that can be printed, compared and tested. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId

Action: TypeAlias = Literal["create", "update", "recreate", "keep", "prune"]
Until: TypeAlias = Literal["applied", "healthy"]
Outcome: TypeAlias = Literal["begun", "healthy", "failed"]


class KindInfo(NamedTuple):
    """How the API server serves a kind. `versions` has the preferred one first."""

    group: str
    kind: str
    plural: str
    is_namespaced: bool
    versions: tuple[str, ...]
    verbs: frozenset[str] = frozenset()


Kinds: TypeAlias = Mapping[GroupKind, KindInfo]


@dataclass(frozen=True, slots=True)
class Observed:
    """One live manifest as the server gave it, managedFields included."""

    manifest: Manifest

    @property
    def uid(self) -> str:
        """The server's identity of it."""
        return str(self.manifest["metadata"]["uid"])


class Member(NamedTuple):
    """One resource an installation has applied, or is about to.

    `uid` is empty until the server created it. `desired_digest` is the keyed digest of what was sent, `live_digest`
    of the fields we owned in what the server answered; both empty until the first answer.
    """

    id: ResourceId
    version: str
    uid: str = ""
    desired_digest: str = ""
    live_digest: str = ""


class Revision(NamedTuple):
    """One past state of an installation: its number, when it began (RFC 3339), how it ended and what was done.

    `parts` are the ConfigMaps beside the record that hold what was asked for, `kept` the (namespace, name) of the
    Secrets that hold what its Secrets held.
    """

    number: int
    at: str
    outcome: Outcome
    said: str
    parts: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """The ids one installation has applied, in the order they were sent, and its past states, the oldest first.

    `given_to` says to whom it is or was handed over, empty for nobody; what it still names was not yet.
    """

    name: str
    namespace: str
    members: tuple[Member, ...] = ()
    revision: int = 0
    history: tuple[Revision, ...] = ()
    given_to: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource's part of a plan.

    `resource` is None for a prune. `version` is the API version to speak to the server in. `fields` are the dotted
    paths whose value changes (never values), empty for create, keep and prune. `note` says why it is pruned,
    recreated or kept where that is not plain. A prune with `if_empty` is for when nothing else lives inside: other
    resources in a Namespace, others' custom resources of a CRD.
    """

    action: Action
    id: ResourceId
    version: str
    resource: Resource | None = None
    fields: tuple[str, ...] = ()
    note: str = ""
    if_empty: bool = False


class Edge(NamedTuple):
    """`after` waits until `before` is applied, or healthy. `reason` is what `kfinstall graph` prints."""

    before: ResourceId
    after: ResourceId
    until: Until
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a run. `changes` are in a stable topological order: what is waited for comes first.

    `edges` run among the ids of changes that are sent or kept; `prune_edges` among those that are removed
    (already reversed: `after` is removed after `before` is gone). `before` is the inventory read, `after` the one to
    record when all is done. `left` is what the inventory has and the set has not, and that yet stays; its notes say
    why. `waits` are edges whose `before` is outside the set.
    """

    changes: tuple[Change, ...]
    edges: tuple[Edge, ...]
    prune_edges: tuple[Edge, ...]
    before: Inventory
    after: Inventory
    observed: Mapping[ResourceId, Observed] = field(default_factory=dict)
    left: tuple[Change, ...] = ()
    waits: tuple[Edge, ...] = ()

    @property
    def is_noop(self) -> bool:
        """Does it write nothing?"""
        return all(change.action == "keep" for change in self.changes) and {m.id for m in self.before.members} == {
            m.id for m in self.after.members
        }
