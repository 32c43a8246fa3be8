"""What a real API server refuses to change in place, kind by kind: it is recognised, and made anew only when told."""

from __future__ import annotations

import pytest

from kfinstall.apply import Options
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError
from kfinstall.resource import Resource
from tests.apply.real import apply, delete, placed
from tests.apply.sets import parse

RECREATE = "annotations: {kfinstall.dev/on-immutable: recreate}"
POD = "{containers: [{name: a, image: 'a:1'}]}"
SELECTED = f"selector: {{matchLabels: {{a: CHANGES}}}}, template: {{metadata: {{labels: {{a: CHANGES}}}}, spec: {POD}}}"
FIXED = SELECTED.replace("CHANGES", "b")
ONCE = "{spec: {restartPolicy: Never, containers: [{name: a, image: 'a:CHANGES'}]}}"
RBAC = "rbac.authorization.k8s.io"

CASES: dict[str, tuple[str, str, str, str, str]] = {
    "ConfigMap": ("v1", "immutable: true, data: {a: CHANGES}", "one", "two", "data"),
    "Secret": ("v1", "type: example.com/CHANGES", "one", "two", "type"),
    "Service": ("v1", "spec: {clusterIP: CHANGES, ports: [{port: 80}]}", "''", "None", "spec.clusterIPs[0]"),
    "Pod": ("v1", "spec: {containers: [{name: a, image: a, env: [{name: A, value: CHANGES}]}]}", "one", "two", "spec"),
    "ResourceQuota": ("v1", "spec: {scopes: [CHANGES]}", "BestEffort", "NotBestEffort", "spec.scopes"),
    "Deployment": ("apps/v1", f"spec: {{{SELECTED}}}", "one", "two", "spec.selector"),
    "DaemonSet": ("apps/v1", f"spec: {{{SELECTED}}}", "one", "two", "spec.selector"),
    "ReplicaSet": ("apps/v1", f"spec: {{{SELECTED}}}", "one", "two", "spec.selector"),
    "StatefulSet": ("apps/v1", f"spec: {{serviceName: CHANGES, {FIXED}}}", "one", "two", "spec"),
    "Job": ("batch/v1", f"spec: {{template: {ONCE}}}", "1", "2", "spec.template"),
    "RoleBinding": (f"{RBAC}/v1", f"roleRef: {{apiGroup: {RBAC}, kind: Role, name: CHANGES}}", "one", "two", "roleRef"),
    "EndpointSlice": ("discovery.k8s.io/v1", "addressType: CHANGES, endpoints: []", "IPv4", "IPv6", "addressType"),
    "PriorityClass": ("scheduling.k8s.io/v1", "value: CHANGES", "1", "2", "value"),
    "StorageClass": ("storage.k8s.io/v1", "provisioner: example.com/CHANGES", "one", "two", "provisioner"),
    "RuntimeClass": ("node.k8s.io/v1", "handler: CHANGES", "one", "two", "handler"),
    "IngressClass": ("networking.k8s.io/v1", "spec: {controller: example.com/CHANGES}", "a", "b", "spec.controller"),
}
"""Kind -> its version, what is in it, that before and after a change, and the field that the server names."""
OF_THE_CLUSTER = {"PriorityClass", "StorageClass", "RuntimeClass", "IngressClass"}


def resource_of(kind: str, namespace: str, value: str, more: str) -> tuple[Resource, ...]:
    """Give the one resource of a case, with a name that no other test has."""
    version, content, *_ = CASES[kind]
    metadata = f"{{name: {namespace}-it, {more}}}"
    text = f"{{apiVersion: {version}, kind: {kind}, metadata: {metadata}, {content.replace('CHANGES', value)}}}"
    return parse(text) if kind in OF_THE_CLUSTER else placed(text, namespace)


@pytest.mark.parametrize("kind", CASES)
def test_what_cannot_be_changed_is_named_and_made_anew_only_when_told(cluster: ApiCluster, namespace: str, kind: str):
    _, _, before, after, field = CASES[kind]
    assert apply(cluster, namespace, resource_of(kind, namespace, before, "labels: {a: b}")).errors == []
    refused = apply(cluster, namespace, resource_of(kind, namespace, after, "labels: {a: b}"))
    [error] = refused.errors
    assert isinstance(error, ClusterError)
    assert error.reason == "Immutable"
    assert f": {field} cannot be changed once it is created" in error.message
    told = resource_of(kind, namespace, after, RECREATE)
    done = apply(cluster, namespace, told, Options(timeout_s=60))
    assert done.errors == [], done.texts
    assert apply(cluster, namespace, told).summary == "nothing to do: 1 resources are as wanted"
    assert delete(cluster, namespace).errors == []
