"""Where what was installed can be reached: LoadBalancers, node ports, Routes, and the paths that ambassador serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import yaml

from kfinstall.apply import observe
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, Manifest, id_of

if TYPE_CHECKING:
    from kfinstall.apply.protocols import Cluster
    from kfinstall.plan.model import Plan

SERVICE = GroupKind("", "Service")
NODE = GroupKind("", "Node")
ROUTE = GroupKind("route.openshift.io", "Route")
SCHEMES = {443: "https", 8443: "https", 80: "http", 8080: "http"}
FRONT_DOOR = "ambassador"
MAPPINGS = "getambassador.io/config"


class Address(NamedTuple):
    """Something that answers, and where; `url` is empty while it has no address."""

    name: str
    url: str
    through: str


def live_doors(plan: Plan, cluster: Cluster) -> list[Manifest]:
    """Give the Services and Routes of a plan that was run, as they are now; nothing is asked if nothing changed."""
    doors = [one.resource for one in plan.changes if one.resource and one.id.group_kind in (SERVICE, ROUTE)]
    ids = {door.id for door in doors}
    if plan.is_noop:
        live = plan.observed
    else:
        members = tuple(member for member in plan.after.members if member.id in ids)
        live = observe(doors, replace(plan.after, members=members), cluster)
    return [live[door.id].manifest for door in doors if door.id in live]


def addresses(live: Iterable[Manifest], cluster: Cluster) -> list[Address]:
    """Give the addresses that live Services and Routes have; what else is among them is passed over."""
    live = list(live)
    services = [manifest for manifest in live if id_of(manifest).group_kind == SERVICE]
    routes = [_of_route(manifest) for manifest in live if id_of(manifest).group_kind == ROUTE]
    node = _node_address(cluster) if any(s["spec"].get("type") == "NodePort" for s in services) else ""
    own = [*routes, *(address for service in services for address in _of_service(service, node))]
    return [*own, *_behind_front_door(own, services)]


def _of_route(route: Manifest) -> Address:
    ingress = (route.get("status") or {}).get("ingress") or [{}]
    host = ingress[0].get("host") or route["spec"].get("host") or ""
    scheme = "https" if route["spec"].get("tls") else "http"
    return Address(route["metadata"]["name"], f"{scheme}://{host}/" if host else "", "Route")


def _of_service(service: Manifest, node: str) -> Iterator[Address]:
    name, spec = service["metadata"]["name"], service["spec"]
    ingress = (service.get("status") or {}).get("loadBalancer", {}).get("ingress", ())
    hosts = [entry.get("ip") or entry.get("hostname") for entry in ingress]
    for port in spec.get("ports", ()) if spec.get("type") in ("LoadBalancer", "NodePort") else ():
        if spec["type"] == "LoadBalancer":
            yield Address(name, _url(hosts[0], port["port"], port["port"]) if hosts else "", "LoadBalancer")
        else:
            yield Address(name, _url(node, port.get("nodePort", 0), port["port"]) if node else "", "NodePort")


def _url(host: str, port: int, service_port: int) -> str:
    scheme = SCHEMES.get(service_port)
    if scheme is None:
        return f"{host}:{port}"
    return f"{scheme}://{host}/" if (scheme, port) in (("http", 80), ("https", 443)) else f"{scheme}://{host}:{port}/"


def _behind_front_door(own: Iterable[Address], services: Iterable[Manifest]) -> Iterator[Address]:
    """Give the paths that other Services ask ambassador to serve."""
    door = next((a.url for a in own if a.name == FRONT_DOOR and a.url.startswith("http")), "")
    for service in services if door else ():
        text = (service["metadata"].get("annotations") or {}).get(MAPPINGS, "")
        for mapping in yaml.safe_load_all(text):
            if isinstance(mapping, dict) and len(str(mapping.get("prefix", ""))) > 1:
                path = str(mapping["prefix"]).lstrip("/")
                yield Address(service["metadata"]["name"], f"{door}{path}", FRONT_DOOR)


def _node_address(cluster: Cluster) -> str:
    """Give an address of one node, its external one if it has any; empty where nodes may not be read."""
    try:
        nodes = cluster.list(NODE)
    except ClusterError:
        return ""
    found = {a["type"]: a["address"] for node in nodes for a in (node.get("status") or {}).get("addresses", ())}
    return str(found.get("ExternalIP") or found.get("InternalIP") or "")
