"""Claims that get no volume, and volumes that reach no pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfinstall.doctor.changing import update
from kfinstall.doctor.claims import DEFAULT, NO_PROVISIONER, class_of, default_classes, is_pending
from kfinstall.doctor.fitting import claims_of
from kfinstall.doctor.grouping import ids, names, place, said
from kfinstall.doctor.kinds import CLAIM, CSI_DRIVER, POD, STORAGE_CLASS, VOLUME
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s
from kfinstall.resource import Manifest, ResourceId, id_of

_NO_DEFAULT = ResourceId("storage.k8s.io", "StorageClass", "", "(default)")
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


def _pending(snapshot: Snapshot) -> Iterator[Manifest]:
    return (claim for claim in snapshot.of(CLAIM) if is_pending(claim))


def _class_name(claim: Manifest) -> str | None:
    name = part(claim, "spec").get("storageClassName")
    return None if name is None else str(name)


def _find_no_default(snapshot: Snapshot) -> Iterator[Found]:
    if default_classes(snapshot):
        return
    relying = [claim for claim in _pending(snapshot) if _class_name(claim) is None and not _volume_named(claim)]
    asking = [one.id for one in snapshot.written(CLAIM) if one.origin and _class_name(one.manifest) is None]
    if relying or asking:
        classes = snapshot.of(STORAGE_CLASS)
        number = len(relying) or len(asking)
        yield Found(
            _NO_DEFAULT,
            f"no StorageClass is the default, and {_count(number, 'claim relies', 'claims rely')} on one",
            _default_hint(sorted(map(_name, classes))),
            ids(relying) or tuple(asking),
            said(relying, snapshot, "FailedBinding"),
            # which of several it should be is a person's choice
            fix=_marking(classes[0], "true") if len(classes) == 1 else (),
        )


def _default_hint(known: Sequence[str]) -> str:
    if not known:
        return "there is no StorageClass at all: install a provisioner, such as local-path on machines of your own"
    patch = f'\'{{"metadata":{{"annotations":{{"{DEFAULT}":"true"}}}}}}\''
    others = f" (there are {', '.join(known)})" if len(known) > 1 else ""
    return f"kubectl patch storageclass {known[0]} -p {patch}{others}"


def _marking(storage_class: Manifest, value: str) -> tuple[Step, ...]:
    what = "the default" if value == "true" else "no default any more"
    path = ("metadata", "annotations", DEFAULT)
    return (update(storage_class, path, lambda _: value, f"StorageClass {_name(storage_class)} is {what}"),)


def _find_several_defaults(snapshot: Snapshot) -> Iterator[Found]:
    marked = default_classes(snapshot)
    if len(marked) > 1:
        first, *others = marked
        yield Found(
            id_of(first),
            f"{len(others) + 1} StorageClasses are marked as the default: {names(map(_name, [first, *others]))}; "
            f"the newest, {_name(first)}, is taken",
            f"kubectl annotate storageclass {' '.join(map(_name, others))} {DEFAULT}-",
            fix=tuple(step for other in others for step in _marking(other, "false")),
        )


def _find_no_class(snapshot: Snapshot) -> Iterator[Found]:
    by_name: dict[str, list[Manifest]] = {}
    for claim in _pending(snapshot):
        name = _class_name(claim)
        if name and class_of(claim, snapshot) is None and not _volume_named(claim) and not _fits_any(claim, snapshot):
            by_name.setdefault(name, []).append(claim)
    known = sorted(_name(one) for one in snapshot.of(STORAGE_CLASS))
    for name, claims in by_name.items():
        yield Found(
            ResourceId(*STORAGE_CLASS, "", name),
            f"StorageClass '{name}' does not exist, and {_count(len(claims), 'claim asks', 'claims ask')} for it; "
            f"there is: {names(known, 6) or 'none'}",
            f"create it, or delete the claim and name another: kubectl {place(id_of(claims[0]))}delete pvc "
            f"{_name(claims[0])}",
            ids(claims),
            said(claims, snapshot, "ProvisioningFailed"),
        )


def _fits_any(claim: Manifest, snapshot: Snapshot) -> bool:
    """May a volume that is there already be bound to it, whether its class exists or not?"""
    wanted = _class_name(claim) or ""
    free = (volume for volume in snapshot.of(VOLUME) if part(volume, "status").get("phase") == "Available")
    return any((part(volume, "spec").get("storageClassName") or "") == wanted for volume in free)


def _find_no_provisioner(snapshot: Snapshot) -> Iterator[Found]:
    """Claims that are provisioned by somebody who does not come."""
    groups: dict[str, list[Manifest]] = {}
    for claim in _pending(snapshot):
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
                f"provisioner '{provisioner}' {why}; {_count(len(late), 'claim waits', 'claims wait')} for it",
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
        if not _fits_any(claim, snapshot):
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
    for claim in _pending(snapshot):
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
    for claim in _pending(snapshot):
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


def _volume_named(claim: Manifest) -> bool:
    return bool(part(claim, "spec").get("volumeName"))


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _name(manifest: Mapping[str, Any]) -> str:
    return str(part(manifest, "metadata").get("name"))


def _namespace(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("namespace") or "")


_READS = (CLAIM, STORAGE_CLASS)

CHECKS = (
    Check(
        "KF301",
        "No StorageClass is the default, and a claim relies on one",
        Severity.ERROR,
        _find_no_default,
        remedy="Mark one class as the default.",
        docs="""A claim that names no StorageClass gets the default one. Without one it stays Pending, with an event
of type Normal (`no persistent volumes available for this claim and no storage class is set`), and
notebooks are lost when their container is made anew. Where there is one class only, `--fix` marks
it.""",
        reads=_READS,
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF302",
        "Several StorageClasses are the default",
        Severity.WARNING,
        _find_several_defaults,
        remedy="Leave the mark on one of them.",
        docs="""Kubernetes then takes the newest without a word, so that an upgrade of a driver changes where new
volumes are made.""",
        reads=(STORAGE_CLASS,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF303",
        "A claim names a StorageClass that does not exist",
        Severity.ERROR,
        _find_no_class,
        remedy="Create the class, or name one that is there.",
        docs="""The class of a claim cannot be changed: the claim has to be deleted and made again. A free
PersistentVolume of that class name would do as well, and is looked for.""",
        reads=_READS,
        helps=(VOLUME,),
        is_proven=True,
    ),
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
