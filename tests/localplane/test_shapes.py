"""Every platform has a shape, which is complete, and by which the platform is recognised."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from kfinstall import catalog, localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import InputError
from kfinstall.localplane import Plane
from kfinstall.localplane.shapes import Shape, load_shape, names
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of
from tests.localplane.waiting import eventually

DEFAULT_CLASS = {
    "gke": "standard-rwo",
    "aks": "default",
    "eks": None,
    "openshift": "gp3-csi",
    "minikube": "standard",
    "kind": "standard",
    "docker-desktop": "hostpath",
    "onprem": "local-path",
}
"""As each platform comes; EKS clusters have had no default class since 1.30."""

GPU_NODES = {"gke": 1, "aks": 1, "eks": 1, "openshift": 1, "onprem": 1}
IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"
SHARED = ("gke", "openshift")
"""Other tests of the session use these too; the rest are ended at once."""


def of_kind(shape: Shape, kind: str) -> list[Manifest]:
    return [manifest for manifest in shape.manifests if manifest["kind"] == kind]


def groups_of(shape: Shape) -> set[str]:
    return {crd["spec"]["group"] for crd in of_kind(shape, "CustomResourceDefinition")}


def test_every_platform_of_the_catalogue_has_a_shape():
    assert set(names()) == set(DEFAULT_CLASS) == {platform.name for platform in catalog.platforms()}


def test_every_shape_is_described_for_its_users():
    page = (Path(__file__).parents[2] / "docs" / "local-control-plane.md").read_text()
    for name, default in DEFAULT_CLASS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert (default or "none") in row


@pytest.mark.parametrize("name", DEFAULT_CLASS)
def test_a_shape_is_recognised_as_its_platform(name: str):
    shape = load_shape(name)
    classes = of_kind(shape, "StorageClass")
    assert catalog.detect_platform(shape.nodes, groups_of(shape), classes).platform == name


@pytest.mark.parametrize(("name", "default"), DEFAULT_CLASS.items())
def test_a_shape_has_its_platforms_default_storage_class(name: str, default: str | None):
    marked = [
        storage_class["metadata"]["name"]
        for storage_class in of_kind(load_shape(name), "StorageClass")
        if storage_class["metadata"].get("annotations", {}).get(IS_DEFAULT) == "true"
    ]
    assert marked == ([default] if default else [])


@pytest.mark.parametrize("name", DEFAULT_CLASS)
def test_nodes_are_kept_by_kwok_and_look_like_real_ones(name: str):
    nodes = load_shape(name).nodes
    addresses = [node["status"]["addresses"][0]["address"] for node in nodes]
    assert len(set(addresses)) == len(nodes) > 0
    for node in nodes:
        assert node["metadata"]["annotations"]["kwok.x-k8s.io/node"] == "fake"
        assert node["metadata"]["labels"]["kubernetes.io/hostname"] == node["metadata"]["name"]
        assert {"cpu", "memory", "ephemeral-storage", "pods"} <= node["status"]["allocatable"].keys()
        assert "nvidia.com/gpu" not in node["status"]["capacity"], "a device plugin brings it, not the node"


@pytest.mark.parametrize("name", DEFAULT_CLASS)
def test_gpu_pools_are_where_the_platform_has_them(name: str):
    gpus = [node for node in load_shape(name).nodes if "local.kfinstall.dev/gpus" in node["metadata"]["labels"]]
    assert len(gpus) == GPU_NODES.get(name, 0)


@pytest.mark.parametrize("name", DEFAULT_CLASS)
def test_some_node_takes_pods_that_tolerate_nothing(name: str):
    assert any(not node.get("spec", {}).get("taints") for node in load_shape(name).nodes)


@pytest.mark.parametrize("name", DEFAULT_CLASS)
def test_a_shape_comes_up_with_all_it_has_and_every_node_ready(name: str, planes: Callable[[str], Plane]):
    shape = load_shape(name)
    running: Any = nullcontext(planes(name)) if name in SHARED else localplane.up(name)
    with running as plane, connect(plane.kubeconfig) as cluster:
        assert all(cluster.get(id_of(manifest)) for manifest in shape.manifests)
        live = cluster.list(GroupKind("", "Node"))
        assert {node["metadata"]["name"] for node in live} == {node["metadata"]["name"] for node in shape.nodes}
        ready = [c["status"] for node in live for c in node["status"]["conditions"] if c["type"] == "Ready"]
        assert ready == ["True"] * len(shape.nodes)


def test_an_unknown_shape_is_an_error_with_the_nearest_name():
    with pytest.raises(InputError) as raised:
        load_shape("open-shift")
    assert raised.value.hint == "did you mean 'openshift'?"


def test_a_shape_that_is_like_none_is_an_error_that_lists_them():
    with pytest.raises(InputError) as raised:
        load_shape("vsphere")
    assert "docker-desktop" in raised.value.hint


def test_manifests_are_sent_in_the_order_of_their_files_names(tmp_path: Path):
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "shape.yaml").write_text("loadBalancer: none\n")
    (folder / "20-b.yaml").write_text("{kind: B}\n---\n{kind: C}\n---\n")
    (folder / "10-a.yaml").write_text("{kind: A}\n")
    shape = load_shape("some", tmp_path)
    assert [manifest["kind"] for manifest in shape.manifests] == ["A", "B", "C"]
    assert (shape.load_balancer, shape.admission_plugins, shape.refuses) == ("none", (), None)


def test_on_gke_a_pod_that_asks_for_a_gpu_gets_onto_the_tainted_pool_by_itself(cluster: ApiCluster, namespace: str):
    container = {"name": "main", "image": "example/cuda:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    metadata = {"name": "pod", "namespace": namespace}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}})
    id = ResourceId("", "Pod", namespace, "pod")
    running = eventually(lambda: (pod := cluster.get(id)) and pod["status"].get("phase") == "Running" and pod)
    assert running["spec"]["nodeName"] == "gke-ml-gpu-9f20ae51-h7vn"
