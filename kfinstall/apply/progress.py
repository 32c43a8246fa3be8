"""How far a run has come, and what to record of it, whenever it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from kfinstall.apply.graph import Skip
from kfinstall.apply.messages import Message, Removed, Sent
from kfinstall.errors import ClusterError, KfinstallError
from kfinstall.plan.digest import answered
from kfinstall.plan.inventory import union
from kfinstall.plan.model import Change, Inventory, Member, Plan
from kfinstall.resource import ResourceId

REFUSED_WITH_500: Final = frozenset({"UnknownField", "WebhookUnreachable"})
"""Refusals that come before the write and that the API server nevertheless answers with status 500 (seen on 1.36)."""


@dataclass(slots=True)
class Progress:
    """What is known to have happened. `unsure`: sent, but the answer is missing. `is_handed_over`: all that is left
    goes by itself, and there is no record any more.
    """

    answered: dict[ResourceId, Member] = field(default_factory=dict)
    gone: set[ResourceId] = field(default_factory=set)
    unsure: set[ResourceId] = field(default_factory=set)
    skipped: dict[ResourceId, Skip] = field(default_factory=dict)
    kept: dict[ResourceId, str] = field(default_factory=dict)
    errors: dict[ResourceId, KfinstallError] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    is_handed_over: bool = False

    @property
    def is_good(self) -> bool:
        """Has nothing failed and nothing been skipped?"""
        return not self.errors and not self.skipped

    def count(self, action: str) -> None:
        """Count one change that was done."""
        self.counts[action] = self.counts.get(action, 0) + 1


def may_have_happened(error: BaseException) -> bool:
    """May a write have reached the server although it failed? Only a refusal is proof that it did not."""
    if not isinstance(error, ClusterError):
        return True
    is_refusal = 400 <= error.status < 500 and error.status not in {408, 429}
    return not is_refusal and error.reason not in REFUSED_WITH_500


def note(message: Message, changes: Mapping[ResourceId, Change], progress: Progress, key: bytes) -> None:
    """Note what the answer to a write means for the record."""
    if isinstance(message, Sent):
        resource = changes[message.id].resource
        if message.live is not None and resource is not None:
            member = Member(message.id, changes[message.id].version)
            progress.answered[message.id] = answered(member, resource.manifest, message.live, key)
            progress.unsure.discard(message.id)
        elif message.error is not None and not may_have_happened(message.error):
            progress.unsure.discard(message.id)
    elif isinstance(message, Removed) and message.error is None and message.live is None:
        if message.kept:
            progress.kept[message.id] = message.kept
        else:
            progress.gone.add(message.id)


def make_intent(plan: Plan) -> Inventory:
    """Give the inventory to record before the first write: all that is, all that will be, and all that is to go."""
    both = union(plan.before, plan.after)
    known = {member.id for member in both.members}
    doomed = (_doomed(change, plan) for change in plan.changes if change.action == "prune" and change.id not in known)
    return replace(both, members=(*both.members, *doomed), revision=plan.before.revision + 1)


def _doomed(change: Change, plan: Plan) -> Member:
    observed = plan.observed.get(change.id)
    return Member(change.id, change.version, observed.uid if observed else "")


def make_record(plan: Plan, progress: Progress) -> Inventory:
    """Give the inventory to record at the end: what is, and what may be."""
    before = {member.id: member for member in plan.before.members}
    settled = progress.gone | progress.kept.keys() | {member.id for member in plan.after.members}
    members = [_member(member, before.get(member.id), progress) for member in plan.after.members]
    members += [
        before.get(change.id) or _doomed(change, plan)
        for change in plan.changes
        if change.action == "prune" and change.id not in settled
    ]
    return replace(plan.after, members=tuple(member for member in members if member), revision=plan.before.revision + 1)


def _member(planned: Member, earlier: Member | None, progress: Progress) -> Member | None:
    if planned.id in progress.answered:
        return progress.answered[planned.id]
    if planned.id in progress.unsure and (earlier is None or earlier.uid != planned.uid):
        return planned._replace(desired_digest="", live_digest="")
    return earlier
