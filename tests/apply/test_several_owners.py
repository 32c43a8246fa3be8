"""Installations and people who work on the same resources: whatever the order, nobody removes what is another's."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kfinstall.apply import Installation, Options, read_inventory
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.resource import Manifest, Origin, Resource, ResourceId
from tests.apply.sets import Outcome, apply, delete, new_cluster
from tests.fakes import FakeCluster, Killed

ROOM = "room"
NAMES = (ROOM, "a", "b", "c")
"""A namespace, and what is in it."""
TARGETS = (Installation("one"), Installation("two"))
subsets = st.sets(st.sampled_from(NAMES))
targets = st.sampled_from(TARGETS)


def id_of(name: str) -> ResourceId:
    return ResourceId("", "Namespace", "", ROOM) if name == ROOM else ResourceId("", "ConfigMap", ROOM, name)


def made(name: str, value: str) -> Manifest:
    if name == ROOM:
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ROOM, "annotations": {"by": value}}}
    metadata = {"name": name, "namespace": ROOM}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}}


class Owners(RuleBasedStateMachine):
    """Applies, deletes and meddling in any order, on a cluster in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster: FakeCluster = new_cluster(ROOM)
        self.round = 0
        self.left: set[str] = set()

    def owner(self, name: str) -> str:
        """Whose is it, by its label? A person's has none, and what is not there is nobody's."""
        if id_of(name) not in self.cluster.ids:
            return "nobody"
        label = (self.cluster.peek(id_of(name))["metadata"].get("labels") or {}).get(PART_OF, "")
        return next((one.name for one in TARGETS if applyset_id(one.name, one.namespace) == label), "a person")

    def owners(self) -> dict[str, str]:
        return {name: self.owner(name) for name in NAMES}

    @rule(target_=targets, names=subsets, adopt=st.booleans())
    def apply_(self, target_: Installation, names: set[str], adopt: bool) -> None:
        self.round += 1
        before = self.owners()
        wanted = [Resource(made(name, f"{target_.name}-{self.round}"), Origin("set.yaml", 1)) for name in sorted(names)]
        outcome = apply(self.cluster, wanted, Options(adopt=adopt, on_conflict="force"), target_)
        self.nothing_of_others_is_gone(before, target_)
        if outcome.errors:
            is_homeless = before[ROOM] == "nobody" and ROOM not in names
            is_anothers = any(before[name] not in {target_.name, "nobody", "a person"} for name in names)
            assert is_homeless or (is_anothers and not adopt), outcome.texts
        else:
            assert all(self.owner(name) == target_.name for name in names)
            self.nothing_is_left(target_, names, outcome)

    @rule(target_=targets)
    def delete_(self, target_: Installation) -> None:
        before = self.owners()
        outcome = delete(self.cluster, Options(delete_data=True), target_)
        assert outcome.errors == []
        self.nothing_of_others_is_gone(before, target_)
        self.nothing_is_left(target_, set(), outcome)

    @rule(target_=targets, names=subsets, adopt=st.booleans(), at=st.integers(1, 25), answered=st.booleans())
    def killed_(self, target_: Installation, names: set[str], adopt: bool, at: int, answered: bool) -> None:
        before = self.owners()
        self.cluster.kill_at(at, answered=answered)
        with suppress(Killed):
            self.apply_(target_, names, adopt) if names else self.delete_(target_)
        self.cluster.revive()
        self.nothing_of_others_is_gone(before, target_)

    @rule(name=st.sampled_from(NAMES))
    def someone_makes_it_anew(self, name: str) -> None:
        self.round += 1
        if id_of(name) in self.cluster.ids:
            self.cluster.take_away(id_of(name))
        for one in dict.fromkeys((ROOM, name)):
            if id_of(one) not in self.cluster.ids:
                self.cluster.put(made(one, f"person-{self.round}"))

    @precondition(lambda self: any(id_of(name) in self.cluster.ids for name in NAMES))
    @rule(data=st.data())
    def someone_takes_it_away(self, data: st.DataObject) -> None:
        there = [name for name in NAMES if id_of(name) in self.cluster.ids]
        self.cluster.take_away(id_of(data.draw(st.sampled_from(there))))

    def nothing_of_others_is_gone(self, before: dict[str, str], target_: Installation) -> None:
        """What was nobody's but ours may be gone; what is another's or a person's may not."""
        for name, owner in before.items():
            if owner not in {target_.name, "nobody"}:
                assert id_of(name) in self.cluster.ids, f"{target_.name} removed {name}, which was of {owner}"

    def nothing_is_left(self, target_: Installation, names: set[str], outcome: Outcome) -> None:
        left = {name for name in NAMES if self.owner(name) == target_.name}
        others = {name for name in NAMES if name != ROOM and self.owner(name) not in {target_.name, "nobody"}}
        may_stay = others or names - {ROOM} or target_.name in self.left
        assert left == names | ({ROOM} & left if may_stay else set()), outcome.summary

    @invariant()
    def a_record_names_all_that_carries_its_label(self) -> None:
        for target in TARGETS:
            inventory = read_inventory(target, self.cluster)
            known = {member.id.name for member in inventory.members} if inventory else set()
            ours = {name for name in NAMES if self.owner(name) == target.name}
            if ROOM in ours - known and target.name not in self.left:  # for what others have in it, it is left to them
                assert any(self.owner(name) not in {target.name, "nobody"} for name in NAMES if name != ROOM)
                self.left.add(target.name)
            assert ours - ({ROOM} if target.name in self.left else set()) <= known


TestOwners = Owners.TestCase
TestOwners.settings = settings(max_examples=100, stateful_step_count=12, deadline=None)
