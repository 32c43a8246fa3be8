"""The shape of a platform: its nodes, storage classes and API groups, as `localplane/shapes/<platform>` has them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from kfinstall.errors import InputError, did_you_mean
from kfinstall.localplane.client import CREATED_OR_THERE, Client, collection_path, refusal
from kfinstall.localplane.layout import sources
from kfinstall.resource import Manifest

_SETTINGS: Final = "shape.yaml"
_PATIENCE_S: Final = 20.0
_TRANSIENT: Final = frozenset((0, 404, 429, 503))


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


def send(shape: Shape, client: Client) -> str:
    """Create everything a shape has; what is there already stays as it is. Gives what was made, in words."""
    for manifest in shape.manifests:
        _create(manifest, client)
    others = len(shape.manifests) - len(shape.nodes)
    return f"{len(shape.nodes)} nodes, {others} other resources"


def is_ready(shape: Shape, client: Client) -> bool:
    """Say whether every node is Ready, pods could be made in the default namespace, and policies are in force."""
    status, _ = client.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")
    nodes_are_ready = status == 200 and all(_is_ready_node(node) for node in client.get("/api/v1/nodes")["items"])
    return nodes_are_ready and (shape.refuses is None or _is_refused(shape.refuses, client))


def _is_refused(manifest: Manifest, client: Client) -> bool:
    path = f"{collection_path(client, manifest)}?dryRun=All"
    return client.request("POST", path, manifest)[0] == 403


def _is_ready_node(node: Manifest) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _create(manifest: Manifest, client: Client) -> None:
    """Create one resource; its kind may have been defined a moment ago, so it is tried for some seconds."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        path = collection_path(client, manifest)
        status, body = client.request("POST", path, manifest) if path else (404, b"")
        if status in CREATED_OR_THERE:
            return
        if status not in _TRANSIENT or time.monotonic() > deadline:
            raise refusal(f"{manifest['kind']} {manifest['metadata']['name']}", status, body)
        time.sleep(0.05)
