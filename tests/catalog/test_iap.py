"""What stands before ambassador on GKE where a proxy asks who somebody is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from kfinstall import catalog, localplane
from tests.catalog.manifests import Manifest, build, find, of_kind
from tests.catalog.test_server import Server


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, ...]:
    """The packaged overlay of GKE with the proxy, as its README lists it."""
    folder = tmp_path_factory.mktemp("iap")
    page = (catalog.root() / "platforms" / "gke" / "iap" / "README.md").read_text()
    text = page.split("```yaml\n")[1].split("```")[0]
    root = os.path.relpath(catalog.root(), folder)
    (folder / "kustomization.yaml").write_text(text.replace("- ../", f"- {root}/"))
    return build(folder)


def test_nothing_is_reached_from_outside_but_through_the_proxy(built: tuple[Manifest, ...]) -> None:
    assert {s["spec"].get("type", "ClusterIP") for s in of_kind(built, "Service")} == {"ClusterIP"}
    backend = find(built, "Ingress", "envoy-ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    service = find(built, "Service", backend["name"])
    assert backend["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}


def test_the_service_names_the_settings_that_turn_the_proxy_on(built: tuple[Manifest, ...]) -> None:
    annotations = find(built, "Service", "ambassador")["metadata"]["annotations"]
    name = json.loads(annotations["cloud.google.com/backend-config"])["default"]
    spec = find(built, "BackendConfig", name)["spec"]
    assert spec["iap"]["enabled"] is True
    assert spec["timeoutSec"] >= 3600
    (container,) = find(built, "Deployment", "ambassador")["spec"]["template"]["spec"]["containers"]
    assert spec["healthCheck"]["port"] in {port["containerPort"] for port in container["ports"]}


def test_the_ingress_has_a_certificate_and_no_plain_http(built: tuple[Manifest, ...]) -> None:
    annotations = find(built, "Ingress", "envoy-ingress")["metadata"]["annotations"]
    certificate = find(built, "ManagedCertificate", annotations["networking.gke.io/managed-certificates"])
    assert certificate["spec"]["domains"] == ["kubeflow.mine.example"]
    assert annotations["kubernetes.io/ingress.allow-http"] == "false"


def test_no_secret_of_the_proxy_is_in_a_file(built: tuple[Manifest, ...]) -> None:
    assert "kubeflow-oauth" not in {secret["metadata"]["name"] for secret in of_kind(built, "Secret")}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with localplane.up("gke") as plane:
        yield Server(plane.kubeconfig)


def test_the_api_server_takes_what_stands_before_ambassador(server: Server, built: tuple[Manifest, ...]) -> None:
    assert server.apply(of_kind(built, "Namespace")).returncode == 0
    mine = of_kind(built, "BackendConfig", "ManagedCertificate", "Ingress", "Service")
    done = server.apply(mine, "--dry-run=server")
    assert done.returncode == 0, done.stderr
    # Google's controller follows the annotation and no IngressClass, whatever the server thinks of it.
    assert [line for line in done.stderr.splitlines() if "kubernetes.io/ingress.class" not in line] == []
