"""What installers are killed and cut off with: a small set with an edge of every kind, and the packaged catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kfinstall import catalog
from kfinstall.apply import Installation
from kfinstall.build import build_resources
from kfinstall.load import load_tree
from kfinstall.resource import GVK, Origin, Resource, ResourceId
from tests.faults.graph import every_edge

Act: TypeAlias = Literal["install", "upgrade", "delete"]
ACTS: Sequence[Act] = ("install", "upgrade", "delete")


@dataclass(frozen=True, slots=True)
class Subject:
    """One installation: what is wanted after each act. `prefix` stands in all names that only it has."""

    prefix: str
    wanted: Mapping[Act, tuple[Resource, ...]]

    @property
    def target(self) -> Installation:
        """The installation; its record has a namespace of its own, which the installer makes."""
        return Installation("test", f"{self.prefix}-home")

    @property
    def gvks(self) -> tuple[GVK, ...]:
        """All kinds it ever has."""
        return tuple(sorted({resource.gvk for wanted in self.wanted.values() for resource in wanted}))

    @property
    def namespaces(self) -> tuple[ResourceId, ...]:
        """All namespaces that it makes, that of the record first."""
        made = {resource.id for resource in self.wanted["install"] if resource.gvk.kind == "Namespace"}
        return (ResourceId("", "Namespace", "", self.target.namespace), *sorted(made))


def small(prefix: str) -> Subject:
    """Give the small set, with names of its own."""
    first, second = every_edge(prefix), every_edge(prefix, is_upgraded=True)
    return Subject(prefix, {"install": first, "upgrade": second, "delete": ()})


def whole_catalogue() -> Subject:
    """Give what `--platform kind` installs; the upgrade rolls every Deployment out, and one resource makes way."""
    built = tuple(build_resources(load_tree(catalog.overlay("kind"))))
    namespace = next(resource.id.name for resource in built if resource.gvk.kind == "Namespace")
    first = (*built, _note("before", namespace))
    second = (*map(_rolled_out, built), _note("after", namespace))
    return Subject("catalogue", {"install": first, "upgrade": second, "delete": ()})


def _note(name: str, namespace: str) -> Resource:
    metadata = {"name": f"note-{name}", "namespace": namespace}
    return Resource({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}}, Origin("note", 1))


def _rolled_out(resource: Resource) -> Resource:
    if resource.gvk.kind != "Deployment":
        return resource
    spec: dict[str, Any] = resource.manifest["spec"]
    metadata = spec["template"].get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), "example.com/version": "2"}
    template = {**spec["template"], "metadata": {**metadata, "annotations": annotations}}
    return resource._replace(manifest={**resource.manifest, "spec": {**spec, "template": template}})
