"""All resources of one plan, indexed once, so that each edge rule stays linear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from kfinstall.plan.kinds import kinds_from_crds
from kfinstall.plan.model import Edge, Kinds, Until
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId

COMPONENT = "kfinstall.dev/component"


class Workload(NamedTuple):
    """A resource that makes pods, with the spec and the labels of one of its pod templates."""

    resource: Resource
    template: Mapping[str, Any]

    @property
    def id(self) -> ResourceId:
        """The id of the resource."""
        return self.resource.id

    @property
    def spec(self) -> Mapping[str, Any]:
        """The pod spec."""
        return self.template.get("spec") or {}

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels its pods will have."""
        return (self.template.get("metadata") or {}).get("labels") or {}

    @property
    def service_account(self) -> ResourceId:
        """The ServiceAccount its pods run as."""
        name = self.spec.get("serviceAccountName") or "default"
        return ResourceId("", "ServiceAccount", self.id.namespace, str(name))


@dataclass(frozen=True, slots=True)
class Scene:
    """What the edge rules look at."""

    resources: tuple[Resource, ...]
    kinds: Kinds
    by_id: Mapping[ResourceId, Resource]
    by_kind: Mapping[GroupKind, Sequence[Resource]]
    by_namespace: Mapping[str, Sequence[Resource]]
    by_component: Mapping[str, Sequence[Resource]]
    workloads: tuple[Workload, ...]
    workloads_in: Mapping[str, Sequence[Workload]]

    def of(self, group: str, *kinds: str) -> list[Resource]:
        """Give the resources of some kinds of a group, in the order of the set."""
        return [resource for kind in kinds for resource in self.by_kind.get(GroupKind(group, kind), ())]

    def edge(self, before: ResourceId, after: ResourceId, until: Until, reason: str) -> list[Edge]:
        """Give the edge when both ends are in the set and differ, else nothing."""
        if before == after or before not in self.by_id or after not in self.by_id:
            return []
        return [Edge(before, after, until, reason)]


EdgeRule: TypeAlias = Callable[[Scene], Iterable[Edge]]


def make_scene(resources: Sequence[Resource], kinds: Kinds) -> Scene:
    """Index resources that have been normalised."""
    workloads = tuple(Workload(r, template) for r in resources for template in pod_templates(r.manifest))
    return Scene(
        resources=tuple(resources),
        kinds={**kinds, **kinds_from_crds(resources)},
        by_id={resource.id: resource for resource in resources},
        by_kind=_group(resources, lambda r: r.gvk.group_kind),
        by_namespace=_group(resources, lambda r: r.id.namespace),
        by_component=_group(resources, lambda r: component_of(r.manifest)),
        workloads=workloads,
        workloads_in=_group(workloads, lambda w: w.id.namespace),
    )


def component_of(manifest: Manifest) -> str:
    """Give the catalogue component a manifest belongs to, the empty string when it says none."""
    return str(labels_of(manifest).get(COMPONENT) or "")


def labels_of(manifest: Manifest) -> Mapping[str, str]:
    """Give the labels of a manifest, empty when there are none."""
    return (manifest.get("metadata") or {}).get("labels") or {}


def _group(values: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    return dict(groups)


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Does a label selector (matchLabels, matchExpressions) match? An empty or absent one matches everything."""
    selector = selector or {}
    exact = (selector.get("matchLabels") or {}).items()
    return all(labels.get(key) == value for key, value in exact) and all(
        _expression(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def _expression(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = str(expression.get("key")), expression.get("values") or ()
    operators: Mapping[str, Callable[[], bool]] = {
        "In": lambda: labels.get(key) in values,
        "NotIn": lambda: labels.get(key) not in values,
        "Exists": lambda: key in labels,
        "DoesNotExist": lambda: key not in labels,
    }
    return operators.get(str(expression.get("operator")), lambda: True)()
