"""Who changed what: fields that are not as they were applied, and their managers now."""

from __future__ import annotations

from typing import Any

from kfinstall.plan.drift import Drift, find_drift

APPLIED = {
    "spec": {
        "replicas": 2,
        "containers": [{"name": "web", "image": "web:1", "args": ["-v"]}, {"name": "side", "image": "side:1"}],
    }
}


def live(spec: dict[str, Any], **fields: Any) -> dict[str, Any]:
    entries = [{"manager": manager, "operation": "Update", "fieldsV1": owned} for manager, owned in fields.items()]
    return {"spec": spec, "metadata": {"managedFields": entries}}


def test_what_is_as_it_was_applied_has_not_drifted() -> None:
    assert find_drift(APPLIED, live(APPLIED["spec"], someone={"f:spec": {"f:replicas": {}}})) == ()


def test_a_field_is_named_with_all_who_manage_it_but_us() -> None:
    owned = {"f:spec": {"f:replicas": {}}}
    found = find_drift(APPLIED, live({**APPLIED["spec"], "replicas": 5}, hpa=owned, kubectl=owned, kfinstall=owned))
    assert found == (Drift("spec.replicas", ("hpa", "kubectl")),)
    assert str(found[0]) == "spec.replicas (by hpa, kubectl)"


def test_an_item_of_a_keyed_list_is_found_by_its_key() -> None:
    containers = [{"name": "web", "image": "web:2", "args": ["-v"]}, {"name": "side", "image": "side:1"}]
    owned = {"f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}}}}}
    other = {"f:spec": {"f:containers": {'k:{"name":"side"}': {"f:image": {}}}}}
    found = find_drift(APPLIED, live({"replicas": 2, "containers": containers}, team=owned, others=other))
    assert found == (Drift("spec.containers[name=web].image", ("team",)),)


def test_a_list_that_is_owned_as_a_whole_names_its_owner() -> None:
    containers = [{"name": "web", "image": "web:1", "args": ["-q"]}, {"name": "side", "image": "side:1"}]
    owned = {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:args": {}}}}}
    found = find_drift(APPLIED, live({"replicas": 2, "containers": containers}, team=owned))
    assert found == (Drift("spec.containers[name=web].args[0]", ("team",)),)


def test_of_a_field_that_was_removed_nobody_is_named() -> None:
    [found] = find_drift(APPLIED, live({"containers": APPLIED["spec"]["containers"]}, team={"f:spec": {}}))
    assert found.field == "spec.replicas"
    assert "removed" in str(found._replace(managers=()))
