"""Read built manifests the way the tests ask: pods wherever they are nested, images, references."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kfinstall import catalog

Manifest = dict[str, Any]

KUBECTL = Path(sys.executable).with_name("kubectl")
CLUSTER_SCOPED = {
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "Namespace",
    "StorageClass",
    "ValidatingWebhookConfiguration",
}
"""Of the kinds that the catalogue uses."""
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


class Pod(NamedTuple):
    """A workload's pod template, and how many of it run (one per node counts as one)."""

    owner: Manifest
    template: Manifest
    replicas: int

    @property
    def spec(self) -> Manifest:
        return self.template["spec"]

    @property
    def name(self) -> str:
        return f"{self.owner['kind']}/{self.owner['metadata']['name']}"

    @property
    def containers(self) -> list[Manifest]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def labels(self) -> Manifest:
        return self.template["metadata"]["labels"]


@cache
def stock_text(folder: Path) -> str:
    """Give the text that stock kustomize makes of a folder."""
    done = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def build(folder: Path) -> tuple[Manifest, ...]:
    """Give what stock kustomize builds from a folder."""
    return tuple(yaml.load_all(stock_text(folder), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@cache
def build_all(platform: str) -> tuple[Manifest, ...]:
    """Give what stock kustomize builds from every component there is, on one platform."""
    with catalog.composed(platform, [info.name for info in catalog.components()]) as folder:
        return build(folder)


def pods(manifests: Iterable[Manifest]) -> Iterator[Pod]:
    """Give every workload's pod template."""
    for manifest in manifests:
        if manifest["kind"] in WORKLOADS:
            yield Pod(manifest, manifest["spec"]["template"], manifest["spec"].get("replicas", 1))


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    """Give the manifests of some kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def names(manifests: Iterable[Manifest], kind: str) -> set[tuple[str, str]]:
    """Give (namespace, name) of every manifest of a kind."""
    return {(m["metadata"].get("namespace", ""), m["metadata"]["name"]) for m in of_kind(manifests, kind)}


def find(manifests: Iterable[Manifest], kind: str, name: str) -> Manifest:
    """Give the one manifest of that kind and name."""
    (found,) = [m for m in of_kind(manifests, kind) if m["metadata"]["name"] == name]
    return found


def values_of(manifest: Any, key: str) -> Iterator[Any]:
    """Give every value that stands under a key, at any depth."""
    if isinstance(manifest, dict):
        for name, value in manifest.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(manifest, list):
        for value in manifest:
            yield from values_of(value, key)


def strings_of(manifest: Any) -> Iterator[str]:
    """Give every string value, at any depth."""
    if isinstance(manifest, dict):
        for value in manifest.values():
            yield from strings_of(value)
    elif isinstance(manifest, list):
        for value in manifest:
            yield from strings_of(value)
    elif isinstance(manifest, str):
        yield manifest
