"""Edges from rights: roles before bindings, both before the pods that need them; CRDs before who may watch them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kfinstall.plan.edges.scene import Scene, Workload
from kfinstall.plan.edges.scope import crds_by_kind, same_component
from kfinstall.plan.model import Edge
from kfinstall.resource import Resource, ResourceId

_RBAC = "rbac.authorization.k8s.io"
_ALL_ACCOUNTS = "system:serviceaccounts"


def _bindings(scene: Scene) -> list[Resource]:
    return scene.of(_RBAC, "RoleBinding", "ClusterRoleBinding")


def _role_of(binding: Resource) -> ResourceId:
    ref = binding.manifest.get("roleRef") or {}
    namespace = binding.id.namespace if ref.get("kind") == "Role" else ""
    return ResourceId(_RBAC, str(ref.get("kind")), namespace, str(ref.get("name")))


def role_before_binding(scene: Scene) -> Iterator[Edge]:
    """A role is there before it is bound; a ServiceAccount before it is given something."""
    for binding in _bindings(scene):
        yield from scene.edge(_role_of(binding), binding.id, "applied", "binds this role")
        for subject in _accounts(binding):
            yield from scene.edge(subject, binding.id, "applied", "gives it rights")


def _accounts(binding: Resource) -> Iterator[ResourceId]:
    for subject in binding.manifest.get("subjects") or ():
        if subject.get("kind") == "ServiceAccount":
            namespace = str(subject.get("namespace") or binding.id.namespace)
            yield ResourceId("", "ServiceAccount", namespace, str(subject.get("name")))


def bindings_by_account(scene: Scene) -> Mapping[ResourceId, list[Resource]]:
    """Give the bindings that name each ServiceAccount by itself, not through a group."""
    found: dict[ResourceId, list[Resource]] = defaultdict(list)
    for binding in _bindings(scene):
        for account in _accounts(binding):
            found[account].append(binding)
    return found


def _group_bindings(scene: Scene) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for binding in _bindings(scene):
        for subject in binding.manifest.get("subjects") or ():
            name = str(subject.get("name"))
            if subject.get("kind") == "Group" and name.startswith(_ALL_ACCOUNTS):
                found[name].append(binding)
    return found


def rights_before_workload(scene: Scene) -> Iterator[Edge]:
    """A workload starts when its ServiceAccount may do what its bindings allow."""
    by_account, by_group = bindings_by_account(scene), _group_bindings(scene)
    for workload in scene.workloads:
        groups = (_ALL_ACCOUNTS, f"{_ALL_ACCOUNTS}:{workload.id.namespace}")
        through_groups = [binding for group in groups for binding in by_group.get(group, ())]
        for binding in (*by_account.get(workload.service_account, ()), *through_groups):
            yield from scene.edge(binding.id, workload.id, "applied", "gives it its rights")


def crd_before_its_watchers(scene: Scene) -> Iterator[Edge]:
    """A controller starts when the kinds it watches are served: many give up when they are not."""
    for crd, workload, _ in _watchers(scene):
        yield from scene.edge(crd.id, workload.id, "healthy", "watches the kind that it defines")


def operator_before_custom_resources(scene: Scene) -> Iterator[Edge]:
    """An operator is healthy before its custom resources are sent, and outlives them so that it can clean up.

    The operator of a kind is who may write its status, or who watches it and is of the same catalogue component.
    """
    operators: dict[ResourceId, list[Workload]] = defaultdict(list)
    for crd, workload, is_operator in _watchers(scene):
        if is_operator:
            operators[crd.id].append(workload)
    by_kind = crds_by_kind(scene) if operators else {}
    for resource in scene.resources if operators else ():
        crd_of_it = by_kind.get(resource.gvk.group_kind)
        for workload in operators.get(crd_of_it.id, ()) if crd_of_it else ():
            yield from scene.edge(workload.id, resource.id, "healthy", "is run by this operator")


def _watchers(scene: Scene) -> Iterator[tuple[Resource, Workload, bool]]:
    """Give each CRD with each workload that may watch it, and whether that one is its operator."""
    crds = {(kind.group, _plural(crd)): crd for kind, crd in crds_by_kind(scene).items()}
    if not crds:
        return
    by_account = bindings_by_account(scene)
    rules_of = {account: _rules(scene, bindings) for account, bindings in by_account.items()}
    for workload in scene.workloads:
        granted = rules_of.get(workload.service_account, ())
        for (group, plural), crd in crds.items():
            if _allows(granted, group, plural, "watch"):
                writes_status = any(_allows(granted, group, f"{plural}/status", verb) for verb in ("update", "patch"))
                yield crd, workload, writes_status or same_component(crd, workload.resource)


def _plural(crd: Resource) -> str:
    return str(((crd.manifest.get("spec") or {}).get("names") or {}).get("plural"))


def _rules(scene: Scene, bindings: Iterable[Resource]) -> list[Mapping[str, Any]]:
    roles = (scene.by_id.get(_role_of(binding)) for binding in bindings)
    return [rule for role in roles if role for rule in role.manifest.get("rules") or ()]


def _allows(rules: Iterable[Mapping[str, Any]], group: str, resource: str, verb: str) -> bool:
    """Does a rule that names this group allow it? One for all groups says nothing of who watches what."""
    every = f"*/{resource.partition('/')[2]}" if "/" in resource else "*"
    return any(
        group in (rule.get("apiGroups") or ())
        and any(name in (rule.get("resources") or ()) for name in (resource, "*", every))
        and any(name in (rule.get("verbs") or ()) for name in (verb, "*"))
        for rule in rules
    )
