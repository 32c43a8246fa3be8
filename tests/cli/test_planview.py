from kfinstall.cli import planview
from kfinstall.plan.model import Change, Inventory, Plan
from kfinstall.resource import Origin, Resource, ResourceId

ARGO = ResourceId("apps", "Deployment", "kubeflow", "argo")
OLD = ResourceId("", "ConfigMap", "kubeflow", "old")
KEPT = ResourceId("", "Service", "kubeflow", "argo")


def change(action: str, id: ResourceId, **more: object) -> Change:
    labels = {"kfinstall.dev/component": "argo"}
    manifest = {"kind": id.kind, "metadata": {"name": id.name, "namespace": id.namespace, "labels": labels}}
    resource = None if action == "prune" else Resource(manifest, Origin("argo.yaml", 3))
    return Change(action, id, "v1", resource, **more)  # type: ignore[arg-type]


def plan(*changes: Change) -> Plan:
    record = Inventory("story", "kfinstall-system")
    return Plan(tuple(changes), (), (), record, record)


PLAN = plan(
    change("update", ARGO, fields=("spec.replicas", "spec.paused")),
    change("keep", KEPT),
    change("prune", OLD, note="no longer in the manifests"),
)


def test_a_plan_in_one_line_counts_by_action() -> None:
    assert planview.summary(PLAN) == "1 to update, 1 to prune, 1 to keep"
    assert planview.summary(plan(change("keep", KEPT))) == "nothing to do: 1 resource as wanted"


def test_a_plan_is_laid_out_by_component() -> None:
    assert [line.split() for line in planview.by_component(PLAN)] == [
        ["COMPONENT", "UPDATE", "PRUNE", "KEEP"],
        ["(cluster)", "1"],
        ["argo", "1", "1"],
    ]


def test_what_is_changed_or_taken_away_is_named_with_its_fields_or_reason() -> None:
    assert list(planview.notable(PLAN)) == [
        "  update    Deployment.apps kubeflow/argo: spec.replicas, spec.paused",
        "  prune     ConfigMap kubeflow/old: no longer in the manifests",
    ]


def test_many_changes_are_not_all_named() -> None:
    many = plan(*(change("update", ARGO._replace(name=f"a{i}")) for i in range(40)))
    lines = list(planview.notable(many))
    assert len(lines) == planview.SHOWN_AT_MOST + 1
    assert lines[-1].strip().startswith(f"… and {40 - planview.SHOWN_AT_MOST} more")


def test_pruning_and_recreating_take_something_away_and_updating_does_not() -> None:
    assert planview.removes(PLAN)
    assert planview.removes(plan(change("recreate", ARGO)))
    assert not planview.removes(plan(change("update", ARGO), change("create", KEPT)))


def test_a_plan_as_data_names_fields_and_places_and_no_values() -> None:
    data = planview.as_data(PLAN)
    assert data["changes"][0] == {
        "action": "update",
        "id": ARGO._asdict(),
        "origin": "argo.yaml:3",
        "fields": ["spec.replicas", "spec.paused"],
    }
    assert data["edges"] == []


def test_a_diff_has_what_changes_and_nothing_of_what_is_kept() -> None:
    lines = list(planview.diff_lines(PLAN))
    assert any("Deployment.apps kubeflow/argo" in line for line in lines)
    assert not any("Service kubeflow/argo" in line for line in lines)
    assert [entry["action"] for entry in planview.diff_data(PLAN)] == ["update", "prune"]


def test_every_change_is_listed_and_what_is_kept_is_none() -> None:
    assert [line.split()[0] for line in planview.in_order(PLAN)] == ["update", "prune"]
