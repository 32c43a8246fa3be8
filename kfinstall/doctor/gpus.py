"""GPUs of nodes and the programs that offer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from kfinstall.doctor.kinds import DAEMON_SET, NODE, POD
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import is_true
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest

NVIDIA: Final = "nvidia.com/gpu"
GPUS: Final = (NVIDIA, "amd.com/gpu", "gpu.intel.com/i915")
FORMER: Final = "alpha.kubernetes.io/nvidia-gpu"
"""The name that Kubernetes 1.3 to 1.10 had for a GPU; nothing offers it since."""

_PLUGINS: Final = ("k8s-device-plugin", "nvidia-gpu-device-plugin", "nvidia-device-plugin", "gpu-device-plugin")
"""Parts of the names of images that offer GPUs: NVIDIA's plugin, its predecessor, GKE's."""

_SIGNS: Final = (
    "cloud.google.com/gke-accelerator",
    "nvidia.com/gpu.present",
    "nvidia.com/gpu.product",
    "feature.node.kubernetes.io/pci-10de.present",
    "k8s.amazonaws.com/accelerator",
    "kubernetes.azure.com/accelerator",
    "accelerator",
)
"""Labels by which clouds and discovery say that a node has an NVIDIA GPU in it."""


def has_card(node: Manifest) -> bool:
    """Do labels say that there is a GPU in this node?"""
    labels = part(node["metadata"], "labels")
    return any(labels.get(sign) not in (None, "", "false") for sign in _SIGNS)


def amount(node: Manifest, field: str, resource: str = NVIDIA) -> Decimal:
    """Give how many GPUs a node has in `capacity` or `allocatable`."""
    return parse_quantity(part(part(node, "status"), field).get(resource)) or Decimal(0)


def is_plugin(manifest: Manifest) -> bool:
    """Does a DaemonSet or a pod run a program that offers GPUs?"""
    spec = part(manifest, "spec")
    containers = part(part(spec, "template"), "spec").get("containers") or spec.get("containers") or ()
    return any(word in str(one.get("image")).rpartition("/")[2] for one in containers for word in _PLUGINS)


def plugins(snapshot: Snapshot) -> Sequence[Manifest]:
    """Give the DaemonSets that offer GPUs."""
    return [one for one in snapshot.of(DAEMON_SET) if is_plugin(one)]


def plugin_pods(snapshot: Snapshot) -> Iterator[Manifest]:
    """Give the pods that offer GPUs and run."""
    return (pod for pod in snapshot.of(POD) if is_plugin(pod) and is_true(pod, "Ready"))


def cards(snapshot: Snapshot) -> Sequence[Manifest]:
    """Give the nodes that have a GPU in them, as far as labels or their capacity say so."""
    return [node for node in snapshot.of(NODE) if has_card(node) or amount(node, "capacity")]
