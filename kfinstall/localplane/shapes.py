"""The shape of a platform: its nodes, storage classes and API groups, as `localplane/shapes/<platform>` has them."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from kfinstall.errors import ClusterError, InputError, did_you_mean
from kfinstall.localplane.layout import sources
from kfinstall.resource import GroupKind, Manifest, ResourceId

if TYPE_CHECKING:
    from kfinstall.cluster.api import ApiCluster

_SETTINGS: Final = "shape.yaml"
_PATIENCE_S: Final = 20.0
_IS_THERE: Final = http.client.CONFLICT
_NOT_SERVED_YET: Final = http.client.NOT_FOUND
_DEFAULT_ACCOUNT: Final = ResourceId("", "ServiceAccount", "default", "default")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a control plane gets so that it looks like one platform.

    `manifests` are in the order they are sent. `refuses` is a resource that its admission policies refuse, or None.
    """

    name: str
    load_balancer: str
    admission_plugins: tuple[str, ...]
    manifests: tuple[Manifest, ...]
    refuses: Manifest | None = None

    @property
    def nodes(self) -> tuple[Manifest, ...]:
        """Its nodes."""
        return tuple(m for m in self.manifests if m["kind"] == "Node")


def names(root: Path | None = None) -> tuple[str, ...]:
    """Give the shapes there are."""
    folder = root or sources() / "shapes"
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / _SETTINGS).is_file()))


def load_shape(name: str, root: Path | None = None) -> Shape:
    """Read one shape: its settings from `shape.yaml`, its manifests from the other files in the order of their names.

    Raises:  InputError when there is none of that name.
    """
    folder = root or sources() / "shapes"
    if name not in names(folder):
        hint = did_you_mean(name, names(folder)) or f"there are: {', '.join(names(folder))}"
        raise InputError(f"unknown shape {name!r}", hint=hint)
    settings = yaml.safe_load((folder / name / _SETTINGS).read_text()) or {}
    files = sorted(path for path in (folder / name).glob("*.yaml") if path.name != _SETTINGS)
    manifests = tuple(document for path in files for document in yaml.safe_load_all(path.read_text()) if document)
    plugins = tuple(settings.get("admissionPlugins", ()))
    return Shape(name, settings.get("loadBalancer", "ip"), plugins, manifests, settings.get("refuses"))


def send(shape: Shape, cluster: ApiCluster) -> str:
    """Create everything a shape has; what is there already stays as it is. Gives what was made, in words."""
    for manifest in shape.manifests:
        _create(manifest, cluster)
    others = len(shape.manifests) - len(shape.nodes)
    return f"nodes: {len(shape.nodes)}, other resources: {others}"


def is_ready(shape: Shape, cluster: ApiCluster) -> bool:
    """Say whether every node is Ready, pods could be made in the default namespace, and policies are in force."""
    return (
        cluster.get(_DEFAULT_ACCOUNT) is not None
        and all(map(_is_ready_node, cluster.list(GroupKind("", "Node"))))
        and (shape.refuses is None or _is_refused(shape.refuses, cluster))
    )


def _is_refused(manifest: Manifest, cluster: ApiCluster) -> bool:
    try:
        cluster.create(manifest, dry_run=True)
    except ClusterError as error:
        return error.status == http.client.FORBIDDEN
    return False


def _is_ready_node(node: Manifest) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _create(manifest: Manifest, cluster: ApiCluster) -> None:
    """Create one resource; its kind may have been defined a moment ago, so it is tried for some seconds."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            cluster.create(manifest)
            return
        except ClusterError as error:
            if error.status == _IS_THERE:
                return
            if error.status != _NOT_SERVED_YET or time.monotonic() > deadline:
                raise
        time.sleep(0.05)
