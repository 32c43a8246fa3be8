"""Health of what gets an address from outside: Service and Ingress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.health.model import Health, Live, current, in_progress, part
from kfinstall.health.reading import explain, last_event

_DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class"
_OLD_INGRESS_CLASS = "kubernetes.io/ingress.class"


def judge_service(live: Live) -> Health:
    """A LoadBalancer has an address; any other Service is as soon as it is there."""
    if live.spec.get("type") != "LoadBalancer" or _has_address(live.status):
        return current()
    event = last_event(
        live.related, live.uid, ("SyncLoadBalancerFailed", "AllocationFailed", "CreatingLoadBalancerFailed")
    )
    if event is not None:
        return in_progress(f"has no address yet: {explain(event)}")
    return in_progress("has no address yet; does anything here give LoadBalancers one (a cloud, MetalLB, a tunnel)?")


def _has_address(status: Mapping[str, Any]) -> bool:
    return bool(part(status, "loadBalancer").get("ingress"))


def judge_ingress(live: Live) -> Health:
    """It has an address; without a controller of its class it never gets one, and the message says so."""
    if _has_address(live.status):
        return current()
    event = last_event(live.related, live.uid, ("Translate", "Sync", "FailedDeployModel", "FailedBuildModel"))
    why = explain(event) if event else _why_no_controller(live)
    return in_progress(f"has no address yet{': ' + why if why else ''}")


def _why_no_controller(live: Live) -> str:
    name = live.spec.get("ingressClassName") or part(live.metadata, "annotations").get(_OLD_INGRESS_CLASS)
    if not live.related.has("networking.k8s.io", "IngressClass"):
        return ""
    classes = live.related.of("networking.k8s.io", "IngressClass")
    if name:
        known = {part(c, "metadata").get("name") for c in classes}
        return "" if name in known else f"IngressClass '{name}' does not exist"
    marks = (part(part(c, "metadata"), "annotations").get(_DEFAULT_INGRESS_CLASS) for c in classes)
    return "" if "true" in marks else "it names no IngressClass and none is the cluster's default"
