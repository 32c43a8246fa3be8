"""Faults that are asked for: the statuses are those a kubelet writes, so that health is earned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kfinstall.cluster.api import ApiCluster
from kfinstall.resource import GroupKind, Manifest, ResourceId
from tests.localplane.waiting import eventually

Found = Callable[[Manifest], bool]


def start(cluster: ApiCluster, namespace: str, annotations: dict[str, str], **container: Any) -> ResourceId:
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "namespace": namespace, "annotations": annotations},
        "spec": {"containers": [{"name": "main", "image": "example/main:1", **container}]},
    }
    cluster.create(manifest)
    return ResourceId("", "Pod", namespace, "pod")


def status_of(pod: Manifest) -> dict[str, Any]:
    return dict(pod.get("status") or {})


def container_of(pod: Manifest) -> dict[str, Any]:
    statuses = status_of(pod).get("containerStatuses") or [{}]
    return dict(statuses[0])


def is_ready(pod: Manifest) -> bool:
    conditions = status_of(pod).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def waits_for(*reasons: str) -> Found:
    return lambda pod: ((container_of(pod).get("state") or {}).get("waiting") or {}).get("reason") in reasons


def ended_by(reason: str, code: int) -> Found:
    def look(pod: Manifest) -> bool:
        last = (container_of(pod).get("lastState") or {}).get("terminated") or {}
        return (last.get("reason"), last.get("exitCode")) == (reason, code)

    return look


def runs_unready(pod: Manifest) -> bool:
    return "running" in (container_of(pod).get("state") or {}) and not is_ready(pod)


def is_evicted(pod: Manifest) -> bool:
    status = status_of(pod)
    return (status.get("phase"), status.get("reason")) == ("Failed", "Evicted")


FAULTS: list[tuple[str, Found]] = [
    ("image-pull", waits_for("ErrImagePull", "ImagePullBackOff")),
    ("crash-loop", ended_by("Error", 1)),
    ("crash-loop=132", ended_by("Error", 132)),
    ("crash-loop", waits_for("CrashLoopBackOff")),
    ("oom", ended_by("OOMKilled", 137)),
    ("start-error", ended_by("StartError", 128)),
    ("never-ready", runs_unready),
    ("sandbox", waits_for("ContainerCreating")),
    ("evicted", is_evicted),
]


@pytest.mark.parametrize(("fault", "shows"), FAULTS, ids=[f"{n}-{fault}" for n, (fault, _) in enumerate(FAULTS)])
def test_a_fault_that_is_asked_for_by_annotation_shows_as_a_kubelet_writes_it(
    cluster: ApiCluster, namespace: str, fault: str, shows: Found
):
    id = start(cluster, namespace, {"local.kfinstall.dev/fault": fault})
    eventually(lambda: shows(cluster.get(id) or {}))
    assert not is_ready(cluster.get(id) or {})


def test_without_a_fault_the_same_pod_is_ready(cluster: ApiCluster, namespace: str):
    id = start(cluster, namespace, {})
    eventually(lambda: is_ready(cluster.get(id) or {}))


def test_a_fault_may_be_asked_for_by_the_images_name(cluster: ApiCluster, namespace: str):
    id = start(cluster, namespace, {}, image="fault.local.kfinstall.dev/crash-loop:139")
    eventually(lambda: ended_by("Error", 139)(cluster.get(id) or {}))


def test_a_pod_that_starts_slowly_gets_ready_late(cluster: ApiCluster, namespace: str):
    id = start(cluster, namespace, {"local.kfinstall.dev/fault": "slow-start=2"})
    eventually(lambda: waits_for("ContainerCreating")(cluster.get(id) or {}) or runs_unready(cluster.get(id) or {}))
    eventually(lambda: is_ready(cluster.get(id) or {}))


def test_a_failed_pull_is_told_in_events_as_well(cluster: ApiCluster, namespace: str):
    start(cluster, namespace, {"local.kfinstall.dev/fault": "image-pull"})
    events = GroupKind("", "Event")
    eventually(lambda: {"Pulling", "Failed"} <= {event["reason"] for event in cluster.list(events, namespace)})


def test_a_missing_configmap_keeps_a_container_from_starting(cluster: ApiCluster, namespace: str):
    environment = [{"configMapRef": {"name": "none"}}]
    id = start(cluster, namespace, {}, envFrom=environment)
    eventually(lambda: waits_for("CreateContainerConfigError")(cluster.get(id) or {}))
