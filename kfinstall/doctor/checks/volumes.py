"""Volumes that are where no pod can use them: another zone, another node, gone, or kept for a claim that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.doctor.claims import class_of
from kfinstall.doctor.fitting import is_unschedulable, stuck_pods
from kfinstall.doctor.grouping import ids, names, place, pods_in_words, ref, said
from kfinstall.doctor.kinds import ATTACHMENT, CLAIM, NODE, POD, STORAGE_CLASS, VOLUME
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import condition, explain
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest, ResourceId, id_of


def _find_elsewhere(snapshot: Snapshot) -> Iterator[Found]:
    for stuck in stuck_pods(snapshot):
        for obstacle in stuck.by("volume"):
            volume = obstacle.what.partition(" ")[0]
            namespace = _namespace(stuck.pod)
            yield Found(
                ResourceId(*VOLUME, "", volume),
                f"volume {obstacle.what} of claim '{obstacle.wanted}' is where pod '{_name(stuck.pod)}' cannot run",
                "let the pod run there (zone, node selector), or move the data to a volume of another place",
                (id_of(stuck.pod), ResourceId(*CLAIM, namespace, obstacle.wanted)),
                said([stuck.pod], snapshot, "FailedScheduling"),
            )


def _find_no_claim(snapshot: Snapshot) -> Iterator[Found]:
    """Pods that mount a claim which is not there: they wait without a node."""
    waiting: dict[ResourceId, list[Manifest]] = {}
    for pod in filter(is_unschedulable, snapshot.of(POD)):
        for volume in part(pod, "spec").get("volumes") or ():
            name = part(volume, "persistentVolumeClaim").get("claimName")
            if name and snapshot.get(CLAIM, _namespace(pod), str(name)) is None:
                waiting.setdefault(ResourceId(*CLAIM, _namespace(pod), str(name)), []).append(pod)
    for id, pods in waiting.items():
        there = names(sorted(_name(claim) for claim in snapshot.in_namespace(CLAIM, id.namespace)))
        yield Found(
            id,
            f"PersistentVolumeClaim '{id.name}' does not exist in namespace '{id.namespace}' (there is: "
            f"{there or 'none'}), and {pods_in_words(tuple(pods))} mounts it",
            f"create it, or correct claimName: kubectl {place(id)}edit {ref(id_of(snapshot.top_owner(pods[0])))}",
            ids(pods),
            said(pods, snapshot, "FailedScheduling"),
        )


def _find_attached_elsewhere(snapshot: Snapshot) -> Iterator[Found]:
    for pod in snapshot.of(POD):
        events = snapshot.events(pod, "FailedAttachVolume") if part(pod, "status").get("phase") == "Pending" else ()
        multi = next((e for e in events if "Multi-Attach" in str(e.get("message"))), None)
        if multi is not None:
            volume = _quoted(str(multi.get("message")))
            holder = _holder(volume, pod, snapshot)
            yield Found(
                ResourceId(*VOLUME, "", volume),
                f"volume {volume} is attached to {holder or 'another node'}, and pod '{_name(pod)}' waits for it on "
                f"node {part(pod, 'spec').get('nodeName')}",
                "end the pod that uses it there; where that node is gone for good: kubectl delete node "
                f"{holder or 'NODE'}",
                (id_of(pod),),
                said([pod], snapshot, "FailedAttachVolume"),
            )
    alive = {_name(node) for node in snapshot.of(NODE)}
    for attachment in snapshot.of(ATTACHMENT):
        node = str(part(attachment, "spec").get("nodeName"))
        if node not in alive:
            volume = str(part(part(attachment, "spec"), "source").get("persistentVolumeName"))
            yield Found(
                id_of(attachment),
                f"volume {volume} is still attached to node {node}, which does not exist any more",
                f"when the machine is surely off: kubectl delete volumeattachment {_name(attachment)}",
                (ResourceId(*VOLUME, "", volume),),
            )


def _quoted(message: str) -> str:
    match = re.search(r'"([^"]+)"', message)
    return match[1] if match else "?"


def _holder(volume: str, pod: Manifest, snapshot: Snapshot) -> str:
    here = part(pod, "spec").get("nodeName")
    for attachment in snapshot.of(ATTACHMENT):
        spec = part(attachment, "spec")
        if part(spec, "source").get("persistentVolumeName") == volume and spec.get("nodeName") != here:
            return str(spec.get("nodeName"))
    return ""


def _find_lost(snapshot: Snapshot) -> Iterator[Found]:
    for claim in snapshot.of(CLAIM):
        if part(claim, "status").get("phase") == "Lost":
            yield Found(
                id_of(claim),
                f"its volume '{part(claim, 'spec').get('volumeName')}' is gone, and the data on it",
                f"restore the volume from a backup, or delete the claim: kubectl {place(id_of(claim))}delete pvc "
                f"{_name(claim)}",
                severity=Severity.ERROR,
            )
    for volume in snapshot.of(VOLUME):
        phase, spec = part(volume, "status").get("phase"), part(volume, "spec")
        if phase == "Failed":
            yield Found(
                id_of(volume),
                f"could not be reclaimed: {explain(part(volume, 'status'))}",
                f"look at the storage itself, then: kubectl delete pv {_name(volume)}",
            )
        elif phase == "Released" and spec.get("persistentVolumeReclaimPolicy", "Retain") == "Retain":
            of = part(spec, "claimRef")
            yield Found(
                id_of(volume),
                f"keeps the data of claim '{of.get('namespace')}/{of.get('name')}', which was deleted; no other "
                "claim gets it",
                f'use it again: kubectl patch pv {_name(volume)} -p \'{{"spec":{{"claimRef":null}}}}\'; or delete it',
            )


def _find_resize(snapshot: Snapshot) -> Iterator[Found]:
    for claim in snapshot.of(CLAIM):
        allocated = str(part(part(claim, "status"), "allocatedResourceStatuses").get("storage") or "")
        if "Infeasible" in allocated:
            yield Found(
                id_of(claim),
                f"cannot grow: {explain(condition(claim, 'ControllerResizeError')) or allocated}",
                "ask for a size that the storage has, or move the data to a new claim",
            )
    for written in snapshot.written(CLAIM) if snapshot.rendered is not None else ():
        live = snapshot.find(written.id)
        if live is not None and (what := _not_allowed(live, written.manifest, snapshot)):
            yield Found(
                written.id,
                what,
                "claims cannot be changed so: write it as it is, or move the data to a claim of another name",
                origin=written.origin,
            )


def _not_allowed(live: Manifest, wanted: Manifest, snapshot: Snapshot) -> str:
    has, asks = _size(live), _size(wanted)
    if has is not None and asks is not None and asks < has:
        return f"would shrink from {_size_text(live)} to {_size_text(wanted)}"
    name, former = part(wanted, "spec").get("storageClassName"), part(live, "spec").get("storageClassName")
    if name is not None and name != former:
        return f"would change its StorageClass from '{former}' to '{name}'"
    found = class_of(live, snapshot)
    grows = has is not None and asks is not None and asks > has
    if grows and found is not None and not found.get("allowVolumeExpansion"):
        return f"would grow to {_size_text(wanted)}, and its StorageClass '{_name(found)}' does not allow that"
    return ""


def _size(claim: Manifest) -> Any:
    return parse_quantity(_size_text(claim))


def _size_text(claim: Manifest) -> Any:
    return part(part(part(claim, "spec"), "resources"), "requests").get("storage")


def _name(manifest: Mapping[str, Any]) -> str:
    return str(part(manifest, "metadata").get("name"))


def _namespace(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("namespace") or "")


CHECKS = (
    Check(
        "KF307",
        "A volume is where its pod cannot run",
        Severity.ERROR,
        _find_elsewhere,
        remedy="Let the pod run there, or move the data.",
        docs="""A disk belongs to a zone, a local path to one node: the volume's node affinity says so, and is
matched here against every node. With `WaitForFirstConsumer` the disk is made where the pod can run.""",
        reads=(CLAIM, VOLUME, NODE, POD),
        is_proven=True,
    ),
    Check(
        "KF308",
        "A volume is still attached to another node",
        Severity.ERROR,
        _find_attached_elsewhere,
        remedy="End the pod that uses it there; where the node is gone, remove the node.",
        docs="""`Multi-Attach error` comes when a pod moves to another node before the disk was taken off the first,
which takes up to six minutes after a node died. A VolumeAttachment to a node that does not exist
any more never goes by itself.""",
        reads=(POD, NODE),
        helps=(ATTACHMENT,),
        is_proven=True,
    ),
    Check(
        "KF311",
        "A volume is lost, failed, or kept for a claim that is gone",
        Severity.WARNING,
        _find_lost,
        remedy="Restore or remove it; nothing is deleted by kfinstall.",
        docs="""A Released volume holds data of a deleted claim (`reclaimPolicy: Retain`) and is bound to nothing
until its claimRef is removed. A claim is Lost when its volume was deleted under it.""",
        reads=(CLAIM, VOLUME),
        is_proven=True,
    ),
    Check(
        "KF312",
        "A change of a claim that its storage does not allow",
        Severity.WARNING,
        _find_resize,
        remedy="Leave size and class as they are, or move the data to a new claim.",
        docs="""A claim never shrinks and never changes its class; it grows where its class says
`allowVolumeExpansion`. With `--pre` or a folder named, what is to be installed is compared with
what is live.""",
        reads=(CLAIM, STORAGE_CLASS),
        is_proven=True,
    ),
    Check(
        "KF313",
        "A pod mounts a claim that does not exist",
        Severity.ERROR,
        _find_no_claim,
        remedy="Create the claim, or correct its name.",
        docs="""The scheduler waits for the claim before it looks at any node. The claims that are there are
named, since the name is often a typing error, or the claim lies in another namespace.""",
        reads=(POD, CLAIM),
        is_proven=True,
    ),
)
