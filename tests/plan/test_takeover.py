"""What was applied by kubectl or Helm becomes ours the first time we apply it; who else owns it is told."""

from __future__ import annotations

from typing import Any

import pytest

from kfinstall.plan.inventory import PART_OF
from kfinstall.plan.owned import owned_fields
from kfinstall.plan.owners import owner_of
from kfinstall.plan.takeover import CONTROLLERS, FORMER_MANAGERS, former_of, given_up, taken_over


def entry(manager: str, operation: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    data = {"a": "1", "b": "2", "c": "3"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": {"managedFields": list(entries)}}


@pytest.mark.parametrize(("manager", "operation"), FORMER_MANAGERS)
def test_what_a_former_manager_applied_becomes_ours(manager: str, operation: str) -> None:
    before = live(entry(manager, operation, {"f:data": {"f:a": {}}}), entry("other", "Apply", {"f:data": {"f:b": {}}}))
    after = taken_over(before)
    assert former_of(before) in {"kubectl", "Helm"}
    assert owned_fields(after) == {"data": {"a": "1"}}
    assert owned_fields(after, "other") == {"data": {"b": "2"}}
    assert former_of(after) == ""
    assert "kfinstall" not in str(before)


def test_two_former_managers_are_joined() -> None:
    kubectl = entry("kubectl-client-side-apply", "Update", {"f:data": {".": {}, "f:a": {}}})
    after = taken_over(live(kubectl, entry("helm", "Update", {"f:data": {"f:b": {}}})))
    assert owned_fields(after) == {"data": {"a": "1", "b": "2"}}
    assert len(after["metadata"]["managedFields"]) == 1


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (entry("someone", "Update", {"f:data": {"f:a": {}}}),),
        (entry("kubectl-edit", "Update", {"f:data": {"f:a": {}}}),),
        (entry("helm", "Update", {"f:status": {}}, subresource="status"),),
        (entry("kfinstall", "Apply", {}), entry("kubectl-client-side-apply", "Update", {"f:data": {"f:a": {}}})),
    ],
)
def test_what_nobody_known_applied_or_we_applied_before_is_left_alone(entries: tuple[dict[str, Any], ...]) -> None:
    manifest = live(*entries)
    assert former_of(manifest) == ""
    assert taken_over(manifest) is manifest


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"labels": {PART_OF: "theirs"}}, "another installation"),
        ({"annotations": {"meta.helm.sh/release-name": "minio"}}, "the Helm release 'minio'"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "ml:apps/Deployment:a/b"}}, "Argo CD application 'ml'"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "ml"}}, "the Flux Kustomization 'ml'"),
        ({"labels": {"kapp.k14s.io/app": "17"}}, "the kapp application '17'"),
    ],
)
def test_another_owner_is_named_with_what_to_do(metadata: dict[str, Any], told: str) -> None:
    owner = owner_of({"metadata": metadata}, "ours")
    assert owner is not None
    assert told in owner.told
    assert "--adopt" in owner.hint


def test_our_own_label_is_no_other_owner() -> None:
    assert owner_of({"metadata": {"labels": {PART_OF: "ours", "a": "b"}}}, "ours") is None
    assert owner_of({"metadata": {}}, "ours") is None


@pytest.mark.parametrize(("manager", "operation"), CONTROLLERS)
def test_what_a_controller_applied_beside_us_becomes_ours_too(manager: str, operation: str) -> None:
    ours = entry("kfinstall", "Apply", {"f:data": {"f:a": {}}})
    before = live(ours, entry(manager, operation, {"f:data": {"f:a": {}, "f:b": {}}}))
    assert former_of(before) in {"Argo CD", "Flux"}
    after = taken_over(before)
    assert owned_fields(after) == {"data": {"a": "1", "b": "2"}}
    assert [one["manager"] for one in after["metadata"]["managedFields"]] == ["kfinstall"]


def test_of_another_api_version_only_the_metadata_is_taken_over() -> None:
    theirs = entry("argocd-controller", "Apply", {"f:spec": {"f:x": {}}, "f:metadata": {"f:labels": {"f:l": {}}}})
    after = taken_over(live(entry("kfinstall", "Apply", {"f:data": {"f:a": {}}}), {**theirs, "apiVersion": "v2"}))
    (ours,) = after["metadata"]["managedFields"]
    assert ours["fieldsV1"] == {"f:data": {"f:a": {}}, "f:metadata": {"f:labels": {"f:l": {}}}}


def test_what_is_given_up_keeps_every_value_and_loses_our_entries_and_label() -> None:
    status = entry("kfinstall", "Update", {"f:status": {}}, subresource="status")
    before = live(
        entry("kfinstall", "Apply", {}), entry("kfinstall", "Update", {}), status, entry("other", "Apply", {})
    )
    before["metadata"]["labels"] = {PART_OF: "ours", "a": "b"}
    after = given_up(before, "ours")
    assert after["data"] == before["data"] and after["metadata"]["labels"] == {"a": "b"}
    assert after["metadata"]["managedFields"] == [status, entry("other", "Apply", {})]
    assert given_up(after, "ours") is after


def test_where_nobody_else_is_left_the_entries_are_emptied_in_the_way_a_server_understands() -> None:
    assert given_up(live(entry("kfinstall", "Apply", {})), "ours")["metadata"]["managedFields"] == [{}]


def test_the_label_of_another_installation_is_not_ours_to_take_off() -> None:
    before = live(entry("other", "Apply", {}))
    before["metadata"]["labels"] = {PART_OF: "theirs"}
    assert given_up(before, "ours") is before


@pytest.mark.parametrize(
    ("labels", "manager", "told"),
    [
        ({"app.kubernetes.io/instance": "ml"}, "argocd-controller", "the Argo CD application 'ml'"),
        ({"app.kubernetes.io/instance": "ml"}, "argocd-application-controller", "the Argo CD application 'ml'"),
        ({}, "argocd-controller", "Argo CD (it has applied it)"),
        ({"app.kubernetes.io/instance": "ml"}, "kubectl", None),
        ({"app.kubernetes.io/instance": "ml"}, "argocd-server", None),
    ],
)
def test_who_argo_cd_owns_is_told_by_who_wrote_it(labels: dict[str, str], manager: str, told: str | None) -> None:
    owner = owner_of({"metadata": {"labels": labels, "managedFields": [entry(manager, "Apply", {})]}}, "ours")
    assert (owner.told if owner else None) == told


def test_a_controller_that_wrote_a_status_alone_owns_nothing() -> None:
    written = entry("argocd-controller", "Update", {"f:status": {}}, subresource="status")
    assert owner_of({"metadata": {"managedFields": [written]}}, "ours") is None


def test_resources_of_one_application_have_one_owner() -> None:
    ids = ["ml:apps/Deployment:a/b", "ml:/ConfigMap:a/c"]
    owners = {owner_of({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": id}}}, "ours") for id in ids}
    assert len(owners) == 1
