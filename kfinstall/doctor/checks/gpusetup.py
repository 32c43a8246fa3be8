"""GPUs that are asked for in a wrong way, and what serves them: runtimes, drivers, plugins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.doctor.gpus import FORMER, GPUS, NVIDIA, plugin_pods
from kfinstall.doctor.grouping import ids, names, said
from kfinstall.doctor.kinds import NODE, POD, RUNTIME_CLASS
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import as_int
from kfinstall.plan.templates import pod_templates
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest, ResourceId, id_of

_NO_RUNTIME = re.compile(r'no runtime for "(?P<handler>[^"]+)" is configured')
_CUDA_IN_IMAGE = re.compile(r"cuda[-_:]?(?P<major>\d{1,2})\.(?P<minor>\d)")


def _find_wrong_requests(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written():
        for template in pod_templates(written.manifest):
            for container in part(template, "spec").get("containers") or ():
                if mistake := _mistake(part(container, "resources")):
                    what, hint = mistake
                    yield Found(written.id, f"container '{container.get('name')}' {what}", hint, origin=written.origin)


def _mistake(resources: Mapping[str, Any]) -> tuple[str, str] | None:
    requests, limits = part(resources, "requests"), part(resources, "limits")
    if FORMER in requests or FORMER in limits:
        return f"asks for {FORMER}, which nothing has offered since Kubernetes 1.11", f"write {NVIDIA} in limits"
    for gpu in GPUS:
        asked = limits.get(gpu, requests.get(gpu))
        number = parse_quantity(asked)
        if gpu in requests and gpu not in limits:
            return f"has {gpu} in its requests only, which the API server refuses", f"write {gpu} in limits"
        if number is not None and number % 1:
            return f"asks for {asked} {gpu}: a part of a GPU", "ask for whole ones; sharing is set up in the plugin"
    return None


def _find_no_runtime(snapshot: Snapshot) -> Iterator[Found]:
    for pod in snapshot.of(POD):
        events = snapshot.events(pod, "FailedCreatePodSandBox") if part(pod, "status").get("phase") == "Pending" else ()
        match = next((m for event in events if (m := _NO_RUNTIME.search(str(event.get("message"))))), None)
        node = str(part(pod, "spec").get("nodeName") or "")
        if match:
            handler = match["handler"]
            yield Found(
                ResourceId("", "Node", "", node),
                f"the container runtime of node {node} has no handler '{handler}', which a RuntimeClass names",
                f"on {node}: nvidia-ctk runtime configure --runtime=containerd && systemctl restart containerd"
                if handler == "nvidia"
                else f"set up '{handler}' in the container runtime of {node}",
                ids([pod]),
                said([pod], snapshot, "FailedCreatePodSandBox"),
            )


def _find_old_driver(snapshot: Snapshot) -> Iterator[Found]:
    drivers = {_name(node): _driver_cuda(node) for node in snapshot.of(NODE)}
    known = {name: version for name, version in drivers.items() if version}
    for pod in snapshot.of(POD):
        version, node = _image_cuda(pod), str(part(pod, "spec").get("nodeName") or "")
        if version and node in known and known[node] < (version[0],):
            yield Found(
                id_of(snapshot.top_owner(pod)),
                f"its image is made for CUDA {version[0]}.{version[1]}, and the driver of node {node} knows up to "
                f"CUDA {known[node][0]}",
                f"take an image for CUDA {known[node][0]}, or update the driver of {node}",
                ids([pod]),
            )


def _driver_cuda(node: Manifest) -> tuple[int, ...]:
    """Give the CUDA version that a node's driver supports, as GPU feature discovery labels it."""
    labels = part(node["metadata"], "labels")
    text = labels.get("nvidia.com/cuda.runtime.major") or labels.get("nvidia.com/cuda.runtime-version.major")
    return (as_int(text),) if text else ()


def _image_cuda(pod: Manifest) -> tuple[int, int] | None:
    for container in part(pod, "spec").get("containers") or ():
        variables = {str(one.get("name")): str(one.get("value") or "") for one in container.get("env") or ()}
        text = f"cuda{variables['CUDA_VERSION']}" if variables.get("CUDA_VERSION") else str(container.get("image"))
        if match := _CUDA_IN_IMAGE.search(text):
            return int(match["major"]), int(match["minor"])
    return None


def _find_two_plugins(snapshot: Snapshot) -> Iterator[Found]:
    by_node: dict[str, set[str]] = {}
    for pod in plugin_pods(snapshot):
        owner = id_of(snapshot.top_owner(pod))
        by_node.setdefault(str(part(pod, "spec").get("nodeName")), set()).add(f"{owner.namespace}/{owner.name}")
    for node, found in sorted(by_node.items()):
        if len(found) > 1:
            first, second, *_ = sorted(found)
            yield Found(
                ResourceId("", "Node", "", node),
                f"{len(found)} programs offer the GPUs of node {node}: {names(sorted(found))}; they count them twice",
                f"keep one; take away the other: kubectl -n {second.partition('/')[0]} delete daemonset "
                f"{second.partition('/')[2]} (or {first})",
            )


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


CHECKS = (
    Check(
        "KF608",
        "A GPU is asked for by a wrong name or in a wrong way",
        Severity.ERROR,
        _find_wrong_requests,
        remedy="Write nvidia.com/gpu, a whole number, in limits.",
        docs="""`alpha.kubernetes.io/nvidia-gpu` was the name until Kubernetes 1.10, and no node offers it any more.
GPUs stand in limits (requests alone are refused), and are whole numbers.""",
        needs=("written",),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF609",
        "A container runtime lacks the handler that a RuntimeClass names",
        Severity.ERROR,
        _find_no_runtime,
        remedy="Configure the runtime on the node.",
        docs="""A pod with `runtimeClassName: nvidia` needs a handler of that name in containerd's configuration.
The kubelet says `no runtime for "nvidia" is configured`; a later run of kubespray and other tools
overwrites that configuration.""",
        reads=(POD,),
        helps=(RUNTIME_CLASS,),
        is_proven=True,
    ),
    Check(
        "KF610",
        "An image is made for a newer CUDA than the node's driver knows",
        Severity.WARNING,
        _find_old_driver,
        remedy="Take an older image, or update the driver.",
        docs="""The driver's CUDA version is what GPU feature discovery writes on the node
(`nvidia.com/cuda.runtime.major`); the image's comes from CUDA_VERSION or from its name. Within one
major version newer images run on older drivers.""",
        reads=(NODE, POD),
        is_proven=True,
    ),
    Check(
        "KF611",
        "Several programs offer the GPUs of one node",
        Severity.WARNING,
        _find_two_plugins,
        remedy="Keep one of them.",
        docs="""NVIDIA's device plugin, the GPU operator's and GKE's own do the same: two on one node register the
same devices, and pods get a GPU that another one has.""",
        reads=(POD,),
        is_proven=True,
    ),
)
