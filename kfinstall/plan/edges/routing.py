"""Edges of what routes from outside: classes, certificates and Services before the Ingress or route that names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.plan.edges.scene import Scene
from kfinstall.plan.model import Edge
from kfinstall.resource import Resource, ResourceId

_GATEWAY = "gateway.networking.k8s.io"


def named_before_ingress(scene: Scene) -> Iterator[Edge]:
    """An Ingress comes after its class, its certificates and its backends."""
    for ingress in scene.of("networking.k8s.io", "Ingress"):
        spec = ingress.manifest.get("spec") or {}
        before = ResourceId("networking.k8s.io", "IngressClass", "", str(spec.get("ingressClassName")))
        yield from scene.edge(before, ingress.id, "applied", "is of this class")
        for tls in spec.get("tls") or ():
            secret = ResourceId("", "Secret", ingress.id.namespace, str(tls.get("secretName")))
            yield from scene.edge(secret, ingress.id, "applied", "shows this certificate")
        yield from _backends(scene, ingress, spec)


def _backends(scene: Scene, ingress: Resource, spec: Mapping[str, Any]) -> Iterator[Edge]:
    paths = [path for rule in spec.get("rules") or () for path in (rule.get("http") or {}).get("paths") or ()]
    for backend in (spec.get("defaultBackend") or {}, *(path.get("backend") or {} for path in paths)):
        service = ResourceId("", "Service", ingress.id.namespace, str((backend.get("service") or {}).get("name")))
        yield from scene.edge(service, ingress.id, "applied", "routes to it")


def gateway_before_routes(scene: Scene) -> Iterator[Edge]:
    """A Gateway comes after its class, a route after its Gateway."""
    for gateway in scene.of(_GATEWAY, "Gateway"):
        name = (gateway.manifest.get("spec") or {}).get("gatewayClassName")
        yield from scene.edge(
            ResourceId(_GATEWAY, "GatewayClass", "", str(name)), gateway.id, "applied", "is of this class"
        )
    for route in scene.of(_GATEWAY, "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"):
        for parent in (route.manifest.get("spec") or {}).get("parentRefs") or ():
            namespace = str(parent.get("namespace") or route.id.namespace)
            before = ResourceId(_GATEWAY, "Gateway", namespace, str(parent.get("name")))
            yield from scene.edge(before, route.id, "applied", "is attached to it")
