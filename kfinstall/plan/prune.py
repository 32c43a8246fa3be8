"""What is to go: the members an inventory has and the set has not, as far as they are ours and may be removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kfinstall.plan.annotations import PRUNE, annotations_of
from kfinstall.plan.companions import companions, is_made_by
from kfinstall.plan.edges import make_scene, removal_edges_of
from kfinstall.plan.edges.scene import COMPONENT
from kfinstall.plan.graph import order, reverse
from kfinstall.plan.inventory import PART_OF
from kfinstall.plan.kinds import CRD, NAMESPACE
from kfinstall.plan.model import Change, Edge, Inventory, Kinds, Member, Observed
from kfinstall.plan.owners import controller_of
from kfinstall.plan.templates import CLAIM
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, ResourceId, gvk_of

VOLUME = GroupKind("", "PersistentVolume")
_HOLDERS = frozenset({NAMESPACE, CRD})
_WITH_DATA: Mapping[GroupKind, frozenset[str]] = {
    CLAIM: frozenset({"Bound", "Lost"}),
    VOLUME: frozenset({"Bound", "Released", "Failed"}),
}
_OF_KUBERNETES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
"""Namespaces that a cluster has by itself, and needs. Source: the documentation of Kubernetes, "Namespaces"."""
KEEP_ANNOTATIONS: Mapping[str, str] = {
    PRUNE: "never",
    "argocd.argoproj.io/sync-options": "Prune=false",
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "client.lifecycle.config.k8s.io/deletion": "detach",
    "cli-utils.sigs.k8s.io/on-remove": "keep",
}
"""Annotation -> the word in it by which a resource asks to stay. Source: the documentation of each tool."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """The changes that remove, in order; their edges; what stays with why; and the members that stay recorded."""

    changes: tuple[Change, ...] = ()
    edges: tuple[Edge, ...] = ()
    left: tuple[Change, ...] = ()
    members: tuple[Member, ...] = ()


class Rules(NamedTuple):
    """Whether anything is pruned, whether data is, and the ApplySet id that proves what is ours.

    `component`, where it is not empty: nothing but what has the label of this component is looked at; `adopt`:
    what a controller owns as well is ours.
    """

    prune: bool
    delete_data: bool
    part_of: str
    component: str = ""
    adopt: bool = False


class _Stay(NamedTuple):
    note: str
    is_recorded: bool


def plan_pruning(
    inventory: Inventory,
    desired: Mapping[ResourceId, Resource],
    observed: Mapping[ResourceId, Observed],
    kinds: Kinds,
    rules: Rules,
    out_of_reach: Collection[ResourceId] = frozenset(),
) -> Pruning:
    """Decide the fate of each member that the set no longer has; one that is gone already is just forgotten.

    What such a member made shares its fate (see `companions`), as far as it is in `observed`. What is out of reach
    stays, and stays recorded: nobody knows whether it is there.
    """
    there = [member for member in inventory.members if member.id not in desired and member.id in observed]
    obsolete = {m.id: m for m in there if _is_of(observed[m.id].manifest, rules.component)}
    elsewhere = [member for member in there if member.id not in obsolete]
    stays = _stays(obsolete.values(), observed, rules)
    made = _made_by_what_goes([m for m in obsolete.values() if m.id not in stays], desired, observed)
    obsolete = {member.id: member for member in made} | obsolete
    stays = _stays(obsolete.values(), observed, rules)
    unknown = {member.id: member for member in inventory.members if member.id in out_of_reach}
    stays |= dict.fromkeys(unknown, _Stay("its API does not answer", True))
    stays |= _holders_that_stay(obsolete.values(), (*stays, *desired), stays, observed)
    obsolete |= unknown
    going = [member for member in obsolete.values() if member.id not in stays]
    edges = _removal_edges(going, observed, kinds)
    ids = order([member.id for member in reversed(going)], edges)
    return Pruning(
        changes=tuple(_removal(obsolete[id]) for id in ids),
        edges=edges,
        left=tuple(Change("keep", id, obsolete[id].version, note=stay.note) for id, stay in stays.items()),
        members=(*elsewhere, *(obsolete[id] for id, stay in stays.items() if stay.is_recorded)),
    )


def component_of(manifest: Manifest) -> str:
    """Give the component that a manifest says it belongs to; empty for none."""
    return str((manifest["metadata"].get("labels") or {}).get(COMPONENT) or "")


def _is_of(manifest: Manifest, component: str) -> bool:
    return not component or component_of(manifest) == component


def _stays(members: Iterable[Member], observed: Mapping[ResourceId, Observed], rules: Rules) -> dict[ResourceId, _Stay]:
    found = ((member.id, _stay(member, observed[member.id], rules)) for member in members)
    return {id: stay for id, stay in found if stay}


def _made_by_what_goes(
    going: Sequence[Member], desired: Mapping[ResourceId, Resource], observed: Mapping[ResourceId, Observed]
) -> list[Member]:
    """Give what these members made, unless something that stays makes it or is it."""
    still_made = set(companions(resource.manifest for resource in desired.values()))
    found = []
    for maker in (observed[member.id].manifest for member in going):
        for id in companions([maker]):
            live = observed.get(id)
            if live and id not in desired and id not in still_made and is_made_by(live.manifest, maker):
                found.append(Member(id, gvk_of(live.manifest).version, live.uid))
    return found


def _stay(member: Member, observed: Observed, rules: Rules) -> _Stay | None:
    live = observed.manifest
    if not rules.prune:
        return _Stay("pruning is off", True)
    if not is_ours(member, live, rules.part_of):
        return _Stay("it is no longer ours: it was made anew, or by someone else", False)
    if foreign_owner(live, rules.part_of):
        return _Stay("it belongs to another installation now", False)
    if not rules.adopt and (owner := controller_of(live, rules.part_of)):
        return _Stay(f"it belongs to {owner.told} now", False)
    if member.id.group_kind == NAMESPACE and member.id.name in _OF_KUBERNETES:
        return _Stay("it is one that Kubernetes has by itself", False)
    if keeper := _keeper(live):
        return _Stay(f"its annotation {keeper} asks to keep it", False)
    if not rules.delete_data and holds_data(member.id, live):
        return _Stay("it holds data", True)
    return None


def holds_data(id: ResourceId, live: Manifest) -> bool:
    """Would something that people keep be lost with this one?"""
    return _phase(live) in _WITH_DATA.get(id.group_kind, ())


def is_ours(member: Member, live: Manifest, part_of: str) -> bool:
    """Is the live manifest the one this installation made? Its uid says so; before one is known, its part-of label."""
    metadata = live.get("metadata") or {}
    if member.uid:
        return bool(metadata.get("uid") == member.uid)
    return bool((metadata.get("labels") or {}).get(PART_OF) == part_of)


def foreign_owner(live: Manifest, part_of: str) -> str:
    """Give the ApplySet id of another installation that says it owns a live manifest, empty when there is none."""
    owner = ((live.get("metadata") or {}).get("labels") or {}).get(PART_OF) or ""
    return "" if owner == part_of else str(owner)


def _keeper(live: Manifest) -> str:
    annotations = annotations_of(live)
    asked = {name: str(annotations.get(name) or "").replace(" ", "").split(",") for name in KEEP_ANNOTATIONS}
    return next((name for name, word in KEEP_ANNOTATIONS.items() if word in asked[name]), "")


def _phase(live: Manifest) -> str:
    return str((live.get("status") or {}).get("phase") or "")


def _holders_that_stay(
    obsolete: Iterable[Member],
    remaining: Iterable[ResourceId],
    stays: Mapping[ResourceId, _Stay],
    observed: Mapping[ResourceId, Observed],
) -> dict[ResourceId, _Stay]:
    """A namespace or CRD stays with what stays inside it, or is asked for, since removing it would remove that."""
    inside: dict[ResourceId | GroupKind, ResourceId] = {}
    for id in remaining:
        inside.setdefault(ResourceId("", "Namespace", "", id.namespace), id)
        inside.setdefault(id.group_kind, id)
    found = {}
    for member in obsolete:
        kept = inside.get(member.id) or inside.get(_defined(member.id, observed))
        if member.id.group_kind in _HOLDERS and kept and member.id not in stays:
            found[member.id] = _Stay(f"{kept} stays in it", True)
    return found


def _defined(id: ResourceId, observed: Mapping[ResourceId, Observed]) -> GroupKind:
    spec = observed[id].manifest.get("spec") or {} if id.group_kind == CRD else {}
    return GroupKind(str(spec.get("group") or ""), str((spec.get("names") or {}).get("kind") or ""))


def _removal(member: Member) -> Change:
    if_empty = member.id.group_kind in _HOLDERS
    return Change("prune", member.id, member.version, note="it is no longer in the set", if_empty=if_empty)


def _removal_edges(going: Sequence[Member], observed: Mapping[ResourceId, Observed], kinds: Kinds) -> tuple[Edge, ...]:
    """Run the graph of what is live backwards."""
    resources = [Resource(observed[member.id].manifest, Origin(str(member.id))) for member in going]
    return reverse(removal_edges_of(make_scene(resources, kinds)))
