from __future__ import annotations

import pytest

from kfinstall.plan import BUILTIN_KINDS, PART_OF, Inventory, Observed, applyset_id, make_plan
from kfinstall.plan.kinds import kinds_from_crds
from kfinstall.resource import ResourceId
from tests.plan.sets import KEY, actions, as_resources, config_map, installed, observe, plan_of, resources
from tests.plan.test_make import SET

OURS = applyset_id("demo", "kfinstall-system")


def the_install(text: str = SET):
    return installed(plan_of(resources(text)))


def without(text: str, *kinds: str) -> str:
    return "---".join(part for part in text.split("---") if not any(f"kind: {kind}\n" in part for kind in kinds))


def touched(observed, name: str, **changes):
    """The cluster with one live manifest changed."""
    id_ = next(id_ for id_ in observed if id_.name == name)
    live = observed[id_].manifest
    metadata = {**live["metadata"], **changes.pop("metadata", {})}
    return {**observed, id_: Observed({**live, **changes, "metadata": metadata})}


def test_what_the_set_no_longer_has_is_pruned_last() -> None:
    observed, inventory = the_install()
    plan = plan_of(resources(without(SET, "Secret")), observed, inventory)
    assert plan.changes[-1].action == "prune" and plan.changes[-1].id.name == "secret"
    assert "secret" not in [member.id.name for member in plan.after.members]


def test_an_empty_set_removes_everything_backwards() -> None:
    observed, inventory = the_install()
    plan = plan_of((), observed, inventory)
    assert set(actions(plan).values()) == {"prune"}
    names = [change.id.name for change in plan.changes]
    assert names.index("web") < names.index("config") and names[-1] == "demo"
    assert plan.after.members == () and plan.left == ()
    assert [change.id.name for change in plan.changes if change.if_empty] == ["demo"]


def test_removal_waits_for_what_used_it() -> None:
    observed, inventory = the_install()
    pairs = {(edge.before.name, edge.after.name) for edge in plan_of((), observed, inventory).prune_edges}
    assert {("web", "config"), ("web", "claim"), ("config", "demo"), ("web", "demo")} <= pairs


def test_custom_resources_go_before_their_operator_and_that_before_the_crd() -> None:
    from tests.plan.test_edges import CRD, WIDGET, deployment, operator_rights

    rights = operator_rights("[widgets, widgets/status]", "['*']")
    observed, inventory = the_install(CRD + WIDGET + deployment("serviceAccountName: x") + rights)
    plan = plan_of((), observed, inventory)
    names = [change.id.name for change in plan.changes]
    assert names.index("w") < names.index("web") < names.index("widgets.example.com")
    assert next(change for change in plan.changes if change.id.name == "widgets.example.com").if_empty


def test_what_is_gone_already_is_forgotten() -> None:
    _, inventory = the_install()
    plan = plan_of((), {}, inventory)
    assert plan.changes == () and plan.after.members == ()
    assert not plan.is_noop


def test_what_someone_else_made_anew_is_not_removed() -> None:
    observed, inventory = the_install()
    plan = plan_of((), touched(observed, "config", metadata={"uid": "other"}), inventory)
    assert "config" not in actions(plan)
    (left, *_) = [change for change in plan.left if change.id.name == "config"]
    assert "no longer ours" in left.note


@pytest.mark.parametrize("adopt", [False, True])
def test_what_another_installation_took_over_is_its_own_whatever_its_uid(adopt: bool) -> None:
    observed, inventory = the_install()
    taken = touched(observed, "config", metadata={"labels": {PART_OF: "applyset-other-v1"}})
    plan = plan_of((), taken, inventory, adopt=adopt)
    assert "config" not in actions(plan)
    notes = {change.id.name: change.note for change in plan.left}
    assert notes["config"] == "it belongs to another installation now"
    assert [member.id.name for member in plan.after.members] == ["demo"]


@pytest.mark.parametrize(("part_of", "goes"), [(OURS, True), ("applyset-other-v1", False), ("", False)])
def test_before_the_uid_is_known_the_label_proves_whose_it_is(part_of: str, goes: bool) -> None:
    live = config_map("a")
    live["metadata"] |= {"uid": "u", "labels": {PART_OF: part_of}}
    members = tuple(member._replace(uid="") for member in the_install(_text(config_map("a")))[1].members)
    plan = plan_of((), observe(live), Inventory("demo", "kfinstall-system", members))
    assert (actions(plan) == {"a": "prune"}) is goes


def _text(manifest) -> str:
    from kfinstall.manifest import dump_manifest

    return dump_manifest(manifest)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("kfinstall.dev/prune", "never"),
        ("argocd.argoproj.io/sync-options", "Force=true, Prune=false"),
        ("helm.sh/resource-policy", "keep"),
        ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
        ("client.lifecycle.config.k8s.io/deletion", "detach"),
        ("cli-utils.sigs.k8s.io/on-remove", "keep"),
    ],
)
def test_what_asks_to_stay_stays_and_so_does_its_namespace(annotation: str, value: str) -> None:
    observed, inventory = the_install()
    plan = plan_of((), touched(observed, "config", metadata={"annotations": {annotation: value}}), inventory)
    notes = {change.id.name: change.note for change in plan.left}
    assert annotation in notes["config"] and "ConfigMap demo/config stays in it" in notes["demo"]
    assert [member.id.name for member in plan.after.members] == ["demo"]


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public", "kube-node-lease"])
def test_a_namespace_that_kubernetes_has_by_itself_stays_and_is_forgotten(name: str) -> None:
    wanted = as_resources({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, config_map("a", name))
    observed, inventory = installed(plan_of(wanted))
    plan = plan_of((), observed, inventory)
    assert actions(plan) == {"a": "prune"}
    assert [change.note for change in plan.left] == ["it is one that Kubernetes has by itself"]
    assert plan.after.members == ()


def test_a_namespace_that_is_no_longer_asked_for_stays_recorded_with_what_is() -> None:
    room = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}
    observed, inventory = installed(plan_of(as_resources(room, config_map("a"))))
    plan = plan_of(as_resources(config_map("a")), observed, inventory)
    assert plan.is_noop
    assert [(change.id.name, change.note) for change in plan.left] == [("demo", "ConfigMap demo/a stays in it")]
    assert actions(plan_of((), observed, inventory)) == {"a": "prune", "demo": "prune"}


def test_a_definition_that_is_no_longer_asked_for_stays_with_its_resources() -> None:
    from tests.plan.test_edges import CRD, WIDGET

    observed, inventory = the_install(CRD + WIDGET)
    [widget] = [one for one in resources(CRD + WIDGET) if one.id.kind == "Widget"]
    kinds = {**BUILTIN_KINDS, **kinds_from_crds(resources(CRD))}
    plan = make_plan((widget,), observed, inventory, kinds, digest_key=KEY)
    assert "prune" not in {change.action for change in plan.changes}
    assert [change.id.name for change in plan.left] == ["widgets.example.com"]


def test_data_stays_unless_told() -> None:
    observed, inventory = the_install()
    observed = touched(observed, "claim", status={"phase": "Bound"})
    plan = plan_of((), observed, inventory)
    assert {change.id.name for change in plan.left} == {"claim", "demo"}
    assert {member.id.name for member in plan.after.members} == {"claim", "demo"}
    assert actions(plan_of((), observed, inventory, delete_data=True))["claim"] == "prune"


def test_a_claim_that_was_never_bound_holds_no_data() -> None:
    observed, inventory = the_install()
    observed = touched(observed, "claim", status={"phase": "Pending"})
    assert actions(plan_of((), observed, inventory))["claim"] == "prune"


def test_without_pruning_nothing_goes_and_nothing_is_forgotten() -> None:
    observed, inventory = the_install()
    plan = plan_of(resources(without(SET, "Secret")), observed, inventory, prune=False)
    assert "prune" not in actions(plan).values()
    assert {member.id for member in plan.after.members} == {member.id for member in inventory.members}
    assert plan.is_noop


def test_a_malformed_annotation_on_what_is_live_does_not_stop_a_removal() -> None:
    observed, inventory = the_install()
    annotations = {"argocd.argoproj.io/sync-wave": "x", "config.kubernetes.io/depends-on": "y"}
    plan = plan_of((), touched(observed, "config", metadata={"annotations": annotations}), inventory)
    assert actions(plan)["config"] == "prune"


def test_a_circle_in_what_is_live_does_not_stop_a_removal() -> None:
    observed, inventory = installed(plan_of(as_resources(config_map("a"), config_map("b"))))
    for name, other in (("a", "b"), ("b", "a")):
        depends = {"config.kubernetes.io/depends-on": f"/namespaces/demo/ConfigMap/{other}"}
        observed = touched(observed, name, metadata={"annotations": depends})
    assert actions(plan_of((), observed, inventory)) == {"a": "prune", "b": "prune"}


def test_what_is_kept_elsewhere_is_not_touched() -> None:
    observed, inventory = the_install()
    foreign = config_map("foreign")
    observed |= observe({**foreign, "metadata": {**foreign["metadata"], "uid": "f"}})
    assert "foreign" not in actions(plan_of((), observed, inventory))
    assert ResourceId("", "ConfigMap", "demo", "foreign") in observed


MAKER = """
apiVersion: batch/v1
kind: Job
metadata: {name: make, namespace: demo}
spec:
  template:
    metadata:
      annotations: {kfinstall.dev/generates: '[{"name": "made", "keys": ["password"]}]'}
    spec: {}
"""


def made_secret(**labels: str):
    metadata = {"name": "made", "namespace": "demo", "uid": "m", "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"password": "eA=="}}


PROOF = {"app.kubernetes.io/managed-by": "kfinstall", "kfinstall.dev/generated-by": "make"}


def test_a_secret_that_a_job_made_goes_with_the_job() -> None:
    observed, inventory = the_install(MAKER)
    plan = plan_of((), observed | observe(made_secret(**PROOF)), inventory)
    assert actions(plan) == {"make": "prune", "made": "prune"}


def test_a_secret_that_was_there_before_the_job_stays() -> None:
    observed, inventory = the_install(MAKER)
    assert actions(plan_of((), observed | observe(made_secret()), inventory)) == {"make": "prune"}


def test_a_secret_that_another_job_of_the_set_makes_stays() -> None:
    observed, inventory = the_install(MAKER)
    renamed = resources(MAKER.replace("name: make,", "name: make-anew,"))
    plan = plan_of(renamed, observed | observe(made_secret(**PROOF)), inventory)
    assert actions(plan) == {"make-anew": "create", "make": "prune"}


STATEFUL_SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: demo}
spec:
  replicas: 1
  selector: {matchLabels: {app: db}}
  volumeClaimTemplates: [{metadata: {name: data}}]
  template: {spec: {}}
"""


def claim(name: str, phase: str = "Bound", app: str = "db"):
    metadata = {"name": name, "namespace": "demo", "uid": name, "labels": {"app": app}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "status": {"phase": phase}}


def test_claims_of_a_stateful_set_are_data_that_is_left_and_stays_recorded() -> None:
    observed, inventory = the_install(STATEFUL_SET)
    observed |= observe(claim("data-db-0"), claim("data-db-0-copy"), claim("other-db-0"))
    plan = plan_of((), observed, inventory)
    assert actions(plan) == {"db": "prune"}
    assert [(change.id.name, change.note) for change in plan.left] == [("data-db-0", "it holds data")]
    assert [(member.id.name, member.uid) for member in plan.after.members] == [("data-db-0", "data-db-0")]
    later = plan_of((), observe(claim("data-db-0")), plan.after, delete_data=True)
    assert actions(later) == {"data-db-0": "prune"}


def test_claims_of_a_stateful_set_go_with_it_when_told() -> None:
    observed, inventory = the_install(STATEFUL_SET)
    observed |= observe(claim("data-db-0"))
    assert actions(plan_of((), observed, inventory, delete_data=True)) == {"db": "prune", "data-db-0": "prune"}


def test_a_claim_that_merely_has_such_a_name_is_not_touched() -> None:
    observed, inventory = the_install(STATEFUL_SET)
    observed |= observe(claim("data-db-0", app="mine"))
    assert actions(plan_of((), observed, inventory, delete_data=True)) == {"db": "prune"}
