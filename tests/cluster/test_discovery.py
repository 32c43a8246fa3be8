from __future__ import annotations

from kfinstall.cluster.discovery import read_broken, read_kinds
from kfinstall.resource import GroupKind


def group(name: str, *versions: dict) -> dict:
    return {"metadata": {"name": name} if name else {}, "versions": list(versions)}


def version(name: str, *kinds: str, scope: str = "Namespaced", freshness: str = "Current") -> dict:
    resources = [
        {"resource": f"{kind.lower()}s", "responseKind": {"kind": kind}, "scope": scope, "verbs": ["get", "list"]}
        for kind in kinds
    ]
    return {"version": name, "resources": resources, "freshness": freshness}


def test_a_kind_has_its_versions_with_the_preferred_one_first():
    kinds = read_kinds({"items": [group("autoscaling", version("v2", "Scaler"), version("v1", "Scaler"))]})
    assert kinds[GroupKind("autoscaling", "Scaler")].versions == ("v2", "v1")


def test_core_kinds_have_the_empty_group_and_scope_is_read():
    kinds = read_kinds({"items": [group("", version("v1", "Node", scope="Cluster"))]}, {"items": []})
    info = kinds[GroupKind("", "Node")]
    assert (info.plural, info.is_namespaced, info.verbs) == ("nodes", False, frozenset({"get", "list"}))


def test_an_api_service_that_does_not_answer_blocks_nothing_and_is_named():
    broken = group("metrics.k8s.io", {"version": "v1beta1", "freshness": "Stale"})
    body = {"items": [broken, group("apps", version("v1", "Deployment"))]}
    assert list(read_kinds(body)) == [GroupKind("apps", "Deployment")]
    assert read_broken(body) == ("metrics.k8s.io/v1beta1",)
