"""Which platform a cluster is, told by nodes, API groups, storage classes and versions."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kfinstall import catalog
from kfinstall.catalog import Detection, detect_platform
from kfinstall.catalog.detection import SIGNALS

OPENSHIFT = frozenset({"security.openshift.io", "route.openshift.io"})


def node(name: str = "n1", provider: str = "", kubelet: str = "v1.34.1", label: str = "") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {label: "x"} if label else {}},
        "spec": {"providerID": provider} if provider else {},
        "status": {"nodeInfo": {"kubeletVersion": kubelet}},
    }


def provisioned_by(provisioner: str) -> list[dict[str, Any]]:
    return [{"metadata": {"name": "standard"}, "provisioner": provisioner}]


GKE = {
    "metadata": {"name": "n", "labels": {"cloud.google.com/gke-nodepool": "p"}},
    "spec": {"providerID": "gce://p/z/n"},
}
CASES: list[tuple[tuple[Any, ...], Detection]] = [
    (([GKE], OPENSHIFT, []), Detection("openshift", "API group security.openshift.io")),
    (
        ([node(label="node.openshift.io/os_id")], set(), []),
        Detection("openshift", "node label node.openshift.io/os_id"),
    ),
    (([], set(), [], "v1.33.4-gke.1350000"), Detection("gke", "server version v1.33.4-gke.1350000")),
    (([node(kubelet="v1.33.4-gke.1")], set(), []), Detection("gke", "node version v1.33.4-gke.1")),
    (([GKE], set(), []), Detection("gke", "node label cloud.google.com/gke-nodepool")),
    (([], {"networking.gke.io", "cloud.google.com"}, []), Detection("gke", "API group networking.gke.io")),
    (([], set(), [], "v1.33.1-eks-595af52"), Detection("eks", "server version v1.33.1-eks-595af52")),
    (
        ([node(label="eks.amazonaws.com/nodegroup")], set(), []),
        Detection("eks", "node label eks.amazonaws.com/nodegroup"),
    ),
    (
        ([node(label="kubernetes.azure.com/cluster")], set(), []),
        Detection("aks", "node label kubernetes.azure.com/cluster"),
    ),
    (
        ([node(label="kubernetes.azure.com/agentpool")], set(), []),
        Detection("aks", "node label kubernetes.azure.com/agentpool"),
    ),
    (([node(label="minikube.k8s.io/name")], set(), []), Detection("minikube", "node label minikube.k8s.io/name")),
    (
        ([node()], set(), provisioned_by("k8s.io/minikube-hostpath")),
        Detection("minikube", "storage provisioner k8s.io/minikube-hostpath"),
    ),
    (([node("docker-desktop")], set(), []), Detection("docker-desktop", "node name docker-desktop")),
    (
        ([node("desktop-control-plane", "kind://docker/desktop/desktop-control-plane")], set(), []),
        Detection("docker-desktop", "node name desktop-control-plane"),
    ),
    (
        ([node()], set(), provisioned_by("docker.io/hostpath")),
        Detection("docker-desktop", "storage provisioner docker.io/hostpath"),
    ),
    (([node("a", "kind://docker/kind/a")], set(), []), Detection("kind", "node provider ID kind://")),
    (([node("a", "gce://p/z/a")], set(), []), Detection("onprem", "nodes of gce without a managed service's labels")),
    (([node("a", "k3s://a")], set(), []), Detection("onprem", "nodes of k3s without a managed service's labels")),
    (([node()], set(), []), Detection("onprem", "nodes without a provider ID")),
    (([], set(), []), Detection("", "")),
    (([], {"route.openshift.io"}, []), Detection("", "")),
]


@pytest.mark.parametrize(("shown", "want"), CASES)
def test_a_platform_is_recognised_by_what_its_api_server_shows(shown: tuple[Any, ...], want: Detection) -> None:
    assert detect_platform(*shown) == want


def test_every_row_of_the_table_has_a_case() -> None:
    assert len({want for _, want in CASES if want.platform}) >= len(SIGNALS)


def shape_manifests(shape: str) -> list[dict[str, Any]]:
    files = sorted((catalog.root() / "localplane" / "shapes" / shape).glob("[0-9]*.yaml"))
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text()) if manifest]


def test_each_shape_of_the_local_control_plane_is_recognised_as_its_platform(platform: str) -> None:
    shown = shape_manifests(platform)
    nodes = [m for m in shown if m["kind"] == "Node"]
    classes = [m for m in shown if m["kind"] == "StorageClass"]
    groups = {m["spec"]["group"] for m in shown if m["kind"] == "CustomResourceDefinition"}
    assert detect_platform(nodes, groups, classes).platform == platform


def test_only_platforms_with_an_overlay_are_recognised() -> None:
    assert {platform for platform, _ in SIGNALS} == {info.name for info in catalog.platforms()}


def test_a_node_without_labels_spec_or_status_is_no_error() -> None:
    assert detect_platform([{"metadata": {"name": "bare"}}], set(), []).platform == "onprem"
