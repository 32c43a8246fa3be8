"""Claims that get no volume, and volumes that reach no pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfinstall.doctor.claims import NO_PROVISIONER, class_of, fits_any_volume, pending_claims
from kfinstall.doctor.fitting import claims_of
from kfinstall.doctor.grouping import counted, ids, said
from kfinstall.doctor.kinds import CLAIM, CSI_DRIVER, POD, STORAGE_CLASS, VOLUME
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s
from kfinstall.resource import Manifest, ResourceId, id_of

_PATIENCE_S = 120.0
_ACCESS_MODES = ("access mode", "accessmode", "not supported", "are supported")
SINGLE_NODE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
_ONE_NODE_PROVISIONERS = (
    "pd.csi.storage.gke.io", "disk.csi.azure.com", "ebs.csi.aws.com", "rancher.io/local-path",
    "k8s.io/minikube-hostpath", "docker.io/hostpath", "kubernetes.io/gce-pd", "kubernetes.io/aws-ebs",
    "kubernetes.io/azure-disk", "kubernetes.io/no-provisioner", "cinder.csi.openstack.org",
)  # fmt: skip
"""Provisioners whose volumes one node can write to. Source: the access modes table of the Kubernetes docs, and each
driver's."""


def _find_no_provisioner(snapshot: Snapshot) -> Iterator[Found]:
    """Claims that are provisioned by somebody who does not come."""
    groups: dict[str, list[Manifest]] = {}
    for claim in pending_claims(snapshot):
        found = class_of(claim, snapshot)
        if found is not None and _is_asked_for(claim, found) and not _is_refused_mode(claim, snapshot):
            groups.setdefault(_name(found), []).append(claim)
    for name, claims in groups.items():
        provisioner = str((snapshot.get(STORAGE_CLASS, "", name) or {}).get("provisioner"))
        if provisioner == NO_PROVISIONER:
            yield from _find_no_static(claims, snapshot)
            continue
        patience_s, why = _patience(provisioner, snapshot)
        late = [claim for claim in claims if _waited_s(claim, snapshot) > patience_s]
        if late:
            yield Found(
                ResourceId(*STORAGE_CLASS, "", name),
                f"provisioner '{provisioner}' {why}; {counted(len(late), 'claim waits', 'claims wait')} for it",
                f"install the CSI driver {provisioner}, or see why its pods do not run; or name another StorageClass",
                ids(late),
                said(late, snapshot, "ExternalProvisioning", "ProvisioningFailed", "Provisioning"),
            )


def _patience(provisioner: str, snapshot: Snapshot) -> tuple[float, str]:
    """Give how long a volume may take, in seconds, and what is known of who makes it."""
    if any(_made_by(volume) == provisioner for volume in snapshot.of(VOLUME)):
        return _PATIENCE_S, "has made volumes before, and makes none now"
    if snapshot.get(CSI_DRIVER, "", provisioner) is None:
        return _PATIENCE_S / 6, "is not there: it has never made a volume, and no CSIDriver has its name"
    return _PATIENCE_S / 2, "is installed, and has never made a volume"


def _made_by(volume: Manifest) -> str:
    return str(part(volume["metadata"], "annotations").get("pv.kubernetes.io/provisioned-by") or "")


def _find_no_static(claims: Sequence[Manifest], snapshot: Snapshot) -> Iterator[Found]:
    for claim in claims:
        if not fits_any_volume(claim, snapshot):
            yield Found(
                id_of(claim),
                f"its StorageClass '{_name(class_of(claim, snapshot) or claim)}' makes no volumes, and no free "
                "PersistentVolume of that class is there",
                "create a PersistentVolume of that class, or name a class with a provisioner",
                (id_of(claim),),
                said([claim], snapshot),
            )


def _is_asked_for(claim: Manifest, storage_class: Manifest) -> bool:
    """Is a volume wanted now: by a class that does not wait, or for a node that was chosen?"""
    if storage_class.get("volumeBindingMode") != "WaitForFirstConsumer":
        return True
    return bool(part(claim["metadata"], "annotations").get("volume.kubernetes.io/selected-node"))


def _waited_s(claim: Manifest, snapshot: Snapshot) -> float:
    return age_s(claim["metadata"].get("creationTimestamp"), snapshot.now)


def _find_waiting(snapshot: Snapshot) -> Iterator[Found]:
    for claim in pending_claims(snapshot):
        found = class_of(claim, snapshot)
        used = any(_name(claim) in claims_of(pod) for pod in snapshot.in_namespace(POD, _namespace(claim)))
        if found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer" and not used:
            yield Found(
                id_of(claim),
                "waits for the first pod that uses it, as its StorageClass asks; that is no error",
                "nothing to do",
            )


def _is_refused_mode(claim: Manifest, snapshot: Snapshot) -> bool:
    """Does it ask for more writers than its provisioner can give, as is known of it or as it said itself?"""
    modes = set(part(claim, "spec").get("accessModes") or ())
    found = class_of(claim, snapshot) or {}
    is_of_files = "ReadWriteMany" in modes and part(claim, "spec").get("volumeMode") != "Block"
    if is_of_files and found.get("provisioner") in _ONE_NODE_PROVISIONERS:
        return True
    texts = [str(event.get("message") or "").lower() for event in snapshot.events(claim, "ProvisioningFailed")]
    return bool(modes - SINGLE_NODE) and any(words in text for text in texts for words in _ACCESS_MODES)


def _find_wrong_mode(snapshot: Snapshot) -> Iterator[Found]:
    for claim in pending_claims(snapshot):
        if _is_refused_mode(claim, snapshot):
            found = class_of(claim, snapshot) or {}
            modes = sorted(part(claim, "spec").get("accessModes") or ())
            yield Found(
                id_of(claim),
                f"asks for {' and '.join(modes)}, which provisioner '{found.get('provisioner')}' of StorageClass "
                f"'{_name(found) if found else '?'}' cannot give",
                "take a class on shared files (Filestore, azurefile, NFS), or ask for ReadWriteOnce",
                (id_of(claim),),
                said([claim], snapshot, "ProvisioningFailed"),
            )
    yield from _find_shared_disk(snapshot)


def _find_shared_disk(snapshot: Snapshot) -> Iterator[Found]:
    """One claim that only one node may mount, and pods that use it on several, or that cannot go where it is."""
    for claim in snapshot.of(CLAIM):
        modes = set(part(claim, "spec").get("accessModes") or ())
        if not modes or not modes <= SINGLE_NODE:
            continue
        users = [p for p in snapshot.in_namespace(POD, _namespace(claim)) if _name(claim) in claims_of(p)]
        active = [p for p in users if part(p, "status").get("phase") in ("Pending", "Running")]
        nodes = {str(part(p, "spec").get("nodeName")) for p in active if part(p, "spec").get("nodeName")}
        if len(nodes) > 1:
            yield Found(
                id_of(claim),
                f"{len(active)} pods on {len(nodes)} nodes use it, and one node may ({', '.join(sorted(modes))})",
                "give each its own claim, take a class with ReadWriteMany, or keep the pods on one node",
                ids(active),
                said(active, snapshot, "FailedAttachVolume"),
            )


def _name(manifest: Mapping[str, Any]) -> str:
    return str(part(manifest, "metadata").get("name"))


def _namespace(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("namespace") or "")


_READS = (CLAIM, STORAGE_CLASS)

CHECKS = (
    Check(
        "KF304",
        "Nobody makes the volume of a claim",
        Severity.ERROR,
        _find_no_provisioner,
        remedy="Install the CSI driver, or name another StorageClass.",
        docs="""The claim's class names a provisioner. How long a volume may take depends on what is known of it:
two minutes where it has made one before, twenty seconds where it never has and no CSIDriver has its
name. The only event says `Waiting for a volume to be created`, and is of type Normal. A class
without a provisioner needs a PersistentVolume that is there.""",
        reads=_READS,
        helps=(CSI_DRIVER, VOLUME),
        is_proven=True,
    ),
    Check(
        "KF305",
        "A claim waits for the first pod that uses it",
        Severity.INFO,
        _find_waiting,
        remedy="Nothing: it is bound when a pod uses it.",
        docs="""With `volumeBindingMode: WaitForFirstConsumer` a claim is Pending until a pod uses it. That is as it
should be, and looks like a fault in `kubectl get pvc`.""",
        reads=_READS,
        helps=(POD,),
        is_proven=True,
    ),
    Check(
        "KF306",
        "A claim asks for what its storage cannot do, or is used by more nodes than it may",
        Severity.ERROR,
        _find_wrong_mode,
        remedy="Take a class on shared files, or give each pod its own claim.",
        docs="""Disks of clouds and local paths can be written to from one node; ReadWriteMany needs shared files
(Filestore, azurefile, EFS, NFS). A ReadWriteOnce claim shared by the replicas of a training job
keeps all but the first node's pods from starting.""",
        reads=_READS,
        helps=(POD,),
        is_proven=True,
    ),
)
