"""Nodes: those that do not answer, are short of something, or take no pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kfinstall.doctor.checks.cluster import Version, cluster_id, parse_version
from kfinstall.doctor.checks.network import lacks_plugin
from kfinstall.doctor.fitting import stuck_pods
from kfinstall.doctor.grouping import ids, names
from kfinstall.doctor.kinds import NODE, POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import condition, explain, is_true
from kfinstall.resource import Manifest, id_of

_PRESSURES = {
    "MemoryPressure": "is short of memory: pods are evicted, those without requests first",
    "DiskPressure": "is short of disk: images are removed and pods evicted",
    "PIDPressure": "is short of process numbers",
    "NetworkUnavailable": "has no route for its pods",
}
_KEEPS_OUT = ("NoSchedule", "NoExecute")
_NOT_READY = "not ready"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_OLDER_KUBELETS = 3
"""How many minor versions a kubelet may be behind. Source: kubernetes.io/releases/version-skew-policy."""


def _find_not_ready(snapshot: Snapshot) -> Iterator[Found]:
    for node in snapshot.of(NODE):
        ready = condition(node, "Ready")
        if is_true(node, "Ready") or lacks_plugin(node):
            continue
        name = node["metadata"]["name"]
        is_silent = ready.get("status") != "False"
        yield Found(
            id_of(node),
            f"node '{name}' {'does not answer' if is_silent else 'is not ready'}: {_reason(ready)}",
            f"look at its kubelet, on the node: systemctl status kubelet; journalctl -u kubelet -n 50 (node {name})",
            ids([*_pods_on(node, snapshot), *_kept_off([node], snapshot)]),
        )


def _reason(ready: Mapping[str, object]) -> str:
    return explain(ready).rstrip(".") or "it has said nothing yet"


def _pods_on(node: Manifest, snapshot: Snapshot) -> list[Manifest]:
    name = node["metadata"]["name"]
    return [pod for pod in snapshot.of(POD) if part(pod, "spec").get("nodeName") == name]


def _find_short(snapshot: Snapshot) -> Iterator[Found]:
    takes_none = not any(_takes_pods(node) for node in snapshot.of(NODE))
    for node in snapshot.of(NODE):
        name = node["metadata"]["name"]
        for pressure, words in _PRESSURES.items():
            if is_true(node, pressure):
                yield Found(
                    id_of(node),
                    f"node '{name}' {words}",
                    f"see what uses it: kubectl describe node {name}; then free some, or give the node more",
                    evidence=(explain(condition(node, pressure)),),
                )
        if part(node, "spec").get("unschedulable") and not takes_none:
            yield Found(
                id_of(node),
                f"node '{name}' is cordoned: it takes no new pods",
                f"when its maintenance is over: kubectl uncordon {name}",
                ids(kept := _kept_off([node], snapshot)),
                severity=Severity.ERROR if kept else None,
            )


def _kept_off(nodes: Iterable[Manifest], snapshot: Snapshot) -> list[Manifest]:
    """Give the pods that wait for nothing but that one of these nodes is no longer cordoned, or becomes ready."""
    known = {str(node["metadata"]["name"]) for node in nodes}
    closed = ((stuck.pod, stuck.obstacles, stuck.by("cordoned", "not-ready")) for stuck in stuck_pods(snapshot))
    return [pod for pod, every, those in closed if those == every and known & {one.what for one in those}]


def _find_no_node(snapshot: Snapshot) -> Iterator[Found]:
    nodes = snapshot.of(NODE)
    if any(_takes_pods(node) for node in nodes) or {_why_not(node) for node in nodes} == {_NOT_READY}:
        return  # nodes that are not ready are told one by one
    controls = [node for node in nodes if any(t.get("key") == _CONTROL_PLANE for t in _taints(node))]
    cordoned = [node for node in nodes if part(node, "spec").get("unschedulable")]
    if cordoned:
        hint = f"kubectl uncordon {' '.join(node['metadata']['name'] for node in cordoned[:3])}"
    elif controls:
        name = controls[0]["metadata"]["name"]
        hint = (
            f"add a node; to let pods onto the control plane: kubectl taint nodes {name} {_CONTROL_PLANE}:NoSchedule-"
        )
    else:
        hint = "add a node"
    reasons = names((f"{node['metadata']['name']}: {_why_not(node)}" for node in nodes), 4)
    yield Found(
        cluster_id(snapshot),
        f"no node takes a pod ({reasons})" if nodes else "the cluster has no node",
        hint,
        ids([*nodes, *_kept_off(nodes, snapshot)]),
    )


def _takes_pods(node: Manifest) -> bool:
    return not _why_not(node)


def _why_not(node: Manifest) -> str:
    """Say why a pod that tolerates nothing cannot come to a node, nothing when it can."""
    if part(node, "spec").get("unschedulable"):
        return "cordoned"
    if not is_true(node, "Ready"):
        return _NOT_READY
    keys = [str(taint.get("key")) for taint in _taints(node) if taint.get("effect") in _KEEPS_OUT]
    return f"taint {keys[0]}" if keys else ""


def _taints(node: Manifest) -> list[dict[str, str]]:
    return list(part(node, "spec").get("taints") or ())


def _find_skew(snapshot: Snapshot) -> Iterator[Found]:
    server = parse_version(snapshot.version)
    for node in snapshot.of(NODE) if server else ():
        kubelet = parse_version(str(part(part(node, "status"), "nodeInfo").get("kubeletVersion")))
        if server and kubelet and not _is_supported(kubelet, server):
            name = node["metadata"]["name"]
            yield Found(
                id_of(node),
                f"node '{name}' runs kubelet {kubelet}, and the API server {server}: that is not supported",
                f"upgrade node {name}: at most {_OLDER_KUBELETS} minor versions older than the server, never newer",
            )


def _is_supported(kubelet: Version, server: Version) -> bool:
    return kubelet.major == server.major and server.minor - _OLDER_KUBELETS <= kubelet.minor <= server.minor


CHECKS = (
    Check(
        "KF102",
        "A node is not ready",
        Severity.ERROR,
        _find_not_ready,
        remedy="Look at the node's kubelet.",
        docs="""A node whose kubelet says that it is not ready, or says nothing any more (Unknown). Its pods stay
where they are for five minutes and are then made elsewhere, but for those of StatefulSets. Where the reason is
a missing network plugin, KF401 says so.""",
        reads=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF103",
        "A node is short of something, or cordoned",
        Severity.WARNING,
        _find_short,
        remedy="Free memory, disk or process numbers on it; uncordon it after maintenance.",
        docs="""Pressure is what the kubelet itself says; it evicts pods for it. A cordoned node takes no new pods
until it is uncordoned. Where no node takes pods, KF104 says that instead.""",
        reads=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF104",
        "No node takes pods",
        Severity.ERROR,
        _find_no_node,
        remedy="Add a node, uncordon one, or let pods onto the control plane.",
        docs="""All nodes are cordoned, not ready, or have a taint: on a cluster of one machine it is that of the
control plane. A taint is there for a reason, so taking it away is left to a person.""",
        reads=(NODE,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF108",
        "A node's version does not go with the API server's",
        Severity.WARNING,
        _find_skew,
        remedy="Upgrade the node.",
        docs="""A kubelet may be up to three minor versions older than the API server, and never newer.""",
        reads=(NODE,),
        is_proven=True,
    ),
)
