"""The network of nodes: plugins that are missing or broken, names that do not resolve, ranges that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple, TypeAlias

from kfinstall.doctor.changing import update
from kfinstall.doctor.grouping import ids, names, place, said
from kfinstall.doctor.kinds import DAEMON_SET, NODE, POD, SERVICE, SERVICE_CIDR
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, condition, is_true
from kfinstall.resource import Manifest, ResourceId, id_of

Network: TypeAlias = IPv4Network | IPv6Network

_UNINITIALIZED = ("cni plugin not initialized", "cni config uninitialized", "NetworkPluginNotReady")
_SANDBOX = "FailedCreatePodSandBox"
_LATER = ("Pulling", "Pulled", "Created", "Started")
_PLUGINS = (
    "calico-node", "canal", "cilium", "kube-flannel-ds", "weave-net", "antrea-agent", "kindnet", "aws-node",
    "azure-cns", "kube-router", "ovnkube-node", "netd",
)  # fmt: skip
"""DaemonSets of network plugins. Source: the manifests of each project."""
_ANCHORS = (
    ("/var/lib/calico/nodename", "Calico's agent has not written the node's name: it does not run on this node"),
    ("subnet.env", "Flannel's agent has not written its subnet: it does not run on this node"),
    ("failed to find plugin", "the plugin's program is not in /opt/cni/bin"),
    ("no IP addresses available", "the node's range of addresses is used up"),
    ("failed to assign an IP address", "the node's range of addresses is used up"),
    ("connection refused", "the plugin's agent does not answer"),
)
"""A part of a plugin's error -> what it means."""
_DNS = ResourceId("", "Service", "kube-system", "kube-dns")
_DNS_LABELS = {"k8s-app": "kube-dns"}
_YOUNG_S = 60.0


def _find_no_plugin(snapshot: Snapshot) -> Iterator[Found]:
    nodes = snapshot.of(NODE)
    without = [node for node in nodes if lacks_plugin(node)]
    if not without:
        return
    agent = _agent(snapshot)
    subject = id_of(agent) if agent else id_of(without[0])
    told = names(node["metadata"]["name"] for node in without)
    yield Found(
        subject,
        f"{len(without)} of {len(nodes)} nodes have no network plugin: no pod can start on {told}",
        _plugin_hint(agent),
        ids(without),
        tuple(dict.fromkeys(str(condition(node, "Ready").get("message")) for node in without)),
    )


def lacks_plugin(node: Manifest) -> bool:
    """Does the kubelet say that no network plugin is set up?"""
    ready = condition(node, "Ready")
    return ready.get("status") == "False" and any(text in str(ready.get("message")) for text in _UNINITIALIZED)


def _agent(snapshot: Snapshot) -> Manifest | None:
    """Give the DaemonSet of the network plugin, where one is known by its name."""
    found = (one for one in snapshot.of(DAEMON_SET) if one["metadata"]["name"] in _PLUGINS)
    return next(found, None)


def _plugin_hint(agent: Manifest | None) -> str:
    if agent is None:
        return "install a network plugin, such as Calico, Cilium or Flannel, as its documentation says"
    id = id_of(agent)
    return f"see why {id.name} does not run there: kubectl {place(id)}get pods -o wide -l {_selector(agent)}"


def _selector(agent: Manifest) -> str:
    labels = part(part(part(agent, "spec"), "selector"), "matchLabels")
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _find_no_sandbox(snapshot: Snapshot) -> Iterator[Found]:
    by_node: dict[str, list[Manifest]] = {}
    for pod in snapshot.of(POD):
        if _waits_for_sandbox(pod, snapshot):
            by_node.setdefault(str(part(pod, "spec").get("nodeName")), []).append(pod)
    agent = _agent(snapshot)
    for node, pods in by_node.items():
        told = said(pods, snapshot, _SANDBOX)
        meaning = next((words for anchor, words in _ANCHORS if anchor in " ".join(told)), "the plugin's error is below")
        yield Found(
            ResourceId("", "Node", "", node),
            f"pods on node {node} get no network: {meaning}",
            _sandbox_hint(agent, node),
            ids(pods),
            told,
            fix=(_restart(agent, snapshot),) if agent else (),
        )


def _waits_for_sandbox(pod: Manifest, snapshot: Snapshot) -> bool:
    if part(pod, "status").get("phase") != "Pending":
        return False
    newest = next(iter(snapshot.events(pod, _SANDBOX, *_LATER)), None)
    return newest is not None and newest.get("reason") == _SANDBOX


def _sandbox_hint(agent: Manifest | None, node: str) -> str:
    if agent is None:
        return f"see which network plugin is set up on it: ls /etc/cni/net.d on node {node}; an old file must go"
    id = id_of(agent)
    return (
        f"kubectl {place(id)}rollout restart daemonset/{id.name}; if the plugin was changed, remove the old one's file "
        f"from /etc/cni/net.d on node {node}"
    )


def _restart(agent: Manifest, snapshot: Snapshot) -> Step:
    path = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
    now = snapshot.now.isoformat()
    return update(agent, path, lambda _: now, f"{id_of(agent)} is restarted, node by node")


def _find_no_dns(snapshot: Snapshot) -> Iterator[Found]:
    service = snapshot.find(_DNS)
    pods = list(snapshot.labelled(POD, _DNS.namespace, _DNS_LABELS))
    if service is None or (pods and age_s(service["metadata"].get("creationTimestamp"), snapshot.now) < _YOUNG_S):
        return
    if not any(is_true(pod, "Ready") for pod in pods):
        yield Found(
            _DNS,
            "no name resolves in this cluster: no pod of its DNS is ready" if pods else _NO_DNS_PODS,
            "kubectl -n kube-system get deployments,pods -l k8s-app=kube-dns; scaled to 0: "
            "kubectl -n kube-system scale deployment/coredns --replicas 2",
            ids(pods),
        )


_NO_DNS_PODS = "no name resolves in this cluster: its DNS has no pods"


class _Range(NamedTuple):
    network: Network
    owner: ResourceId
    words: str


def _find_overlaps(snapshot: Snapshot) -> Iterator[Found]:
    """Sort all ranges by where they begin: one that overlaps an earlier one begins before that one ends."""
    before: _Range | None = None
    for one in sorted(_ranges(snapshot), key=lambda one: (one.network.version, int(one.network.network_address))):
        if before is not None and _overlap(before.network, one.network):
            yield Found(
                one.owner,
                f"{before.words} and {one.words} have the same addresses: {before.network} and {one.network}",
                "give the cluster ranges that do not overlap, when it is made: kubeadm's podSubnet and serviceSubnet",
            )
        if before is None or not _overlap(before.network, one.network) or _end(one) > _end(before):
            before = one


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _end(one: _Range) -> int:
    return int(one.network.broadcast_address)


def _ranges(snapshot: Snapshot) -> Iterator[_Range]:
    for node in snapshot.of(NODE):
        spec, id = part(node, "spec"), id_of(node)
        for text in spec.get("podCIDRs") or filter(None, [spec.get("podCIDR")]):
            yield _Range(ip_network(str(text), strict=False), id, f"the pods of node {id.name}")
        for one in part(node, "status").get("addresses") or ():
            if one.get("type") == "InternalIP" and spec.get("podCIDR"):
                yield _Range(ip_network(str(one["address"])), id, f"node {id.name}")
    for kind in snapshot.of(SERVICE_CIDR):
        for text in part(kind, "spec").get("cidrs") or ():
            yield _Range(ip_network(str(text), strict=False), id_of(kind), "Services")


CHECKS = (
    Check(
        "KF401",
        "Nodes have no network plugin",
        Severity.ERROR,
        _find_no_plugin,
        remedy="Install a network plugin, or see why its agent does not run there.",
        docs="""A node whose kubelet says `cni plugin not initialized` starts no pod. Where no node has a plugin, none
was installed; where some have, the plugin's agent does not run on the others.""",
        reads=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF402",
        "Pods on a node get no network",
        Severity.ERROR,
        _find_no_sandbox,
        remedy="Restart the plugin's agent on that node, or remove what an earlier plugin left.",
        docs="""`FailedCreatePodSandBox` repeats for every pod of a node: it is one finding about the node. The plugin's
own sentence says which file or agent is missing; `/var/lib/calico/nodename` is Calico's. `--fix` asks before
it restarts the agent.""",
        reads=(POD,),
        helps=(DAEMON_SET,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF403",
        "Names do not resolve in the cluster",
        Severity.ERROR,
        _find_no_dns,
        remedy="Bring the cluster's DNS up.",
        docs="""Pods ask the Service kube-dns for every name. With no ready pod behind it, components start and then
fail with errors about hosts that are not found.""",
        reads=(SERVICE, POD),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF410",
        "Ranges of addresses overlap",
        Severity.WARNING,
        _find_overlaps,
        remedy="Give pods, Services and nodes ranges of their own when the cluster is made.",
        docs="""Where the pods of two nodes, or pods and nodes, or pods and Services have the same addresses, some are
never reached. Nodes' `podCIDRs` and addresses and the ServiceCIDRs are compared.""",
        reads=(NODE,),
        helps=(SERVICE_CIDR,),
        is_proven=True,
    ),
)
