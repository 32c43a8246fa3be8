"""Health of Gateway API resources and of OpenShift's Routes: somebody else's proxy has to take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.health.model import Health, Live, current, failed, in_progress
from kfinstall.health.reading import condition, conditions, explain, is_stale, state_of
from kfinstall.resource import Manifest

_WRONG = frozenset(
    {"Invalid", "InvalidParameters", "UnsupportedAddress", "UnsupportedValue", "InvalidConfiguration", "InvalidKind"}
)


def judge_gateway_class(live: Live) -> Health:
    """Accepted by a controller."""
    return _judge(live, live.manifest, "Accepted") or current()


def judge_gateway(live: Live) -> Health:
    """Accepted and programmed by its class's controller, and so is each listener."""
    listeners: list[Manifest] = [{"status": one} for one in _mappings(live.status.get("listeners"))]
    troubles = [_judge(live, live.manifest, type_) for type_ in ("Accepted", "Programmed")]
    troubles += [_first_false("Gateway", live.manifest)]
    troubles += [_first_false(f"listener '{one['status'].get('name')}'", one) for one in listeners]
    return next((trouble for trouble in troubles if trouble), current())


def _first_false(who: str, manifest: Manifest) -> Health | None:
    wrong = [c for c in conditions(manifest) if c.get("type") != "Conflicted" and state_of(c) == "False"]
    return in_progress(f"{who}: {explain(wrong[0])}") if wrong else None


def _judge(live: Live, manifest: Manifest, type_: str) -> Health | None:
    found = condition(manifest, type_)
    if not found or is_stale(found, live):
        return in_progress("no controller has seen the latest change yet")
    if state_of(found) == "True":
        return None
    return (failed if str(found.get("reason")) in _WRONG else in_progress)(
        f"{type_} is {state_of(found)}: {explain(found)}"
    )


def judge_route(live: Live) -> Health:
    """Accepted by each of the Gateways it attaches to. Words about an earlier generation do not count."""
    parents: list[Manifest] = [{"status": one} for one in _mappings(live.status.get("parents"))]
    fresh = [parent for parent in parents if not any(is_stale(c, live) for c in conditions(parent))]
    for parent in fresh:
        for type_ in ("Accepted", "ResolvedRefs", "Programmed"):
            if trouble := _refused(condition(parent, type_)):
                return trouble
    return current() if fresh else in_progress("no Gateway has taken it yet")


def _refused(found: Mapping[str, Any]) -> Health | None:
    if state_of(found) != "False":
        return None
    return (failed if str(found.get("reason")) in _WRONG else in_progress)(f"refused by its Gateway: {explain(found)}")


def judge_openshift_route(live: Live) -> Health:
    """Not refused by a router. Without a router nobody says anything, and nothing is to be waited for."""
    for ingress in _mappings(live.status.get("ingress")):
        admitted = condition({"status": ingress}, "Admitted")
        if state_of(admitted) == "False":
            return failed(f"router '{ingress.get('routerName')}' refused it: {explain(admitted)}")
    return current()


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
