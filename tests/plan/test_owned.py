"""Field sets as the API server writes them into managedFields."""

from __future__ import annotations

from typing import Any

from kfinstall.plan import Member, answered, digest, is_as_recorded, owned_fields
from kfinstall.resource import ResourceId
from tests.plan.sets import KEY


def live(fields: dict[str, Any], manager: str = "kfinstall", operation: str = "Apply", **body: Any) -> dict[str, Any]:
    entry = {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields}
    return {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a", "uid": "u", "managedFields": [entry]}, **body}


def test_only_what_we_applied_is_ours() -> None:
    manifest = live({"f:spec": {"f:replicas": {}}}, spec={"replicas": 1, "paused": False})
    assert owned_fields(manifest) == {"spec": {"replicas": 1}}
    assert owned_fields(manifest, "kubectl") == {}


def test_what_we_updated_without_applying_or_in_a_subresource_is_not_ours() -> None:
    assert owned_fields(live({"f:spec": {}}, operation="Update", spec={"a": 1})) == {}
    manifest = live({"f:spec": {}}, spec={"a": 1})
    manifest["metadata"]["managedFields"][0]["subresource"] = "status"
    assert owned_fields(manifest) == {}


def test_items_of_keyed_lists_are_found_by_their_keys() -> None:
    fields = {"f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}}
    ports = [{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80, "protocol": "TCP", "name": "http"}]
    assert owned_fields(live(fields, ports=ports)) == {"ports": [{"containerPort": 80}]}


def test_items_of_sets_and_by_place_are_found() -> None:
    fields = {"f:finalizers": {'v:"a/b"': {}}, "f:args": {"i:1": {}}}
    assert owned_fields(live(fields, finalizers=["c/d", "a/b"], args=["x", "y"])) == {
        "finalizers": ["a/b"],
        "args": ["y"],
    }


def test_a_field_owned_as_a_whole_is_taken_as_a_whole() -> None:
    manifest = live({"f:data": {}, "f:gone": {}}, data={"k": ["v"]})
    assert owned_fields(manifest) == {"data": {"k": ["v"]}}


def test_two_entries_of_ours_are_joined() -> None:
    manifest = live({"f:data": {"f:a": {}}}, data={"a": "1", "b": "2"})
    manifest["metadata"]["managedFields"].append(
        {"manager": "kfinstall", "operation": "Apply", "apiVersion": "v2", "fieldsV1": {"f:data": {"f:b": {}}}}
    )
    assert owned_fields(manifest) == {"data": {"a": "1", "b": "2"}}


def test_a_digest_does_not_depend_on_the_order_of_keys_but_on_the_key() -> None:
    assert digest({"a": 1, "b": 2}, KEY) == digest({"b": 2, "a": 1}, KEY)
    assert digest({"a": 1}, KEY) != digest({"a": 1}, b"another")
    assert len(digest({}, KEY)) == 22


def test_what_was_answered_is_recognised_until_either_side_changes() -> None:
    desired = {"data": {"a": "1"}}
    manifest = live({"f:data": {"f:a": {}}}, data={"a": "1", "theirs": "x"})
    member = answered(Member(ResourceId("", "X", "", "a"), "v1"), desired, manifest, KEY)
    assert is_as_recorded(member, desired, manifest, KEY)
    assert is_as_recorded(member, desired, {**manifest, "data": {"a": "1", "theirs": "y"}}, KEY)
    assert not is_as_recorded(member, {"data": {"a": "2"}}, manifest, KEY)
    assert not is_as_recorded(member, desired, {**manifest, "data": {"a": "0"}}, KEY)
    assert not is_as_recorded(member._replace(uid="other"), desired, manifest, KEY)
    assert not is_as_recorded(Member(member.id, "v1", "u"), desired, manifest, KEY)
