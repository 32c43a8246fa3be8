"""Emissary's control plane without its watching half, and what its Envoy configuration says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kfinstall import catalog
from tests.catalog.manifests import Manifest, build_all, find, of_kind, values_of
from tests.programs.released import downloaded

MODULE, VERSION = "github.com/emissary-ingress/emissary/v3", "v3.9.1"
CHECKSUM = "h1:viQmJlNd0XbnPHOcmIOv3AM2J6nrSYCrAZpew0KnUGk="
PYTHON = Path(sys.prefix) / "programs" / "bin" / "python"
COMPILING = Path(__file__).with_name("compiling.py")
ANNOTATION = "getambassador.io/config"


class Route(NamedTuple):
    """Where a request goes: Service and port, what its path begins with there, and how long it may take."""

    to: str
    rewrite: str
    timeout: str = "300.000s"
    websocket: bool = False


def sources_of() -> Path:
    """Give the folder of the released sources."""
    return downloaded(MODULE, VERSION, CHECKSUM)


def watched_of(built: Iterable[Manifest]) -> list[Manifest]:
    """Give what the control plane would see of manifests, routes in annotations as objects."""
    services = of_kind(built, "Service")
    return [*of_kind(built, "Listener"), *services, *(route for one in services for route in _in_annotation(one))]


def _in_annotation(service: Manifest) -> Iterator[Manifest]:
    """Source: Emissary, pkg/snapshot/v1/annotations.go."""
    metadata = service["metadata"]
    for document in yaml.safe_load_all(metadata.get("annotations", {}).get(ANNOTATION, "")):
        spec = {key: value for key, value in document.items() if key not in ("apiVersion", "kind", "name")}
        named = {"name": document["name"], "namespace": metadata["namespace"]}
        yield {"apiVersion": document["apiVersion"], "kind": document["kind"], "metadata": named, "spec": spec}


def compiled(sources: Path, manifests: list[Manifest]) -> Any:
    """Give Envoy's configuration, made with the settings of our Deployment; no manifest may have a mistake."""
    container = find(build_all("gke"), "Deployment", "ambassador")["spec"]["template"]["spec"]["containers"][0]
    settings = {each["name"]: each.get("value", catalog.NAMESPACE) for each in container["env"]}
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", str(COMPILING)],
        env={**os.environ, **settings, "PYTHONPATH": str(sources / "python")},
        input=yaml.safe_dump_all(manifests),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["errors"] == {}
    return result["envoy"]["static_resources"]


def open_ports(envoy: Any) -> set[int]:
    """Give the ports that are reached from outside the pod."""
    addresses = [listener["address"]["socket_address"] for listener in envoy["listeners"]]
    return {address["port_value"] for address in addresses if address["address"] != "127.0.0.1"}


def routes_of(envoy: Any) -> list[tuple[str, Route]]:
    """Give the routes of plain HTTP in the order in which they are tried, but for those of the gateway's own."""
    clusters = {cluster["name"]: _address(cluster) for cluster in envoy["clusters"]}
    return [
        (route["match"]["prefix"], _route(route["route"], clusters))
        for config in values_of(envoy["listeners"], "route_config")
        for host in config.get("virtual_hosts", ())
        for route in host["routes"]
        if not route["match"]["prefix"].startswith("/ambassador/") and "headers" not in route["match"]
    ]


def _address(cluster: Manifest) -> str:
    (endpoint,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    address = endpoint["endpoint"]["address"]["socket_address"]
    return f"{address['address']}:{address['port_value']}"


def _route(route: Manifest, clusters: dict[str, str]) -> Route:
    upgrades = [each["upgrade_type"] for each in route.get("upgrade_configs", ())]
    return Route(clusters[route["cluster"]], route["prefix_rewrite"], route["timeout"], "websocket" in upgrades)
