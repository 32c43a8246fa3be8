"""A pod that is too large for every node is an error only where no other node can come by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kfinstall.doctor import Severity, judge
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.kinds import CONFIG_MAP, NODE
from kfinstall.plan.model import KindInfo
from kfinstall.resource import GroupKind
from tests.doctor.corpus import completed, load_states

TOO_LARGE = next(state.snapshot for state in load_states() if state.name == "KF614-too-large")
ROOM = [check for check in CHECKS if check.id == "KF614"]
NAME = {"name": "cluster-autoscaler-status", "namespace": "kube-system"}
STATUS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": NAME}


def with_node(**metadata: Any) -> dict[GroupKind, Any]:
    (node,) = TOO_LARGE.of(NODE)
    return {**TOO_LARGE.manifests, NODE: completed([{**node, "metadata": {"name": "a", **metadata}}])}


def with_kind(group: str, kind: str) -> dict[GroupKind, KindInfo]:
    return {**TOO_LARGE.kinds, GroupKind(group, kind): KindInfo(group, kind, kind.lower() + "s", False, ("v1",))}


def severity(snapshot: Any) -> Severity:
    (finding,) = judge(snapshot, ROOM).findings
    return finding.severity


def test_where_nodes_stay_as_they_are_it_is_an_error() -> None:
    assert severity(TOO_LARGE) is Severity.ERROR


@pytest.mark.parametrize(
    "change",
    [
        {"manifests": {**TOO_LARGE.manifests, CONFIG_MAP: completed([STATUS])}},
        {"kinds": with_kind("karpenter.sh", "NodePool")},
        {"kinds": with_kind("autoscaling.openshift.io", "MachineAutoscaler")},
        {"manifests": with_node(labels={"eks.amazonaws.com/compute-type": "fargate"})},
        {"manifests": with_node(name="gk3-ml-pool-2-5c1d")},
    ],
    ids=["cluster autoscaler", "Karpenter", "OpenShift", "Fargate", "Autopilot"],
)
def test_where_nodes_are_made_on_demand_it_is_a_warning(change: dict[str, Any]) -> None:
    assert severity(replace(TOO_LARGE, **change)) is Severity.WARNING
