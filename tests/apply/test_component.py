"""One component of an installation applied or deleted alone: nothing of the others is touched or forgotten."""

from __future__ import annotations

from kfinstall.apply import Options, find_revision, read_history, read_inventory, read_revision
from kfinstall.resource import Resource, ResourceId
from tests.apply.sets import CONFIG, TARGET, THING, apply, changed, delete, new_cluster, twelve, without

ALONE = Options(component="web")


def labelled(resources: list[Resource], ids: set[ResourceId]) -> list[Resource]:
    """Give the resources, these with the label of the component `web`, the others with `rest`."""
    found = []
    for one in resources:
        metadata = one.manifest["metadata"]
        labels = {"kfinstall.dev/component": "web" if one.id in ids else "rest"}
        found.append(one._replace(manifest={**one.manifest, "metadata": {**metadata, "labels": labels}}))
    return found


def recorded(cluster) -> set[ResourceId]:
    return {member.id for member in read_inventory(TARGET, cluster).members}


def colour_of(cluster) -> str | None:
    live = cluster.get(CONFIG)
    return live["data"]["colour"] if live else None


def test_what_a_component_no_longer_has_is_pruned_and_nothing_of_the_others():
    cluster = new_cluster()
    everything = labelled(twelve(), {CONFIG, THING})
    apply(cluster, everything)
    outcome = apply(cluster, [one for one in everything if one.id == CONFIG], ALONE)
    assert [event.id for event in outcome.of("pruned")] == [THING]
    assert recorded(cluster) == {one.id for one in everything} - {THING}
    assert {one.id for one in everything} - {THING} <= set(cluster.ids)


def test_the_whole_installation_after_one_component_is_as_wanted():
    cluster = new_cluster()
    everything = labelled(twelve(), {CONFIG, THING})
    apply(cluster, everything)
    apply(cluster, [one for one in everything if one.id in {CONFIG, THING}], ALONE)
    assert apply(cluster, everything).summary == "nothing to do: 12 resources are as wanted"


def test_deleting_one_component_leaves_the_others_and_their_record():
    cluster = new_cluster()
    everything = labelled(twelve(), {CONFIG, THING})
    apply(cluster, everything)
    outcome = delete(cluster, ALONE)
    assert outcome.errors == []
    assert {event.id for event in outcome.of("pruned")} == {CONFIG, THING}
    rest = {one.id for one in everything} - {CONFIG, THING}
    assert recorded(cluster) == rest
    assert rest <= set(cluster.ids)


def test_a_revision_of_one_component_is_whole_and_can_be_gone_back_to():
    cluster = new_cluster()
    everything = labelled(twelve(), {CONFIG, THING})
    apply(cluster, everything)
    other = changed(everything, CONFIG, data={"colour": "red"})
    apply(cluster, [one for one in other if one.id in {CONFIG, THING}], ALONE)
    delete(cluster, ALONE)
    assert [one.number for one in read_history(TARGET, cluster)] == [1, 2, 3]
    rest = without(everything, CONFIG, THING)
    for number, wanted, colour in ((2, other, "red"), (1, everything, "blue"), (3, rest, None)):
        revision = find_revision(read_history(TARGET, cluster), number)
        asked = read_revision(TARGET, revision, cluster)
        assert {one.id for one in asked} == {one.id for one in wanted}
        assert apply(cluster, asked).errors == []
        assert recorded(cluster) == {one.id for one in wanted}
        assert colour_of(cluster) == colour


def test_deleting_a_component_that_is_not_there_changes_nothing():
    cluster = new_cluster()
    apply(cluster, without(labelled(twelve(), {CONFIG}), CONFIG))
    before = len(cluster.writes)
    assert delete(cluster, ALONE).errors == []
    assert len(cluster.writes) == before
