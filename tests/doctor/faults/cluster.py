"""Nodes that do not answer, APIs that do not, and namespaces that do not go away."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment, node
from tests.doctor.matrix import Fault, Place

DEAD_API = """
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {scope: cluster, name: v1.dead.example.com}
spec:
  group: dead.example.com
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {namespace: nowhere, name: nothing}
"""
HELD = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: held, finalizers: [example.com/never]}
"""


def _not_ready(place: Place) -> None:
    """A kubelet that says so, in words of its own."""
    ready = '{"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "PLEG is not healthy"}'
    place.kubectl("annotate", "node", "unwell", "local.kfinstall.dev/fault=not-ready")
    place.kubectl("wait", "node", "unwell", "--for=condition=Ready=False", "--timeout=60s")
    place.kubectl("patch", "node", "unwell", "--subresource=status", "-p", f'{{"status": {{"conditions": [{ready}]}}}}')


def _short(place: Place) -> None:
    disk = '{"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure", "message": "it has"}'
    place.kubectl("patch", "node", "full", "--subresource=status", "-p", f'{{"status": {{"conditions": [{disk}]}}}}')


def _old_kubelet(place: Place) -> None:
    info = '{"status": {"nodeInfo": {"kubeletVersion": "v1.30.1"}}}'
    place.kubectl("wait", "node", "old", "--for=condition=Ready", "--timeout=60s")
    place.kubectl("patch", "node", "old", "--subresource=status", "-p", info)


def _delete_namespace(place: Place) -> None:
    place.kubectl("delete", "namespace", place.namespace, "--wait=false")


def _cordon_all(place: Place) -> None:
    place.kubectl("cordon", *place.kubectl("get", "nodes", "-o", "name").split())


def _uncordon_all(place: Place) -> None:
    place.kubectl("uncordon", *place.kubectl("get", "nodes", "-o", "name").split())


def _delete_api(place: Place) -> None:
    place.kubectl("delete", "apiservice", "v1.dead.example.com")


FAULTS = (
    Fault("node-not-ready", "KF102", "Node unwell", node("unwell"), says=("PLEG is not healthy",), make=_not_ready),
    Fault("disk-pressure", "KF103", "Node full", node("full"), says=("is short of disk",), make=_short),
    Fault(
        "cordoned",
        "KF103",
        "Node cordoned",
        node("cordoned"),
        says=("kubectl uncordon cordoned",),
        make=lambda place: place.kubectl("cordon", "cordoned"),
    ),
    Fault(
        "all-cordoned",
        "KF104",
        "Cluster *",
        says=("no node takes a pod", "kubectl uncordon"),
        make=_cordon_all,
        undo=_uncordon_all,
    ),
    Fault(
        "api-without-service",
        "KF105",
        "APIService v1.dead.example.com",
        DEAD_API,
        says=("does not answer (ServiceNotFound)",),
        undo=_delete_api,
    ),
    Fault(
        "namespace-held",
        "KF106",
        "Namespace {ns}",
        HELD,
        says=("configmap/held has the finalizer example.com/never",),
        make=_delete_namespace,
    ),
    Fault("old-kubelet", "KF108", "Node old", node("old"), says=("runs kubelet 1.30",), make=_old_kubelet),
    Fault(
        "namespace-missing",
        "KF109",
        "Namespace absent",
        rendered=deployment("").replace("{name: web}\nspec", "{name: web, namespace: absent}\nspec"),
        says=("kubectl create namespace absent",),
    ),
)
