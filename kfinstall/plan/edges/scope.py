"""Edges from where something lives: its namespace, its CRD, its APIService, the quotas of its namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.plan.edges.scene import Scene, component_of
from kfinstall.plan.kinds import CRD
from kfinstall.plan.model import Edge
from kfinstall.resource import GroupKind, Resource, ResourceId


def namespace_before_contents(scene: Scene) -> Iterator[Edge]:
    """A namespace is there before what lives in it."""
    for namespace, contents in scene.by_namespace.items():
        for resource in contents if namespace else ():
            before = ResourceId("", "Namespace", "", namespace)
            yield from scene.edge(before, resource.id, "healthy", "lives in this namespace")


def crd_before_custom_resources(scene: Scene) -> Iterator[Edge]:
    """A custom resource is sent when its kind is served."""
    by_kind = crds_by_kind(scene)
    for resource in scene.resources:
        if crd := by_kind.get(resource.gvk.group_kind):
            yield from scene.edge(crd.id, resource.id, "healthy", "is of the kind that it defines")


def crds_by_kind(scene: Scene) -> dict[GroupKind, Resource]:
    """Give the CustomResourceDefinitions of the set by the kind they define."""
    specs = ((crd, crd.manifest.get("spec") or {}) for crd in scene.by_kind.get(CRD, ()))
    return {GroupKind(str(spec.get("group")), str((spec.get("names") or {}).get("kind"))): crd for crd, spec in specs}


def api_service_before_its_kinds(scene: Scene) -> Iterator[Edge]:
    """What an aggregated API server serves is sent when it answers."""
    for api in scene.of("apiregistration.k8s.io", "APIService"):
        spec = api.manifest.get("spec") or {}
        if not spec.get("service"):
            continue
        for resource in scene.resources:
            if (resource.gvk.group, resource.gvk.version) == (spec.get("group"), spec.get("version")):
                yield from scene.edge(api.id, resource.id, "healthy", "is served by it")


def quota_before_workloads(scene: Scene) -> Iterator[Edge]:
    """Quotas and limits hold for every pod, so they come first; an uncounted quota refuses all pods."""
    for quota in scene.of("", "ResourceQuota"):
        for workload in scene.workloads_in.get(quota.id.namespace, ()):
            yield from scene.edge(quota.id, workload.id, "healthy", "its pods count against this quota")
    for limits in scene.of("", "LimitRange"):
        for workload in scene.workloads_in.get(limits.id.namespace, ()):
            yield from scene.edge(limits.id, workload.id, "applied", "its pods get their defaults from it")


def policy_before_binding(scene: Scene) -> Iterator[Edge]:
    """An admission policy is there before it is bound."""
    group = "admissionregistration.k8s.io"
    for kind in ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"):
        for binding in scene.of(group, f"{kind}Binding"):
            name = (binding.manifest.get("spec") or {}).get("policyName")
            policy = ResourceId(group, kind, "", str(name))
            yield from scene.edge(policy, binding.id, "applied", "binds this policy")


def same_component(one: Resource, other: Resource) -> bool:
    """Do both say that they belong to the same catalogue component?"""
    return component_of(one.manifest) == component_of(other.manifest) != ""
