"""What the API server dials goes through our socket: simulated pods answer, everything else is refused and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kfinstall import localplane
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError
from kfinstall.localplane import Plane
from kfinstall.resource import Manifest, ResourceId
from tests.localplane.listening import sockets_of
from tests.localplane.waiting import eventually

ELSEWHERE = "192.0.2.77"
"""An address of the documentation's range, which every router sends away."""


def proxy_log(plane: Plane) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (plane.directory / "log" / "egress.jsonl").read_text().splitlines()]


def assert_nothing_went_out(plane: Plane) -> None:
    pids = [process.pid for process in localplane.find(plane.name).programs.values()]
    assert all(socket.stays_here for socket in sockets_of(pids))


def webhook(namespace: str, client_config: dict[str, Any], annotations: dict[str, str] | None = None) -> Manifest:
    """Give a webhook that must admit every ConfigMap of one namespace."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"webhook-{namespace}", "annotations": annotations or {}},
        "webhooks": [
            {
                "name": "configmaps.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 3,
                "clientConfig": client_config,
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["configmaps"],
                    }
                ],
            }
        ],
    }


def service(namespace: str, **spec: Any) -> Manifest:
    ports = [{"port": 443, "targetPort": 8443}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "hook", "namespace": namespace},
        "spec": {"ports": ports, **spec},
    }


def behind(namespace: str) -> dict[str, Any]:
    return {"service": {"namespace": namespace, "name": "hook", "path": "/validate", "port": 443}}


def slice_to(namespace: str, address: str) -> Manifest:
    """Give the hand-made endpoint of a Service without a selector."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "hook-1",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": "hook"},
        },
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 8443, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
    }


def stand_in(namespace: str, annotations: dict[str, str]) -> Manifest:
    """Give a pod behind the Service, for which a process of the simulated cloud answers."""
    labels = {"app": "hook"}
    metadata = {"name": "hook", "namespace": namespace, "labels": labels, "annotations": annotations}
    container = {"name": "hook", "image": "example/hook:1", "ports": [{"containerPort": 8443}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def attempt(cluster: ApiCluster, namespace: str) -> str:
    """Create a ConfigMap without keeping it; give what refuses it, or nothing."""
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe", "namespace": namespace}}
    try:
        cluster.create(manifest, dry_run=True)
    except ClusterError as error:
        return error.message
    return ""


@pytest.fixture
def forget(cluster: ApiCluster, namespace: str) -> Any:
    """Remove the test's cluster-wide webhook afterwards."""
    yield
    group = "admissionregistration.k8s.io"
    cluster.delete(ResourceId(group, "ValidatingWebhookConfiguration", "", f"webhook-{namespace}"))


@pytest.mark.usefixtures("forget")
def test_a_webhook_whose_address_is_routed_away_is_refused_and_nothing_goes_out(
    plane: Plane, cluster: ApiCluster, namespace: str
):
    cluster.create(service(namespace))
    cluster.create(slice_to(namespace, ELSEWHERE))
    cluster.create(webhook(namespace, behind(namespace)))
    eventually(lambda: "nothing may leave the machine" in attempt(cluster, namespace))
    assert_nothing_went_out(plane)
    asked = [entry for entry in proxy_log(plane) if entry["address"] == f"{ELSEWHERE}:8443"]
    assert asked
    assert not any(entry["allowed"] for entry in asked)


@pytest.mark.usefixtures("forget")
def test_a_webhook_without_pods_gives_the_true_message(plane: Plane, cluster: ApiCluster, namespace: str):
    cluster.create(service(namespace, selector={"app": "none"}))
    cluster.create(webhook(namespace, behind(namespace)))
    eventually(lambda: 'no endpoints available for service "hook"' in attempt(cluster, namespace))


@pytest.mark.usefixtures("forget")
def test_a_webhook_that_names_a_url_is_refused_too(plane: Plane, cluster: ApiCluster, namespace: str):
    cluster.create(webhook(namespace, {"url": f"https://{ELSEWHERE}:9443/validate"}))
    eventually(lambda: "nothing may leave the machine" in attempt(cluster, namespace))
    assert_nothing_went_out(plane)


@pytest.mark.usefixtures("forget")
@pytest.mark.parametrize(("behaviour", "said"), [("admit", ""), ("deny", "not on a Sunday")])
def test_a_webhooks_ready_pods_answer_it(plane: Plane, cluster: ApiCluster, namespace: str, behaviour: str, said: str):
    cluster.create(service(namespace, selector={"app": "hook"}))
    cluster.create(webhook(namespace, behind(namespace), {"local.kfinstall.dev/inject-ca": "true"}))
    eventually(lambda: "no endpoints available" in attempt(cluster, namespace))
    annotations = {
        "local.kfinstall.dev/webhook": behaviour,
        "local.kfinstall.dev/webhook-message": said,
        "local.kfinstall.dev/fault": "slow-start=2",
    }
    cluster.create(stand_in(namespace, annotations))
    eventually(lambda: attempt(cluster, namespace) == "" if not said else said in attempt(cluster, namespace))
    assert_nothing_went_out(plane)


@pytest.fixture
def aggregated(cluster: ApiCluster, namespace: str) -> Iterator[ResourceId]:
    """Register an API that the Service answers for; it is taken away afterwards."""
    group = f"{namespace}.example.com"
    spec = {
        "group": group,
        "version": "v1",
        "groupPriorityMinimum": 1000,
        "versionPriority": 15,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": namespace, "name": "hook", "port": 443},
    }
    id = ResourceId("apiregistration.k8s.io", "APIService", "", f"v1.{group}")
    cluster.create(
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": id.name},
            "spec": spec,
        }
    )
    yield id
    cluster.delete(id)


def test_an_api_service_whose_address_is_routed_away_is_unavailable_and_nothing_goes_out(
    plane: Plane, cluster: ApiCluster, namespace: str, aggregated: ResourceId
):
    cluster.create(service(namespace))
    cluster.create(slice_to(namespace, ELSEWHERE))
    eventually(lambda: available(cluster.get(aggregated)).get("reason") == "FailedDiscoveryCheck")
    assert "nothing may leave the machine" in available(cluster.get(aggregated))["message"]
    assert_nothing_went_out(plane)


def test_an_api_services_ready_pod_answers_it(
    plane: Plane, cluster: ApiCluster, namespace: str, aggregated: ResourceId
):
    cluster.create(service(namespace, selector={"app": "hook"}))
    group = f"{namespace}.example.com/v1"
    cluster.create(stand_in(namespace, {"local.kfinstall.dev/apiservice": group}))
    eventually(lambda: available(cluster.get(aggregated)).get("status") == "True")
    assert_nothing_went_out(plane)


def available(manifest: Manifest | None) -> dict[str, Any]:
    conditions = ((manifest or {}).get("status") or {}).get("conditions") or []
    return next((dict(c) for c in conditions if c["type"] == "Available"), {})
