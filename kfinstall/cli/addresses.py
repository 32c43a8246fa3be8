"""Where what was installed can be reached from: the addresses of LoadBalancer and NodePort Services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, Manifest, ResourceId

if TYPE_CHECKING:
    from kfinstall.apply.protocols import Cluster

SERVICE = GroupKind("", "Service")
NODE = GroupKind("", "Node")
REACHABLE = ("LoadBalancer", "NodePort")
SCHEMES = {443: "https", 8443: "https", 80: "http", 8080: "http"}


class Address(NamedTuple):
    """One Service and where it answers; `url` is empty while it has no address."""

    name: str
    url: str
    via: str


def addresses(ids: Iterable[ResourceId], cluster: Cluster) -> list[Address]:
    """Give the addresses of the Services among these resources, as the cluster says them now."""
    live = [cluster.get(id) for id in ids if id.group_kind == SERVICE]
    services = [s for s in live if s is not None and s["spec"].get("type") in REACHABLE]
    host = _node_address(cluster) if services else ""
    return [address for service in services for address in _of(service, host)]


def _of(service: Manifest, node: str) -> Iterator[Address]:
    name, spec = service["metadata"]["name"], service["spec"]
    hosts = [
        h.get("ip") or h.get("hostname")
        for h in (service.get("status") or {}).get("loadBalancer", {}).get("ingress", ())
    ]
    ports: Sequence[Manifest] = spec.get("ports", ())
    for port in ports:
        if spec["type"] == "LoadBalancer" and hosts:
            yield Address(name, _url(hosts[0], port["port"], port["port"]), "LoadBalancer")
        elif port.get("nodePort") and node:
            yield Address(name, _url(node, port["nodePort"], port["port"]), "NodePort")
        else:
            yield Address(name, "", f"{spec['type']} without an address yet")


def _url(host: str, port: int, service_port: int) -> str:
    scheme = SCHEMES.get(service_port)
    if scheme is None:
        return f"{host}:{port}"
    return f"{scheme}://{host}/" if (scheme, port) in (("http", 80), ("https", 443)) else f"{scheme}://{host}:{port}/"


def _node_address(cluster: Cluster) -> str:
    """Give an address of one node, its external one if it has any; empty where nodes may not be read."""
    try:
        nodes = cluster.list(NODE)
    except ClusterError:
        return ""
    found = {a["type"]: a["address"] for node in nodes for a in (node.get("status") or {}).get("addresses", ())}
    return str(found.get("ExternalIP") or found.get("InternalIP") or "")
