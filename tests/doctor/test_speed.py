"""A large cluster, of 200 nodes and 5,000 objects with hundreds of faults, is asked for each kind once, and judged."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from kfinstall.doctor import Snapshot, judge
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.collect import collect
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.resource import GroupKind, Manifest, gvk_of
from tests.doctor.corpus import completed
from tests.fakes import FakeClock, FakeCluster


def node(number: int) -> Manifest:
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    labels = {"zone": f"z{number % 3}", "kubernetes.io/arch": "amd64"}
    status = {"allocatable": amounts, "capacity": amounts, "conditions": [{"type": "Ready", "status": "True"}]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{number}", "labels": labels}, "status": status}


def application(number: int) -> list[Manifest]:
    """Give a Deployment with all that is around it; the pods of each tenth fit nowhere."""
    name, namespace = f"app{number}", f"ns{number % 20}"
    metadata = {"namespace": namespace, "labels": {"app": name}}
    asks = {"memory": "900Gi" if number % 10 == 0 else "1Gi"}
    spec = {"containers": [{"name": "c", "image": f"example.com/{name}:1", "resources": {"requests": asks}}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    workload = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}
    made = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**metadata, "name": name}, "spec": workload},
        {
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": workload,
            "metadata": {**metadata, "name": f"{name}-1", "ownerReferences": [{"kind": "Deployment", "name": name}]},
        },
        {"apiVersion": "v1", "kind": "Service", "metadata": {**metadata, "name": name},
         "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**metadata, "name": name}, "data": {"a": "b"}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {**metadata, "name": name},
         "status": {"phase": "Bound"}, "spec": {"accessModes": ["ReadWriteOnce"]}},
    ]  # fmt: skip
    return [*made, *(pod(number, place, metadata, spec) for place in range(3))]


def pod(number: int, place: int, metadata: Manifest, spec: Manifest) -> Manifest:
    stuck = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
    runs = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    is_stuck = number % 10 == 0
    owner = {"kind": "ReplicaSet", "name": f"app{number}-1"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "name": f"app{number}-1-{place}", "ownerReferences": [owner]},
        "spec": spec if is_stuck else {**spec, "nodeName": f"n{(number * 3 + place) % 200}"},
        "status": stuck if is_stuck else runs,
    }


def large_cluster() -> dict[GroupKind, list[Manifest]]:
    manifests: dict[GroupKind, list[Manifest]] = {kind: [] for kind in BUILTIN_KINDS}
    everything = [node(number) for number in range(200)]
    everything += [one for number in range(600) for one in application(number)]
    for manifest in completed(everything):
        manifests[gvk_of(manifest).group_kind].append(manifest)
    return manifests


def test_a_large_cluster_is_judged_and_the_time_is_printed(capsys: pytest.CaptureFixture) -> None:
    manifests = large_cluster()
    assert sum(map(len, manifests.values())) == 5000
    began_s = time.process_time()
    report = judge(Snapshot(manifests=manifests, kinds=BUILTIN_KINDS), CHECKS)
    took_s = time.process_time() - began_s
    assert len([one for one in report.findings if one.check == "KF601"]) == 60
    with capsys.disabled():
        print(f"\n5,000 objects and 200 nodes were judged in {took_s:.2f} s of one processor")


def test_each_kind_is_asked_for_once() -> None:
    clock = FakeClock()
    cluster = Asked(clock, "kubeflow")
    collect(cluster, CHECKS, clock.now())
    asked = Counter(request.id.group_kind for request in cluster.requests)
    assert set(asked.values()) == {1}


class Asked(FakeCluster):
    """A cluster in memory that also says its version and its time."""

    clock_ahead_s = 0.0

    def server_version(self) -> str:
        return "v1.36.3"

    def broken_groups(self) -> tuple[str, ...]:
        return ()

    def text(self, path: str) -> str:
        return ""
