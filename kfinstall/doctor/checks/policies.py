"""NetworkPolicies that cut components off from names, or from those that use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfinstall.doctor.checks.services import makers_of
from kfinstall.doctor.grouping import ref
from kfinstall.doctor.kinds import NETWORK_POLICY, SERVICE
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.health.model import part
from kfinstall.plan.edges.scene import matches
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import Manifest, ResourceId

_DNS_PORT = 53


def _find_cut_off(snapshot: Snapshot) -> Iterator[Found]:
    policies = list(snapshot.written(NETWORK_POLICY))
    if policies:
        yield from _find_without_names(policies, snapshot)
        yield from _find_unreachable(policies, snapshot)


def _find_without_names(policies: Sequence[Written], snapshot: Snapshot) -> Iterator[Found]:
    """Pods that may send, but not to the port of DNS."""
    hit: dict[ResourceId, list[ResourceId]] = {}
    for written in snapshot.written():
        for template in pod_templates(written.manifest):
            labels = part(part(template, "metadata"), "labels")
            closed = _closed(policies, written.id.namespace, labels, "Egress", _DNS_PORT)
            if closed:
                hit.setdefault(closed[0].id, []).append(written.id)
    for policy, workloads in hit.items():
        yield Found(
            policy,
            f"{ref(workloads[0])}{_more(workloads)} may not ask for names: no rule lets it send to port 53",
            "allow egress to port 53, UDP and TCP, in it or in another NetworkPolicy",
            tuple(workloads),
        )


def _find_unreachable(policies: Sequence[Written], snapshot: Snapshot) -> Iterator[Found]:
    """Services whose pods take nothing on the port that they send to."""
    for written in snapshot.written(SERVICE):
        for made in makers_of(written.manifest, snapshot):
            for port in part(written.manifest, "spec").get("ports") or ():
                target = port.get("targetPort", port.get("port"))
                closed = _closed(policies, written.id.namespace, made.labels, "Ingress", target)
                if closed:
                    yield Found(
                        closed[0].id,
                        f"nobody may reach Service '{written.id.name}': no rule lets anything in to port {target}",
                        "allow ingress to that port, in it or in another NetworkPolicy",
                        (written.id,),
                    )


def _more(several: Sequence[ResourceId]) -> str:
    return f" and {len(several) - 1} more" if len(several) > 1 else ""


def _closed(
    policies: Sequence[Written], namespace: str, labels: Mapping[str, str], way: str, port: int | str
) -> Sequence[Written]:
    """Give the policies that isolate such a pod, where none of their rules is open for the port; else nothing."""
    isolating = [
        policy for policy in policies if policy.id.namespace == namespace and _isolates(policy.manifest, labels, way)
    ]
    is_open = any(_lets(rule, port) for policy in isolating for rule in _rules(policy.manifest, way))
    return () if is_open else isolating


def _isolates(policy: Manifest, labels: Mapping[str, str], way: str) -> bool:
    """Source: kubernetes v1.36, NetworkPolicySpec.policyTypes: without it, Egress holds where there are such rules."""
    spec = part(policy, "spec")
    ways = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return way in ways and matches(part(spec, "podSelector"), labels)


def _rules(policy: Manifest, way: str) -> Sequence[Mapping[str, Any]]:
    return part(policy, "spec").get(way.lower()) or ()


def _lets(rule: Mapping[str, Any], port: int | str) -> bool:
    """Is a rule open for a port? A named one is believed, since which number it is depends on the pod."""
    ports = rule.get("ports") or ()
    return not ports or any(_is_port(one, port) for one in ports)


def _is_port(one: Mapping[str, Any], port: int | str) -> bool:
    first = one.get("port")
    if first is None or isinstance(port, str) or isinstance(first, str):
        return first is None or first == port or isinstance(first, str) != isinstance(port, str)
    return int(first) <= port <= int(one.get("endPort") or first)


CHECKS = (
    Check(
        "KF408",
        "A NetworkPolicy cuts a component off",
        Severity.WARNING,
        _find_cut_off,
        remedy="Allow port 53 outwards, and the Service's port inwards.",
        docs="""A policy that denies everything needs others that allow what is used. Pods that may send to no port 53
find no host by name; a Service whose port nothing may reach serves nobody. Who may send is not judged, only
whether any rule is open for the port.""",
        needs=("written",),
        helps=(NETWORK_POLICY, SERVICE),
        is_proven=True,
    ),
)
