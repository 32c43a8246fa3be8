"""Emissary's released control plane makes of our Listener and of the components' annotations the routes that we mean.

It is the Python half of Emissary 3.9.1, which turns what is watched into Envoy's configuration. What its other half
does, watching and taking the routes out of annotations, is done here; Envoy itself is not run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall import catalog
from tests.catalog.manifests import Manifest, build_all, find, of_kind
from tests.programs.emissary import VERSION, Route, compiled, open_ports, routes_of, sources_of, watched_of

ROUTES = {
    "/": Route("centraldashboard:80", "/"),
    "/hub/": Route("tf-hub-lb:80", "/hub/", websocket=True),
    "/user/": Route("tf-hub-lb:80", "/user/", websocket=True),
    "/argo/": Route("argo-server:2746", "/"),
    "/tfjobs/": Route("tf-job-dashboard:80", "/tfjobs/"),
    "/tensorboard/": Route("tensorboard:80", "/tensorboard/"),
    "/jupyter/": Route("jupyter-web-app-service:80", "/"),
    "/katib/": Route("katib-ui:80", "/katib/"),
    "/modeldb/": Route("modeldb-frontend:80", "/"),
    "/pipeline": Route("ml-pipeline-ui:80", "/pipeline"),
}


@pytest.fixture(scope="module")
def sources() -> Path:
    return sources_of()


@pytest.fixture(scope="module")
def watched() -> list[Manifest]:
    """Give what the control plane would watch of all components, the annotations' routes as objects."""
    return watched_of(build_all("gke"))


@pytest.fixture(scope="module")
def envoy(sources: Path, watched: list[Manifest]) -> Any:
    """Give what the control plane makes of it."""
    return compiled(sources, watched)


def test_every_page_is_reached_under_its_path(envoy: Any) -> None:
    first = dict(reversed(routes_of(envoy)))
    assert first == ROUTES


def test_a_longer_path_is_tried_before_a_shorter_one(envoy: Any) -> None:
    tried = [prefix for prefix, _ in routes_of(envoy)]
    for at, prefix in enumerate(tried):
        assert not [later for later in tried[at + 1 :] if later != prefix and later.startswith(prefix)]


def test_it_listens_where_its_service_leads_to_and_nowhere_else(envoy: Any) -> None:
    built = build_all("gke")
    container = find(built, "Deployment", "ambassador")["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    (port,) = find(built, "Service", "ambassador")["spec"]["ports"]
    assert open_ports(envoy) == {ports[port["targetPort"]]}


def test_every_route_leads_to_a_port_of_a_service_that_is_there(envoy: Any) -> None:
    services = of_kind(build_all("gke"), "Service")
    there = {f"{s['metadata']['name']}:{port['port']}" for s in services for port in s["spec"]["ports"]}
    assert {route.to for _, route in routes_of(envoy)} <= there


def test_without_our_listener_no_port_is_opened(sources: Path, watched: list[Manifest]) -> None:
    assert open_ports(compiled(sources, [m for m in watched if m["kind"] != "Listener"])) == set()


def test_a_route_that_leaves_out_its_host_leads_nowhere(sources: Path, watched: list[Manifest]) -> None:
    bare = [{**m, "spec": {k: v for k, v in m["spec"].items() if k != "hostname"}} for m in watched]
    assert routes_of(compiled(sources, bare)) == []


def test_upstreams_schema_knows_every_field_and_misses_none(sources: Path, watched: list[Manifest]) -> None:
    kinds = yaml.safe_load_all((sources / "pkg/api/getambassador.io/crds.yaml").read_text())
    schemas = {
        kind["spec"]["names"]["kind"]: version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        for kind in kinds
        for version in kind["spec"]["versions"]
        if version["name"] == "v3alpha1"
    }
    ours = [m for m in watched if m["kind"] in ("Listener", "Mapping")]
    assert len(ours) > len(ROUTES)
    for manifest in ours:
        schema = schemas[manifest["kind"]]
        assert manifest["spec"].keys() <= schema["properties"].keys(), manifest
        assert set(schema["required"]) <= manifest["spec"].keys(), manifest


def test_what_is_said_to_be_proven_is_what_runs_here() -> None:
    assert VERSION.removeprefix("v") in catalog.component("ambassador").proven
