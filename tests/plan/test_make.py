from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.plan import PART_OF, Member, Observed, applyset_id, foreign_owner
from kfinstall.resource import ResourceId, id_of
from tests.plan.sets import (
    EMPTY,
    actions,
    as_live,
    as_resources,
    config_map,
    installed,
    observe,
    plan_of,
    resources,
)

SET = """
apiVersion: v1
kind: Namespace
metadata: {name: demo}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: demo}
data: {k: v}
---
apiVersion: v1
kind: Secret
metadata: {name: secret, namespace: demo}
stringData: {k: v}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim, namespace: demo}
spec: {}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo}
spec:
  template:
    spec:
      volumes: [{name: c, configMap: {name: config}}, {name: d, persistentVolumeClaim: {claimName: claim}}]
"""


def test_on_an_empty_cluster_all_is_created_in_order() -> None:
    plan = plan_of(resources(SET))
    assert set(actions(plan).values()) == {"create"}
    names = [change.id.name for change in plan.changes]
    assert names[0] == "demo" and names.index("config") < names.index("web")
    assert [member.id for member in plan.after.members] == [change.id for change in plan.changes]
    assert plan.after.revision == 1 and not plan.is_noop


def test_each_resource_says_whose_it_is() -> None:
    for change in plan_of(resources(SET)).changes:
        assert change.resource.manifest["metadata"]["labels"][PART_OF] == applyset_id("demo", "kfinstall-system")


def test_a_second_run_keeps_everything() -> None:
    observed, inventory = installed(plan_of(resources(SET)))
    plan = plan_of(resources(SET), observed, inventory)
    assert set(actions(plan).values()) == {"keep"}
    assert plan.is_noop and plan.after == inventory


@given(st.randoms(use_true_random=False))
def test_a_second_run_keeps_everything_whatever_the_order_of_the_input(shuffle: random.Random) -> None:
    observed, inventory = installed(plan_of(resources(SET)))
    again = list(resources(SET))
    shuffle.shuffle(again)
    assert plan_of(again, observed, inventory).is_noop


def test_a_changed_field_updates_only_its_resource() -> None:
    observed, inventory = installed(plan_of(resources(SET)))
    plan = plan_of(resources(SET.replace("{k: v}\n---", "{k: w}\n---", 1)), observed, inventory)
    assert {name for name, action in actions(plan).items() if action != "keep"} == {"config"}
    assert next(c.fields for c in plan.changes if c.id.name == "config") == ("data.k",)
    assert plan.after.revision == inventory.revision + 1


def test_drift_in_what_we_own_is_put_right_and_elsewhere_left_alone() -> None:
    observed, inventory = installed(plan_of(resources(SET)))
    config = next(id for id in observed if id.name == "config")
    live = observed[config].manifest
    observed[config] = Observed({**live, "data": {"k": "drifted"}})
    assert actions(plan_of(resources(SET), observed, inventory))["config"] == "update"
    observed[config] = Observed({**live, "data": {"k": "v", "theirs": "x"}})
    assert actions(plan_of(resources(SET), observed, inventory))["config"] == "keep"


def test_what_someone_deleted_is_created_again() -> None:
    observed, inventory = installed(plan_of(resources(SET)))
    del observed[next(id for id in observed if id.name == "config")]
    plan = plan_of(resources(SET), observed, inventory)
    assert actions(plan)["config"] == "create"
    assert next(m.uid for m in plan.after.members if m.id.name == "config") == ""


def test_what_was_there_before_us_is_updated() -> None:
    live = {**config_map("a", k="1"), "metadata": {"name": "a", "namespace": "demo", "uid": "u"}}
    plan = plan_of(as_resources(config_map("a", k="1")), observe(live))
    assert actions(plan) == {"a": "update"}
    assert plan.after.members[0].uid == ""  # it is not ours before it carries our label


def test_what_is_being_deleted_is_created_once_it_is_gone() -> None:
    live = as_live(config_map("a"))
    live["metadata"]["deletionTimestamp"] = "2026-08-01T12:00:00Z"
    (change,) = plan_of(as_resources(config_map("a")), observe(live)).changes
    assert (change.action, change.note) == ("create", "the present one is being deleted")


def test_what_a_dry_run_proved_immutable_is_made_anew() -> None:
    manifest = config_map("a", k="2")
    plan = plan_of(as_resources(manifest), observe(as_live(config_map("a", k="1"))), recreate={id_of(manifest)})
    assert actions(plan) == {"a": "recreate"}
    assert plan.after.members[0].uid == ""


JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: demo}
spec: {ttlSecondsAfterFinished: 60, template: {spec: {}}}
"""


def test_a_finished_job_that_removed_itself_is_kept_unless_it_changed() -> None:
    observed, inventory = installed(plan_of(resources(JOB)))
    plan = plan_of(resources(JOB), {}, inventory)
    assert actions(plan) == {"once": "keep"} and plan.is_noop
    assert actions(plan_of(resources(JOB.replace("60", "70")), {}, inventory)) == {"once": "create"}
    without = JOB.replace("ttlSecondsAfterFinished: 60, ", "")
    _, other = installed(plan_of(resources(without)))
    assert actions(plan_of(resources(without), {}, other)) == {"once": "create"}
    assert observed


def test_a_circle_names_the_place_where_it_was_written() -> None:
    one, other = config_map("a"), config_map("b")
    for manifest, name in ((one, "b"), (other, "a")):
        depends = {"config.kubernetes.io/depends-on": f"/namespaces/demo/ConfigMap/{name}"}
        manifest["metadata"]["annotations"] = depends
    with pytest.raises(InputError, match=r"^set\.yaml:\d: these resources wait for each other"):
        plan_of(as_resources(one, other))


def test_waits_outside_the_set_are_in_the_plan() -> None:
    manifest = config_map("a")
    manifest["metadata"]["annotations"] = {"config.kubernetes.io/depends-on": "apps/namespaces/x/Deployment/y"}
    (wait,) = plan_of(as_resources(manifest)).waits
    assert wait.before == ResourceId("apps", "Deployment", "x", "y")


def test_the_input_is_not_changed() -> None:
    given_set = resources(SET)
    plan_of(given_set)
    assert given_set == resources(SET)


def test_a_resource_of_another_installation_is_recognised() -> None:
    live = as_live(config_map("a"))
    live["metadata"]["labels"] = {PART_OF: "applyset-other-v1"}
    assert foreign_owner(live, applyset_id("demo", "x")) == "applyset-other-v1"
    assert foreign_owner(live, "applyset-other-v1") == ""
    assert foreign_owner(as_live(config_map("a")), "anything") == ""


@pytest.mark.parametrize("labels", [{}, {PART_OF: "applyset-other-v1"}])
def test_what_is_not_ours_yet_is_recorded_without_its_uid_until_it_is(labels: dict[str, str]) -> None:
    """Killed before it was applied to, a delete would remove what somebody else made."""
    theirs = as_live(config_map("a"), uid="theirs")
    theirs["metadata"]["labels"] = labels
    plan = plan_of(as_resources(config_map("a", k="1")), observe(theirs))
    assert actions(plan) == {"a": "update"}
    assert [member.uid for member in plan.after.members] == [""]
    left = plan_of((), observe(theirs), plan.after)
    assert actions(left) == {}
    assert "no longer ours" in left.left[0].note


def test_what_somebody_made_anew_is_recorded_without_its_uid_until_it_is_ours() -> None:
    _, inventory = installed(plan_of(as_resources(config_map("a", k="1"))))
    theirs = as_live(config_map("a"), uid="theirs")
    plan = plan_of(as_resources(config_map("a", k="1")), observe(theirs), inventory)
    assert [member.uid for member in plan.after.members] == [""]


def test_a_member_whose_uid_changed_is_updated_so_that_the_record_is_right() -> None:
    observed, inventory = installed(plan_of(as_resources(config_map("a", k="1"))))
    (id_, found), *_ = observed.items()
    manifest = {**found.manifest, "metadata": {**found.manifest["metadata"], "uid": "new"}}
    plan = plan_of(as_resources(config_map("a", k="1")), {id_: Observed(manifest)}, inventory)
    assert actions(plan) == {"a": "update"}
    assert plan.after.members == (Member(id_, "v1", "new"),)
    assert EMPTY.members == ()
