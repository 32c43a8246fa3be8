"""Which resource waits for which, and why: a table of small rules over one indexed scene.

Rules that follow from what is written are firm. The others are inferred; where such an edge would close a circle it
gives way: a webhook cannot be in force before the workload that answers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kfinstall.errors import InputError, raise_all
from kfinstall.plan.annotations import check_annotations
from kfinstall.plan.edges import explicit, kapp, pods, rights, routing, scope, webhooks
from kfinstall.plan.edges.scene import EdgeRule, Scene, make_scene
from kfinstall.plan.graph import knots
from kfinstall.plan.model import Edge, Kinds
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import Origin, Resource, ResourceId

__all__ = [
    "FIRM_RULES",
    "INFERRED_RULES",
    "edges_of",
    "external_waits",
    "find_edges",
    "make_scene",
    "removal_edges_of",
    "without_circles",
]

FIRM_RULES: tuple[EdgeRule, ...] = (
    scope.namespace_before_contents,
    scope.crd_before_custom_resources,
    scope.api_service_before_its_kinds,
    scope.quota_before_workloads,
    scope.policy_before_binding,
    pods.named_before_workload,
    pods.generator_before_users,
    pods.service_before_stateful_set,
    pods.class_before_claim,
    pods.volume_before_claim,
    pods.target_before_autoscaler,
    pods.pull_secret_before_account,
    routing.named_before_ingress,
    routing.gateway_before_routes,
    rights.role_before_binding,
    rights.rights_before_workload,
    webhooks.backend_before_caller,
    explicit.depends_on,
    kapp.apply_order,
)
INFERRED_RULES: tuple[EdgeRule, ...] = (
    rights.crd_before_its_watchers,
    rights.operator_before_custom_resources,
    webhooks.converter_before_custom_resources,
    webhooks.webhook_before_what_it_judges,
)


def find_edges(resources: Sequence[Resource], kinds: Kinds) -> tuple[Edge, ...]:
    """Give who waits for whom among these resources, sorted; between two of them at most one edge.

    In:      resources that were normalised; `kinds` as discovery gives them.
    Raises:  InputError, or a group of them, for annotations that cannot be understood. Cycles are left to `order`.
    """
    readers = (kapp.groups_of, kapp.rules_of)
    raise_all([problem for r in resources for problem in check_annotations(r, pod_templates(r.manifest), readers)])
    return edges_of(make_scene(resources, kinds))


def external_waits(resources: Sequence[Resource], kinds: Kinds) -> tuple[Edge, ...]:
    """Give the edges whose `before` is not in the set and has to be healthy in the cluster.

    Raises:  InputError, or a group of them, for one that can never be: a namespaced kind without a namespace, or
             the other way round.
    """
    waits = _one_each(explicit.depends_on_outside(resources))
    if waits:
        origins = {resource.id: resource.origin for resource in resources}
        raise_all([error for wait in waits if (error := _wrong_scope(wait, kinds, origins[wait.after]))])
    return waits


def _wrong_scope(wait: Edge, kinds: Kinds, origin: Origin) -> InputError | None:
    info = kinds.get(wait.before.group_kind)
    if info is None or info.is_namespaced == bool(wait.before.namespace):
        return None
    place = "/namespaces/NAMESPACE/" if info.is_namespaced else "/"
    return InputError(
        f"{wait.after}: it depends on {wait.before}, whose kind is {'' if info.is_namespaced else 'not '}namespaced",
        origin=origin,
        hint=f"write {info.group}{place}{info.kind}/{wait.before.name}",
    )


def edges_of(scene: Scene) -> tuple[Edge, ...]:
    """Give the edges of an indexed set, not looking for mistakes in its annotations."""
    firm = _one_each(edge for rule in FIRM_RULES for edge in rule(scene))
    if not knots(firm):
        firm = _one_each((*firm, *explicit.waves(scene, firm)))
    inferred = _one_each(edge for rule in INFERRED_RULES for edge in rule(scene))
    return without_circles(firm, inferred)


def removal_edges_of(scene: Scene) -> tuple[Edge, ...]:
    """Give the edges of what is to be removed, to be run backwards; circles, which nobody can mend now, are cut."""
    return without_circles((), _one_each((*edges_of(scene), *kapp.removal_order(scene))))


def without_circles(firm: Sequence[Edge], yielding: Sequence[Edge]) -> tuple[Edge, ...]:
    """Add edges to firm ones, but for those that lie on a cycle."""
    knot = knots((*firm, *yielding))
    kept = (e for e in yielding if e.before not in knot or knot[e.before] != knot.get(e.after))
    return _one_each((*firm, *kept))


def _one_each(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Keep one edge between any two, the one that waits longer."""
    best: dict[tuple[ResourceId, ResourceId], Edge] = {}
    for edge in edges:
        pair = (edge.before, edge.after)
        if pair not in best or (edge.until == "healthy" and best[pair].until == "applied"):
            best[pair] = edge
    return tuple(best[pair] for pair in sorted(best))
