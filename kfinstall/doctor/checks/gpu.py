"""GPUs that are asked for and not to be had, with the reason: no plugin, no driver, all in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from kfinstall.doctor.fitting import Obstacle, Stuck, pod_requests, stuck_pods
from kfinstall.doctor.gpus import GPUS, NVIDIA, amount, cards, plugin_pods, plugins
from kfinstall.doctor.grouping import by_workload, ids, names, place, ref, said
from kfinstall.doctor.kinds import DAEMON_SET, NODE, POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.pods import has_ended
from kfinstall.health.reading import age_s, as_int
from kfinstall.resource import Manifest, ResourceId, id_of


def _wanting(snapshot: Snapshot, *kinds: Any) -> Sequence[tuple[Stuck, Obstacle]]:
    """Give the pods without a node that ask for a GPU, and what keeps them from having one."""
    found = ((stuck, obstacle) for stuck in stuck_pods(snapshot) for obstacle in stuck.by(*kinds))
    return [(stuck, obstacle) for stuck, obstacle in found if obstacle.what in GPUS]


def _find_no_plugin(snapshot: Snapshot) -> Iterator[Found]:
    """GPUs are asked for, no node has one in its capacity, and no plugin is there that could offer them."""
    for gpu in GPUS:
        pods = [stuck.pod for stuck, obstacle in _wanting(snapshot, "absent") if obstacle.what == gpu]
        offered = any(amount(node, "capacity", gpu) for node in snapshot.of(NODE))
        if pods and not offered and not (gpu == NVIDIA and _silent_plugins(snapshot)):
            yield _not_offered(gpu, pods, snapshot)


def _not_offered(gpu: str, pods: Sequence[Manifest], snapshot: Snapshot) -> Found:
    present = plugins(snapshot) if gpu == NVIDIA else ()
    idle = [one for one in present if not as_int(part(one, "status").get("desiredNumberScheduled"))]
    if idle:
        return _idle_plugin(idle[0], pods)
    if present:
        return _plugin_not_ready(present[0], pods, snapshot)
    nodes = cards(snapshot) if gpu == NVIDIA else ()
    where = (
        f"although {names(_name(n) for n in nodes)} has one by its labels" if nodes else "and none seems to have one"
    )
    hint = (
        "install the device plugin: kfinstall apply --with nvidia-device-plugin"
        if nodes
        else "add a node with a GPU to the cluster, and the device plugin for it"
    )
    message = f"no node offers {gpu}, {where}; no device plugin runs"
    subject = ResourceId("", "Node", "", f"({gpu})")
    return Found(subject, message, hint, ids(pods), said(pods, snapshot, "FailedScheduling"))


def _idle_plugin(plugin: Manifest, pods: Sequence[Manifest]) -> Found:
    selector = part(part(part(plugin, "spec"), "template"), "spec").get("nodeSelector") or {}
    words = ", ".join(f"{key}={value}" for key, value in selector.items())
    return Found(
        id_of(plugin),
        f"the GPU device plugin is wanted on no node{f': none has the label {words}' if words else ''}",
        f"label the nodes with GPUs: kubectl label node NODE {words or 'nvidia.com/gpu.present=true'}",
        ids(pods),
    )


def _plugin_not_ready(plugin: Manifest, pods: Sequence[Manifest], snapshot: Snapshot) -> Found:
    id = id_of(plugin)
    return Found(
        id,
        f"the GPU device plugin is not ready: {snapshot.health(plugin).message or 'its pods do not run'}",
        f"see why: kubectl {place(id)}describe {ref(id)}",
        ids(pods),
    )


def _silent_plugins(snapshot: Snapshot) -> Sequence[Manifest]:
    """Give the plugin's pods that run on nodes with a GPU and yet offer none: it found no device, and goes on waiting.

    Where no label says which nodes have a GPU, all of them may. Source: NVIDIA/k8s-device-plugin, `No devices found.
    Waiting indefinitely`: it stays Running and Ready.
    """
    nodes = {_name(node): node for node in cards(snapshot) or snapshot.of(NODE)}
    placed = ((pod, nodes.get(str(part(pod, "spec").get("nodeName")))) for pod in plugin_pods(snapshot))
    return [pod for pod, node in placed if node is not None and not amount(node, "capacity")]


def _find_no_device(snapshot: Snapshot) -> Iterator[Found]:
    pods = [stuck.pod for stuck, _ in _wanting(snapshot, "absent")]
    yield from (_unhealthy(node, pods) for node in snapshot.of(NODE) if _is_unhealthy(node))
    for plugin in _silent_plugins(snapshot) if pods or cards(snapshot) else ():
        node = str(part(plugin, "spec").get("nodeName"))
        yield Found(
            ResourceId("", "Node", "", node),
            f"the GPU device plugin on node {node} finds no GPU: its driver or container runtime is not set up",
            f"on {node}: nvidia-smi; then nvidia-ctk runtime configure --runtime=containerd --set-as-default "
            "&& systemctl restart containerd",
            (*ids(pods), id_of(plugin)),
        )


def _is_unhealthy(node: Manifest) -> bool:
    return bool(amount(node, "capacity")) and not amount(node, "allocatable")


def _unhealthy(node: Manifest, pods: Sequence[Manifest]) -> Found:
    name = _name(node)
    return Found(
        id_of(node),
        f"node {name} has {amount(node, 'capacity')} GPUs and may give away none: they are unhealthy, or their plugin "
        "went away",
        f"look for XID errors in its kernel's log, then restart the device plugin on {name}",
        ids(pods),
    )


def _find_all_in_use(snapshot: Snapshot) -> Iterator[Found]:
    short = ((stuck.pod, (found, stuck.nearest_names)) for stuck, found in _wanting(snapshot, "full", "too-small"))
    for owner, (obstacle, nodes), pods in by_workload(short, snapshot):
        if obstacle.kind == "too-small":
            message = f"it asks for {obstacle.wanted} {obstacle.what} in one pod, and no node has so many"
            hint = f"ask for fewer a pod and use more pods: kubectl {place(owner)}edit {ref(owner)}"
        else:
            message, hint = _in_use(obstacle.what, nodes, snapshot)
        yield Found(owner, message, hint, ids(pods), said(pods, snapshot, "FailedScheduling"))


def _in_use(resource: str, nodes: Sequence[str], snapshot: Snapshot) -> tuple[str, str]:
    """Say who holds the GPUs of the nodes where a pod could run, and what to stop first."""
    found = (snapshot.get(NODE, "", name) for name in nodes)
    total = sum((amount(node, "allocatable", resource) for node in found if node), Decimal(0))
    holders = _holders(resource, nodes, snapshot)
    if not holders:
        return f"no {resource} is free on {names(nodes)}", "add a node with a GPU"
    held = names(f"{_full_name(pod)} ({_age(pod, snapshot)})" for pod in holders)
    first = id_of(holders[0])
    return (
        f"all {total} {resource} on {names(nodes)} are in use, by {held}",
        f"stop what is idle, such as: kubectl {place(first)}delete pod {first.name}; or add a node with a GPU",
    )


def _holders(resource: str, nodes: Sequence[str], snapshot: Snapshot) -> list[Manifest]:
    """Give the pods that hold GPUs of some nodes: notebooks first, which are idle most often, then the oldest."""
    there = [pod for pod in snapshot.of(POD) if part(pod, "spec").get("nodeName") in nodes]
    held = [one for one in there if not has_ended(one) and pod_requests(one).get(resource)]
    return sorted(held, key=lambda pod: (not _is_notebook(pod), str(pod["metadata"].get("creationTimestamp"))))


def _is_notebook(pod: Manifest) -> bool:
    labels = part(pod["metadata"], "labels")
    return labels.get("component") == "singleuser-server" or "notebook-name" in labels


def _age(pod: Manifest, snapshot: Snapshot) -> str:
    minutes = int(age_s(pod["metadata"].get("creationTimestamp"), snapshot.now) // 60)
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes >= size:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _full_name(manifest: Manifest) -> str:
    return f"{manifest['metadata'].get('namespace')}/{_name(manifest)}"


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


_READS = (NODE, POD, DAEMON_SET)

CHECKS = (
    Check(
        "KF605",
        "GPUs are asked for, and no node offers any",
        Severity.ERROR,
        _find_no_plugin,
        remedy="Install the device plugin, label the nodes for it, or add a node with a GPU.",
        docs="""A GPU exists for Kubernetes when a device plugin tells the kubelet of it. Told apart are: no plugin
at all, a plugin whose DaemonSet selects no node, and a plugin whose pods are not ready. `kubectl
get nodes "-o=custom-columns=NAME:.metadata.name,GPU:.status.allocatable.nvidia\\.com/gpu"` shows
what is offered.""",
        reads=_READS,
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF606",
        "A node has a GPU in it and offers none",
        Severity.ERROR,
        _find_no_device,
        remedy="Set up the driver and the container runtime of the node, or look at the GPU itself.",
        docs="""Where the driver is missing, or containerd's default runtime is not NVIDIA's, the device plugin says
`No devices found. Waiting indefinitely` and stays Running and Ready. Where the node's capacity has
GPUs and its allocatable none, the plugin has found them unhealthy.""",
        reads=_READS,
        is_proven=True,
    ),
    Check(
        "KF607",
        "All GPUs are in use",
        Severity.ERROR,
        _find_all_in_use,
        remedy="Stop what is idle, or add a node with a GPU.",
        docs="""Who holds GPUs is listed with age, notebooks first: an open notebook keeps its GPU whether it
computes or not.""",
        reads=_READS,
        is_proven=True,
    ),
)
