"""What was applied by kubectl or Helm becomes ours the first time we apply it; who else owns it is told."""

from __future__ import annotations

from typing import Any

import pytest

from kfinstall.plan.inventory import PART_OF
from kfinstall.plan.owned import owned_fields
from kfinstall.plan.owners import owner_of
from kfinstall.plan.takeover import FORMER_MANAGERS, former_of, taken_over


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
