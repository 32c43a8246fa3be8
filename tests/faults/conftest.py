"""A control plane for what is killed and cut off: nobody else's tests wait for it, or lose it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import ResourceId
from tests.faults.graph import every_edge


@pytest.fixture(scope="session")
def plane() -> Iterator[Plane]:
    """Give a small control plane of these tests' own."""
    with localplane.up("kind") as plane:
        yield plane


@pytest.fixture(scope="session")
def cluster(plane: Plane) -> Iterator[ApiCluster]:
    """Give a connection to it, as administrator."""
    with connect(plane.kubeconfig) as connection:
        yield connection


@pytest.fixture(scope="session")
def bystanders(cluster: ApiCluster) -> Mapping[ResourceId, str]:
    """Give the uids of resources that look like ours and are nobody's: no run may delete them."""
    kinds = {"Namespace", "ServiceAccount", "ConfigMap", "Secret", "StorageClass", "PersistentVolumeClaim", "Service"}
    mine = [resource for resource in every_edge("bystander") if resource.gvk.kind in kinds]
    return {resource.id: cluster.create(dict(resource.manifest))["metadata"]["uid"] for resource in mine}


@pytest.fixture(scope="session")
def races(cluster: ApiCluster) -> str:
    """Give a namespace for races."""
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "races"}})
    return "races"
