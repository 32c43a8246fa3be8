"""Addresses and ports from outside: Services that wait for one, and those that want what another has."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.doctor.grouping import place
from kfinstall.doctor.kinds import INGRESS, SERVICE
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s
from kfinstall.resource import GroupKind, Manifest, ResourceId, gvk_of, id_of

_CLOUD_WAITS_S = 300.0
_CANARY = "nginx.ingress.kubernetes.io/canary"
_CLASS = "kubernetes.io/ingress.class"
_NO_CLOUD = {
    "minikube": "let it run in another terminal: minikube tunnel",
    "kind": "let it run beside the cluster: cloud-provider-kind",
    "onprem": "install MetalLB or kube-vip",
}
"""Platforms where nobody gives addresses unless something is added -> what to add."""


def _find_no_address(snapshot: Snapshot) -> Iterator[Found]:
    for service in snapshot.of(SERVICE):
        if part(service, "spec").get("type") != "LoadBalancer" or _has_address(service):
            continue
        id, age = id_of(service), age_s(service["metadata"].get("creationTimestamp"), snapshot.now)
        why, hint = _why_no_address(service, snapshot)
        if age > (_CLOUD_WAITS_S if not why else 0):
            yield Found(
                id,
                f"Service '{id.name}' has no address from outside: {why or f'none came in {age / 60:.0f} min'}",
                f"{hint}; until then: kubectl {place(id)}port-forward service/{id.name} 8080:{_port(service)}",
            )


def _has_address(service: Manifest) -> bool:
    return bool(part(part(service, "status"), "loadBalancer").get("ingress"))


def _why_no_address(service: Manifest, snapshot: Snapshot) -> tuple[str, str]:
    wanted = part(service, "spec").get("loadBalancerClass")
    served = {part(o, "spec").get("loadBalancerClass") for o in snapshot.of(SERVICE) if _has_address(o)}
    if wanted and wanted not in served:
        return f"nobody serves the class '{wanted}'", "install what serves it, or leave out loadBalancerClass"
    platform = snapshot.platform.platform
    if platform in _NO_CLOUD and wanted not in served:
        return f"nobody gives addresses on {platform}", _NO_CLOUD[platform]
    return "", "see the cloud's quota and its controller's events: kubectl get events -A"


def _port(service: Manifest) -> object:
    return next((port.get("port") for port in part(service, "spec").get("ports") or ()), 80)


def _find_taken(snapshot: Snapshot) -> Iterator[Found]:
    yield from _find_taken_ports(snapshot)
    yield from _find_taken_routes(snapshot)


def _find_taken_ports(snapshot: Snapshot) -> Iterator[Found]:
    taken = {port: id_of(service) for service in snapshot.of(SERVICE) for port in _node_ports(service)}
    for resource in snapshot.rendered or ():
        for port in _node_ports(resource.manifest) if resource.gvk.group_kind == SERVICE else ():
            holder = taken.setdefault(port, resource.id)
            if holder != resource.id:
                yield Found(
                    resource.id,
                    f"port {port} of the nodes is taken by Service {holder.namespace}/{holder.name}",
                    "choose another nodePort, or leave it out",
                    origin=resource.origin,
                )


def _node_ports(service: Manifest) -> Iterator[int]:
    for port in part(service, "spec").get("ports") or ():
        if port.get("nodePort"):
            yield int(port["nodePort"])


def _find_taken_routes(snapshot: Snapshot) -> Iterator[Found]:
    taken: dict[tuple[str, str, str], ResourceId] = {}
    for manifest in [*snapshot.of(INGRESS), *_rendered(INGRESS, snapshot)]:
        id = id_of(manifest)
        for route in _routes(manifest):
            holder = taken.setdefault(route, id)
            if holder != id:
                yield Found(
                    id,
                    f"Ingress '{id.name}' and {holder.namespace}/{holder.name} both take {route[1]}{route[2]}",
                    "give one another host or path: which of them answers is not defined",
                    severity=Severity.WARNING,
                )


def _rendered(kind: GroupKind, snapshot: Snapshot) -> Iterator[Manifest]:
    return (one.manifest for one in snapshot.rendered or () if gvk_of(one.manifest).group_kind == kind)


def _routes(ingress: Manifest) -> Iterator[tuple[str, str, str]]:
    annotations = part(part(ingress, "metadata"), "annotations")
    spec = part(ingress, "spec")
    if annotations.get(_CANARY) == "true":
        return
    class_name = str(spec.get("ingressClassName") or annotations.get(_CLASS) or "")
    for rule in spec.get("rules") or ():
        for path in part(rule, "http").get("paths") or ():
            yield class_name, str(rule.get("host") or "*"), str(path.get("path") or "/")


CHECKS = (
    Check(
        "KF406",
        "A Service of type LoadBalancer gets no address",
        Severity.WARNING,
        _find_no_address,
        remedy="Add what gives addresses on this platform, or use another type of Service.",
        docs="""Without a controller that gives addresses such a Service stays `<pending>` for ever, and no event says
so. On platforms that have none it is told at once, elsewhere after five minutes.""",
        reads=(SERVICE,),
        is_proven=True,
    ),
    Check(
        "KF407",
        "A port or a path is taken",
        Severity.ERROR,
        _find_taken,
        remedy="Choose another one.",
        docs="""A Service to be installed wants a port of the nodes that another has: the API server would refuse it.
Two Ingresses of one class with the same host and path are a warning: which one answers is not defined.""",
        reads=(SERVICE,),
        helps=(INGRESS,),
        is_proven=True,
    ),
)
