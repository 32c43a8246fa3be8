"""Giving an installation to Argo CD or Flux, which apply it already: nothing is changed but whose it is.

What they own beside us becomes theirs alone: our entry among the field managers goes, and our label, and no value. The
record says first to whom it goes, and keeps naming what was not given yet; killed at any point, the next run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, NamedTuple

from kfinstall.apply.lock import Lock, acquire
from kfinstall.apply.model import DEFAULTS, Installation, Options
from kfinstall.apply.observe import WORKERS, observe
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import Record, read_record, write_record
from kfinstall.errors import ClusterError, InputError, KfinstallError
from kfinstall.plan.inventory import applyset_id
from kfinstall.plan.model import Member, Observed
from kfinstall.plan.owners import controller_of
from kfinstall.plan.takeover import given_up
from kfinstall.resource import ResourceId

TRIES: Final = 5
NAMED_AT_MOST: Final = 5


class Taken(NamedTuple):
    """What is handed over: the resources by who has them, and the members that are gone."""

    record: Record
    by_owner: Mapping[str, tuple[ResourceId, ...]]
    gone: tuple[ResourceId, ...]

    @property
    def told(self) -> str:
        """Say to whom it goes."""
        return " and ".join(self.by_owner) or "nobody: nothing of it is left"


def look_to_hand_over(target: Installation, cluster: Cluster) -> Taken:
    """Give who has each resource of an installation now; reads only.

    Raises:  InputError where nothing of that name is installed; ClusterError where a resource is nobody else's yet.
    """
    record = read_record(target, cluster)
    if record.inventory is None or not record.inventory.members:
        raise _nothing(target, record)
    observed = observe((), record.inventory, cluster)
    part_of = applyset_id(target.name, target.namespace)
    owners = {id: controller_of(one.manifest, part_of) for id, one in observed.items()}
    ours = [id for id, owner in owners.items() if owner is None]
    if ours:
        raise _not_taken(ours, len(owners))
    named = [owner.told for owner in owners.values() if owner and owner.value]
    told = {id: owner.told if owner.value or not named else named[0] for id, owner in owners.items() if owner}
    by_owner = {name: tuple(id for id in told if told[id] == name) for name in sorted(set(told.values()))}
    gone = tuple(member.id for member in record.inventory.members if member.id not in observed)
    return Taken(record, by_owner, gone)


def _nothing(target: Installation, record: Record) -> InputError:
    if record.known.given_to:
        hint = "'kfinstall delete' takes the record away, and nothing else"
        return InputError(f"'{target.name}' was given to {record.known.given_to} already", hint=hint)
    hint = "'kfinstall list' names what is installed"
    return InputError(f"nothing named '{target.name}' is installed", hint=hint)


def _not_taken(ours: Iterable[ResourceId], of: int) -> ClusterError:
    names = sorted(map(str, ours))
    more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
    return ClusterError(
        f"{len(names)} of {of} resources are applied by nobody else: {', '.join(names[:NAMED_AT_MOST])}{more}",
        hint="let Argo CD or Flux sync all of it first; what Git has not, take out with an apply before",
        reason="NotTaken",
    )


def hand_over(
    target: Installation,
    cluster: Cluster,
    clock: Clock,
    options: Options = DEFAULTS,
    say: Callable[[str], None] = print,
) -> Taken:
    """Give up an installation that others apply; values stay, and nothing is deleted.

    In:      `say`, what tells a person that the lock is waited for.
    Raises:  LockHeldError, and as `look_to_hand_over`, before anything is written; else ClusterError, after which
             the record names what is still ours, and another run goes on.
    """
    lock = _acquire(target, cluster, clock, options, say)
    try:
        taken = look_to_hand_over(target, cluster)
        bound = cluster.bound(guard=lock.ensure, on_retry=lambda retry: None)
        inventory = replace(taken.record.known, given_to=taken.told)
        record = write_record(taken.record, inventory, bound)
        members = [member for member in inventory.members if member.id not in taken.gone]
        left = _give_up_all(members, target, bound)
        write_record(record, replace(inventory, members=tuple(left)), bound)
    finally:
        lock.release()
    if left:
        raise ExceptionGroup("what could not be given", list(left.values()))
    return taken


def _acquire(
    target: Installation, cluster: Cluster, clock: Clock, options: Options, say: Callable[[str], None]
) -> Lock:
    taking = acquire(target, cluster, clock, options.lock_ttl_s, clock.monotonic())
    while True:
        try:
            say(next(taking).reason)
        except StopIteration as end:
            lock: Lock = end.value
            return lock


def _give_up_all(members: Iterable[Member], target: Installation, cluster: Cluster) -> dict[Member, KfinstallError]:
    """Give up each resource; give those for which that failed."""
    part_of = applyset_id(target.name, target.namespace)

    def give(member: Member) -> KfinstallError | None:
        try:
            _give_up(member, part_of, cluster)
        except KfinstallError as error:
            return error
        return None

    wanted = list(members)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-handover") as pool:
        results = zip(wanted, pool.map(give, wanted), strict=True)
        return {member: error for member, error in results if error}


def _give_up(member: Member, part_of: str, cluster: Cluster) -> None:
    """Take what is ours off one resource, as it is now; what was made anew by someone else is left alone."""
    for tries_left in reversed(range(TRIES)):
        live = cluster.get(member.id, member.version)
        if live is None or (member.uid and Observed(live).uid != member.uid):
            return
        left = given_up(live, part_of)
        if left is live:
            return
        try:
            cluster.update(left)
            return
        except ClusterError as error:
            if error.status != 409 or not tries_left:
                raise
