"""GPUs that are asked for and not to be had."""

from __future__ import annotations

from tests.doctor.faults.scheduling import at, deployment, node
from tests.doctor.matrix import Fault, Place

TOLERATES = "tolerations: [{key: nvidia.com/gpu, operator: Exists}], "


def plugin(name: str, where: str) -> str:
    """Give a DaemonSet that runs NVIDIA's device plugin on one node."""
    return f"""
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{{at(where)}containers: [{{name: plugin, image: "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"}}]}}
"""


def without_handler(place: Place) -> None:
    """Say what a real kubelet says of a RuntimeClass whose handler containerd does not know."""
    place.kubectl("wait", "--for=jsonpath={.spec.nodeName}", "pod/web", "--timeout=60s")
    said = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: "
        'no runtime for "nvidia" is configured'
    )
    place.event("FailedCreatePodSandBox", said, "Pod", "web")


FAULTS = (
    Fault(
        "gpu-not-offered",
        "KF605",
        "Node (amd.com/gpu)",
        deployment("", resources='{limits: {amd.com/gpu: "1"}}'),
        says=("no node offers amd.com/gpu", "device plugin"),
    ),
    Fault(
        "gpu-unhealthy",
        "KF606",
        "Node unhealthy",
        node("unhealthy", amounts='nvidia.com/gpu: "0"').replace(
            'capacity: {cpu: "2", memory: 4Gi, pods: "20", nvidia.com/gpu: "0"}',
            'capacity: {cpu: "2", memory: 4Gi, pods: "20", nvidia.com/gpu: "2"}',
        ),
        says=("has 2 GPUs and may give away none",),
    ),
    Fault(
        "gpu-without-driver",
        "KF606",
        "Node driverless",
        node("driverless", 'nvidia.com/gpu.present: "true"') + plugin("plugin", "driverless"),
        says=("finds no GPU", "nvidia-ctk runtime configure"),
    ),
    Fault(
        "gpus-in-use",
        "KF607",
        "Deployment {ns}/web",
        deployment(TOLERATES, resources='{limits: {nvidia.com/gpu: "1"}}').replace(
            "spec:\n", "spec:\n  replicas: 2\n", 1
        ),
        says=("all 1 nvidia.com/gpu on gke-ml-gpu-9f20ae51-h7vn are in use, by {ns}/web-",),
    ),
    Fault(
        "gpus-too-many-in-one",
        "KF607",
        "Deployment {ns}/web",
        deployment(TOLERATES, resources='{limits: {nvidia.com/gpu: "8"}}'),
        says=("it asks for 8 nvidia.com/gpu in one pod",),
    ),
    Fault(
        "gpu-former-name",
        "KF608",
        "Deployment {ns}/web",
        deployment("", resources='{limits: {alpha.kubernetes.io/nvidia-gpu: "1"}}'),
        says=("alpha.kubernetes.io/nvidia-gpu", "write nvidia.com/gpu in limits"),
    ),
    Fault(
        "runtime-handler",
        "KF609",
        "Node runtimeless",
        """\
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {scope: cluster, name: nvidia}
handler: nvidia
"""
        + node("runtimeless")
        + f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: web, annotations: {{local.kfinstall.dev/fault: slow-start=900}}}}
spec: {{runtimeClassName: nvidia, {at("runtimeless")}containers: [{{name: web, image: "example.com/web:1"}}]}}
""",
        says=("has no handler 'nvidia'", "nvidia-ctk"),
        make=without_handler,
    ),
    Fault(
        "old-driver",
        "KF610",
        "Deployment {ns}/web",
        deployment(at("old-driver")).replace("example.com/web:1", "example.com/tf:2.4-cuda12.2")
        + node("old-driver", 'nvidia.com/cuda.runtime.major: "11"'),
        says=("made for CUDA 12.2", "up to CUDA 11"),
    ),
    Fault(
        "two-plugins",
        "KF611",
        "Node plugged-twice",
        node("plugged-twice", 'local.kfinstall.dev/gpus: "1"')
        + plugin("plugin", "plugged-twice")
        + plugin("another", "plugged-twice"),
        says=("2 programs offer the GPUs", "kubectl -n {ns} delete daemonset"),
    ),
)
