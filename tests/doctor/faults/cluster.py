"""Nodes that do not answer, APIs that do not, and namespaces that do not go away."""

from __future__ import annotations

import os
import signal
import time

from kfinstall.localplane import state
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
    """A node gets all its conditions when it becomes ready: what was said before is lost."""
    place.kubectl("wait", "node", "full", "--for=condition=Ready", "--timeout=60s")
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


def _signal(place: Place, program: str, number: signal.Signals) -> None:
    instance = state.load(place.site.kubeconfig.parent.parent)
    os.kill(instance.programs[program].pid, number)


def _stop_scheduler(place: Place) -> None:
    """Make a pod that nobody looks at: later than all that was looked at, and times have whole seconds."""
    _signal(place, "kube-scheduler", signal.SIGSTOP)
    time.sleep(1.1)
    place.kubectl("run", "unseen", "--image=example.com/web:1")


def _stop_controllers(place: Place) -> None:
    _signal(place, "kube-controller-manager", signal.SIGSTOP)
    place.kubectl("create", "deployment", "unseen", "--image=example.com/web:1")


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
        "scheduler-stopped",
        "KF107",
        "Cluster *",
        says=("kube-scheduler does not work: Pod 'unseen' waits", "-l component=kube-scheduler"),
        make=_stop_scheduler,
        undo=lambda place: _signal(place, "kube-scheduler", signal.SIGCONT),
        later_s=90,
    ),
    Fault(
        "controllers-stopped",
        "KF107",
        "Cluster *",
        says=("kube-controller-manager does not work: Deployment 'unseen' was written",),
        also=("KF706",),
        make=_stop_controllers,
        undo=lambda place: _signal(place, "kube-controller-manager", signal.SIGCONT),
        later_s=90,
    ),
    Fault(
        "other-platform",
        "KF110",
        "Cluster *",
        rendered=deployment(""),
        chosen="eks",
        says=("the cluster is gke", "is for eks", "kfinstall apply --platform gke"),
    ),
    Fault(
        "namespace-missing",
        "KF109",
        "Namespace absent",
        rendered=deployment("").replace("{name: web}\nspec", "{name: web, namespace: absent}\nspec"),
        says=("kubectl create namespace absent",),
    ),
)
