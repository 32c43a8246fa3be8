"""Pods that fit on no node."""

from __future__ import annotations

from tests.doctor.matrix import Fault


def deployment(spec: str, name: str = "web", resources: str = "{}") -> str:
    """Give a Deployment whose pod has these further fields, in YAML's flow style."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{{spec}containers: [{{name: {name}, image: "example.com/{name}:1", resources: {resources}}}]}}
"""


def node(name: str, labels: str = "", taints: str = "", amounts: str = "") -> str:
    """Give a simulated node that only pods which ask for it come to."""
    taint = f"{{key: fault.example.com/{name}, effect: NoSchedule}}"
    return f"""\
---
apiVersion: v1
kind: Node
metadata:
  scope: cluster
  name: {name}
  annotations: {{kwok.x-k8s.io/node: fake}}
  labels: {{kubernetes.io/hostname: {name}, {labels}}}
spec: {{taints: [{taint}, {taints}]}}
status:
  capacity: {{cpu: "2", memory: 4Gi, pods: "20", {amounts}}}
  allocatable: {{cpu: "2", memory: 4Gi, pods: "20", {amounts}}}
"""


def at(name: str) -> str:
    """Give the fields that bring a pod to such a node."""
    toleration = f"{{key: fault.example.com/{name}, operator: Exists}}"
    return f"nodeSelector: {{kubernetes.io/hostname: {name}}}, tolerations: [{toleration}], "


APART = (
    "{requiredDuringSchedulingIgnoredDuringExecution: "
    "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}"
)
EVENLY = "{topologyKey: example.com/rack, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}"

FAULTS = (
    Fault(
        "memory",
        "KF601",
        "Deployment {ns}/web",
        deployment("", resources="{requests: {memory: 900Gi}}"),
        says=("asks for 900Gi memory", "kubectl -n {ns} edit deployment/web"),
    ),
    Fault(
        "never-fits",
        "KF614",
        "Deployment {ns}/web",
        rendered=deployment("", resources="{requests: {cpu: 700}}"),
        says=("asks for 700 cpu in one pod, and the largest node has",),
    ),
    Fault(
        "no-room-for-render",
        "KF602",
        "Cluster *",
        rendered=deployment("", resources="{requests: {cpu: 700}}"),
        says=("asks for 700 cpu",),
    ),
    Fault(
        "node-label",
        "KF603",
        "Deployment {ns}/web",
        deployment("nodeSelector: {kubernetes.io/os: linus}, "),
        says=("label kubernetes.io/os=linus", "there is kubernetes.io/os=linux"),
    ),
    Fault(
        "taint",
        "KF604",
        "Deployment {ns}/web",
        deployment("nodeSelector: {kubernetes.io/hostname: tainted}, ") + node("tainted"),
        says=("does not tolerate the taint fault.example.com/tainted:NoSchedule",),
    ),
    Fault(
        "no-scheduler",
        "KF612",
        "Deployment {ns}/web",
        deployment("schedulerName: volcano, "),
        says=("waits for the scheduler 'volcano'",),
    ),
    Fault(
        "scheduling-gate",
        "KF612",
        "Deployment {ns}/web",
        deployment("schedulingGates: [{name: example.com/quota}], "),
        says=("example.com/quota",),
    ),
    Fault(
        "host-port-taken",
        "KF615",
        "Deployment {ns}/web",
        deployment(at("gateway"))
        .replace("resources: {}", "ports: [{containerPort: 80, hostPort: 80}]")
        .replace("spec:\n", "spec:\n  replicas: 2\n", 1)
        + node("gateway"),
        says=("hostPort 80 is taken on every node that would do",),
    ),
    Fault(
        "kept-apart",
        "KF615",
        "Deployment {ns}/web",
        deployment(f"{at('single')}affinity: {{podAntiAffinity: {APART}}}, ").replace(
            "spec:\n", "spec:\n  replicas: 2\n", 1
        )
        + node("single"),
        says=("its podAntiAffinity keeps it apart",),
    ),
    Fault(
        "no-rack",
        "KF615",
        "Deployment {ns}/web",
        deployment(f"topologySpreadConstraints: [{EVENLY}], "),
        says=("want it spread by example.com/rack",),
    ),
    Fault(
        "kept-off-by-a-cordon",
        "KF103",
        "Node resting",
        deployment(at("resting")) + node("resting").replace("spec: {", "spec: {unschedulable: true, "),
        says=("kubectl uncordon resting",),
    ),
)
