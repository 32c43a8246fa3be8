"""Recognise a platform by what its API server shows: an ordered table of signals, the first that is seen decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

from kfinstall.catalog.model import Detection
from kfinstall.resource import Manifest


class Seen(NamedTuple):
    """What was read from a cluster; empty where it could not be read."""

    nodes: Sequence[Manifest]
    api_groups: AbstractSet[str]
    storage_classes: Sequence[Manifest]
    git_version: str


Signal: TypeAlias = Callable[[Seen], str]
"""Gives a phrase that names what was seen, or the empty string."""


def _api_groups(*groups: str) -> Signal:
    return lambda seen: f"API group {groups[0]}" if set(groups) <= seen.api_groups else ""


def _label(name: str) -> Signal:
    def look(seen: Seen) -> str:
        return f"node label {name}" if any(name in _labels(node) for node in seen.nodes) else ""

    return look


def _node_name(*names: str) -> Signal:
    def look(seen: Seen) -> str:
        found = [name for name in names if any(node["metadata"]["name"] == name for node in seen.nodes)]
        return f"node name {found[0]}" if found else ""

    return look


def _provider(scheme: str) -> Signal:
    def look(seen: Seen) -> str:
        return f"node provider ID {scheme}://" if scheme in _schemes(seen) else ""

    return look


def _version(mark: str) -> Signal:
    def look(seen: Seen) -> str:
        if mark in seen.git_version:
            return f"server version {seen.git_version}"
        found = [version for version in map(_kubelet_version, seen.nodes) if mark in version]
        return f"node version {found[0]}" if found else ""

    return look


def _provisioner(name: str) -> Signal:
    def look(seen: Seen) -> str:
        known = {storage_class.get("provisioner") for storage_class in seen.storage_classes}
        return f"storage provisioner {name}" if name in known else ""

    return look


def _own_machines(seen: Seen) -> str:
    if not seen.nodes:
        return ""
    schemes = sorted(_schemes(seen))
    return f"nodes of {schemes[0]} without a managed service's labels" if schemes else "nodes without a provider ID"


SIGNALS: tuple[tuple[str, Signal], ...] = (
    # OpenShift runs on any cloud, whose signals show too: first.
    ("openshift", _api_groups("security.openshift.io", "route.openshift.io")),
    ("openshift", _label("node.openshift.io/os_id")),
    ("gke", _version("-gke.")),
    ("gke", _label("cloud.google.com/gke-nodepool")),
    ("gke", _api_groups("networking.gke.io", "cloud.google.com")),
    ("eks", _version("-eks-")),
    ("eks", _label("eks.amazonaws.com/nodegroup")),
    ("aks", _label("kubernetes.azure.com/cluster")),
    ("aks", _label("kubernetes.azure.com/agentpool")),
    ("minikube", _label("minikube.k8s.io/name")),
    ("minikube", _provisioner("k8s.io/minikube-hostpath")),
    # Docker Desktop's newer mode is a kind cluster: before kind.
    ("docker-desktop", _node_name("docker-desktop", "desktop-control-plane")),
    ("docker-desktop", _provisioner("docker.io/hostpath")),
    ("kind", _provider("kind")),
    # A cloud's machines without its managed service: kubeadm, k3s and the like.
    ("onprem", _own_machines),
)
"""Source: the node controllers of the three clouds, kind's and minikube's kubeadm settings; see docs on platforms."""


def detect_platform(
    nodes: Sequence[Manifest],
    api_groups: AbstractSet[str],
    storage_classes: Sequence[Manifest],
    git_version: str = "",
) -> Detection:
    """Say which platform a cluster is, and by what. Nothing recognised gives two empty strings."""
    seen = Seen(nodes, api_groups, storage_classes, git_version)
    for platform, signal in SIGNALS:
        if by := signal(seen):
            return Detection(platform, by)
    return Detection("", "")


def _labels(node: Manifest) -> Manifest:
    labels: Manifest = node["metadata"].get("labels") or {}
    return labels


def _schemes(seen: Seen) -> set[str]:
    ids = [str((node.get("spec") or {}).get("providerID") or "") for node in seen.nodes]
    return {scheme for scheme, mark, _ in (id.partition("://") for id in ids) if mark}


def _kubelet_version(node: Manifest) -> str:
    info = (node.get("status") or {}).get("nodeInfo") or {}
    return str(info.get("kubeletVersion") or "")
