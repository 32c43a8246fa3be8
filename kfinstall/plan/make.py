"""Resources, what is live, what was applied before -> the plan. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kfinstall.plan.compare import changed_fields
from kfinstall.plan.digest import digest, is_as_recorded
from kfinstall.plan.edges import external_waits, find_edges
from kfinstall.plan.graph import order
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.model import Change, Inventory, Kinds, Member, Observed, Plan
from kfinstall.plan.normalise import Resources, normalise
from kfinstall.plan.owners import controller_of
from kfinstall.plan.prune import Rules, is_ours, plan_pruning
from kfinstall.plan.takeover import former_of, taken_over
from kfinstall.resource import GroupKind, Resource, ResourceId

_JOB = GroupKind("batch", "Job")


def make_plan(
    resources: Sequence[Resource],
    observed: Mapping[ResourceId, Observed],
    inventory: Inventory,
    kinds: Kinds,
    *,
    digest_key: bytes,
    prune: bool = True,
    delete_data: bool = False,
    component: str = "",
    recreate: Collection[ResourceId] = frozenset(),
    adopt: bool = False,
    out_of_reach: Collection[ResourceId] = frozenset(),
) -> Plan:
    """Plan what turns the cluster into what the resources ask for; no resources at all means to remove everything.

    In:      `observed`: what is live of the resources and of the inventory's members, managedFields included;
             `component`: whose members alone may be pruned; empty for all;
             `recreate`: ids of which a dry-run proved that they can only be made anew;
             `adopt`: what a controller owns beside us is to be ours alone;
             `out_of_reach`: members that may be there although they were not observed.
    Out:     changes with what to send in them: normalised, and labelled as part of this inventory. A resource is
             kept when what was sent last is what is wanted, and what the server made of it is still there.
    Raises:  InputError, or a group of them: see `normalise`, `find_edges` and `order`.
    """
    desired = claim(normalise(resources, kinds), inventory)
    edges = find_edges(desired, kinds)
    by_id = {resource.id: resource for resource in desired}
    ids = order(list(by_id), edges, {id: resource.origin for id, resource in by_id.items()})
    known = {member.id: member for member in inventory.members}
    rules = Rules(prune, delete_data, applyset_id(inventory.name, inventory.namespace), component, adopt)
    shared = {id for id, one in observed.items() if adopt and controller_of(one.manifest, rules.part_of)}
    known_alone = {member.id: member for member in inventory.members if member.id not in shared}
    changes = tuple(_change(by_id[id], observed.get(id), known_alone.get(id), digest_key, recreate) for id in ids)
    pruning = plan_pruning(inventory, by_id, observed, kinds, rules, out_of_reach)
    members = (*(_member(change, known, observed, rules.part_of) for change in changes), *pruning.members)
    plan = Plan(
        changes=(*changes, *pruning.changes),
        edges=edges,
        prune_edges=pruning.edges,
        before=inventory,
        after=replace(inventory, members=members, given_to=""),
        observed=observed,
        left=pruning.left,
        waits=external_waits(desired, kinds),
    )
    return plan if plan.is_noop else replace(plan, after=replace(plan.after, revision=inventory.revision + 1))


def claim(resources: Resources, inventory: Inventory) -> Resources:
    """Label resources as part of an inventory: what proves ownership before their uid is known."""
    part_of = applyset_id(inventory.name, inventory.namespace)
    return tuple(_labelled(resource, part_of) for resource in resources)


def _labelled(resource: Resource, part_of: str) -> Resource:
    metadata = resource.manifest["metadata"]
    labels = {**(metadata.get("labels") or {}), PART_OF: part_of}
    return resource._replace(manifest={**resource.manifest, "metadata": {**metadata, "labels": labels}})


def _change(
    resource: Resource, observed: Observed | None, member: Member | None, key: bytes, recreate: Collection[ResourceId]
) -> Change:
    id, version = resource.id, resource.gvk.version
    if observed is None:
        return _missing(resource, member, key)
    live = observed.manifest
    if live["metadata"].get("deletionTimestamp"):
        return Change("create", id, version, resource, note="the present one is being deleted")
    if member and member.version == version and is_as_recorded(member, resource.manifest, live, key):
        return Change("keep", id, version, resource)
    fields = changed_fields(resource.manifest, taken_over(live))
    if id in recreate:
        return Change("recreate", id, version, resource, fields, note="a field changes that cannot be changed in place")
    former = former_of(live)
    return Change("update", id, version, resource, fields, note=f"taken over from {former}" if former else "")


def _missing(resource: Resource, member: Member | None, key: bytes) -> Change:
    """A finished Job that its time to live removed is as it should be, unless it changed since."""
    spec = resource.manifest.get("spec") or {}
    removes_itself = resource.gvk.group_kind == _JOB and spec.get("ttlSecondsAfterFinished") is not None
    if removes_itself and member and member.desired_digest == digest(resource.manifest, key):
        return Change("keep", resource.id, resource.gvk.version, resource, note="it finished and removed itself")
    return Change("create", resource.id, resource.gvk.version, resource)


def _member(
    change: Change, known: Mapping[ResourceId, Member], observed: Mapping[ResourceId, Observed], part_of: str
) -> Member:
    """Give what to record of a change before it is made.

    The uid of what is not ours yet is none of it: killed before it was applied to, it would be ours to remove.
    """
    if change.action == "keep":
        return known[change.id]
    live = observed.get(change.id) if change.action == "update" else None
    earlier = known.get(change.id)
    is_known = bool(live and earlier and earlier.uid == live.uid)
    is_proven = is_known or bool(live and is_ours(Member(change.id, change.version), live.manifest, part_of))
    return Member(change.id, change.version, live.uid if live and is_proven else "")
