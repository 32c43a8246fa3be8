from __future__ import annotations

from kfinstall.plan import BUILTIN_KINDS, kinds_from_crds
from kfinstall.resource import GroupKind
from tests.plan.sets import resources
from tests.plan.test_edges import CRD


def test_built_in_kinds_know_their_scope_plural_and_versions() -> None:
    assert BUILTIN_KINDS[GroupKind("apps", "Deployment")].is_namespaced
    assert BUILTIN_KINDS[GroupKind("", "Namespace")].plural == "namespaces"
    assert not BUILTIN_KINDS[GroupKind("storage.k8s.io", "StorageClass")].is_namespaced
    assert BUILTIN_KINDS[GroupKind("autoscaling", "HorizontalPodAutoscaler")].versions == ("v2", "v1")


def test_a_crd_brings_its_kind() -> None:
    info = kinds_from_crds(resources(CRD))[GroupKind("example.com", "Widget")]
    assert (info.plural, info.is_namespaced, info.versions) == ("widgets", True, ("v1",))
    assert "watch" in info.verbs
