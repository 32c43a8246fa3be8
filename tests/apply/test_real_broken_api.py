"""An APIService of somebody else that does not answer stops nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import ResourceId
from tests.apply.real import CLOCK, WEB
from tests.e2e.sites import Site


@pytest.fixture
def broken(cluster: ApiCluster, namespace: str) -> Iterator[str]:
    """Give the group of an APIService whose Service does not exist, once the API server has found that out."""
    group = f"{secrets.token_hex(4)}.broken.example.com"
    spec = {
        "group": group,
        "version": "v1",
        "groupPriorityMinimum": 1,
        "versionPriority": 1,
        "insecureSkipTLSVerify": True,
        "service": {"name": "nobody", "namespace": namespace},
    }
    kind = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"}
    id = ResourceId("apiregistration.k8s.io", "APIService", "", f"v1.{group}")
    cluster.create({**kind, "metadata": {"name": id.name}, "spec": spec})
    while not is_known(cluster, id):
        CLOCK.sleep(0.05)
    yield group
    cluster.delete(id)


def is_known(cluster: ApiCluster, id: ResourceId) -> bool:
    conditions = (cluster.get(id).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Available" and one["status"] == "False" for one in conditions)


def test_every_command_works_beside_an_api_that_does_not_answer(
    plane: Plane, cluster: ApiCluster, namespace: str, broken: str, tmp_path: Path
):
    with connect(plane.kubeconfig) as fresh:
        assert f"{broken}/v1" in fresh.broken_groups()
    manifests = [{**one, "metadata": {"namespace": namespace, **one["metadata"]}} for one in yaml.safe_load_all(WEB)]
    (tmp_path / "web.yaml").write_text(yaml.safe_dump_all(manifests))
    site, target = Site(plane.kubeconfig, tmp_path), ("--name", "web", "-n", namespace)
    for command, code in (("plan", 0), ("diff", 1), ("apply", 0), ("diff", 0)):
        done = site.kfinstall(command, tmp_path / "web.yaml", *target, *(["--yes"] if command == "apply" else []))
        assert done.code == code, done
    assert site.kfinstall("status", *target).code == 0
    assert site.kfinstall("delete", *target, "--yes").code == 0
    assert cluster.get(ResourceId("apps", "Deployment", namespace, "web")) is None
