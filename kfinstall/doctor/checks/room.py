"""Pods that are to be installed and that no node can ever take, however empty it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from kfinstall.doctor.fitting import amount_words, pod_requests
from kfinstall.doctor.grouping import ref
from kfinstall.doctor.kinds import CONFIG_MAP, NODE
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import as_int
from kfinstall.plan.templates import pod_templates
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest

AUTOSCALER: Final = ("kube-system", "cluster-autoscaler-status")
"""Where the cluster autoscaler says how it is, on every cloud. Source: kubernetes/autoscaler FAQ."""
_MAKERS: Final = frozenset({"karpenter.sh", "eks.amazonaws.com", "autoscaling.openshift.io"})
"""API groups of what makes nodes: Karpenter, EKS Auto Mode, OpenShift's machine autoscaler."""
_FARGATE: Final = ("eks.amazonaws.com/compute-type", "fargate")
_AUTOPILOT: Final = "gk3-"
"""How the nodes of a GKE Autopilot cluster are called."""
_NOTHING: Final = Decimal(0)


class _Lack(NamedTuple):
    resource: str
    wanted: Decimal
    largest: Decimal


def _find_never_fitting(snapshot: Snapshot) -> Iterator[Found]:
    nodes = snapshot.of(NODE)
    for resource in snapshot.rendered or () if nodes else ():
        for lack in _lacks(resource.manifest, snapshot):
            has, id = amount_words(lack.resource, lack.largest), resource.id
            what = f"the largest node has {has} in all" if lack.largest else "no node has any"
            may_come = not lack.largest or _adds_nodes(snapshot)
            yield Found(
                id,
                f"{ref(id)} asks for {amount_words(lack.resource, lack.wanted)} {lack.resource} in one pod, and {what}",
                "ask for less, or add a node that has as much",
                origin=resource.origin,
                severity=Severity.WARNING if may_come else None,
            )


def _lacks(manifest: Manifest, snapshot: Snapshot) -> Iterator[_Lack]:
    if not as_int(part(manifest, "spec").get("replicas"), 1):
        return
    for template in pod_templates(manifest):
        for name, wanted in sorted(pod_requests({"spec": part(template, "spec")}).items()):
            largest = _largest(name, snapshot)
            if wanted > largest and (largest or name != "pods"):
                yield _Lack(name, wanted, largest)


def _largest(resource: str, snapshot: Snapshot) -> Decimal:
    return snapshot.memo(
        f"largest {resource}",
        lambda whole: max((_allocatable(node, resource) for node in whole.of(NODE)), default=_NOTHING),
    )


def _allocatable(node: Manifest, resource: str) -> Decimal:
    return parse_quantity(part(part(node, "status"), "allocatable").get(resource)) or _NOTHING


def _adds_nodes(snapshot: Snapshot) -> bool:
    """Is something there that makes nodes when pods wait for them? Then a larger one may come."""
    return (
        snapshot.get(CONFIG_MAP, *AUTOSCALER) is not None
        or any(kind.group in _MAKERS for kind in snapshot.kinds)
        or any(_is_made_for_pods(node) for node in snapshot.of(NODE))
    )


def _is_made_for_pods(node: Manifest) -> bool:
    label, value = _FARGATE
    metadata = part(node, "metadata")
    return part(metadata, "labels").get(label) == value or str(metadata.get("name")).startswith(_AUTOPILOT)


CHECKS = (
    Check(
        "KF614",
        "A pod that is to be installed asks for more than any node has",
        Severity.ERROR,
        _find_never_fitting,
        remedy="Ask for less, or add a node that is large enough.",
        docs="""What one pod asks for is compared with what each node may give away in all, not with what is free: such
a pod waits for ever. It is a warning where nodes are made on demand (the cluster
autoscaler, Karpenter, Fargate, Autopilot, OpenShift's machine autoscaler), and for a resource that no node has at all,
since a device plugin may bring it.""",
        reads=(NODE,),
        helps=(CONFIG_MAP,),
        needs=("live", "rendered"),
        is_proven=True,
    ),
)
