"""Claims and their classes: which class a claim gets, whether it must wait, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kfinstall.doctor.kinds import CLAIM, STORAGE_CLASS, VOLUME
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import Manifest

DEFAULT = "storageclass.kubernetes.io/is-default-class"
_FORMER_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class"
NO_PROVISIONER = "kubernetes.io/no-provisioner"


def default_classes(snapshot: Snapshot) -> Sequence[Manifest]:
    """Give the StorageClasses that are marked as the default, the one that Kubernetes takes first.

    Source: kubernetes v1.36, pkg/volume/util/storageclass.go: the newest wins, then the first by name.
    """
    marked = [one for one in snapshot.of(STORAGE_CLASS) if _is_default(one)]
    by_name = sorted(marked, key=lambda one: str(one["metadata"]["name"]))
    return sorted(by_name, key=lambda one: str(one["metadata"].get("creationTimestamp") or ""), reverse=True)


def _is_default(storage_class: Manifest) -> bool:
    annotations = part(storage_class["metadata"], "annotations")
    return "true" in (annotations.get(DEFAULT), annotations.get(_FORMER_DEFAULT))


def class_of(claim: Manifest, snapshot: Snapshot) -> Manifest | None:
    """Give the class that makes a claim's volume; None when there is none of that name, or no default."""
    name = part(claim, "spec").get("storageClassName")
    if name is None:
        return next(iter(default_classes(snapshot)), None)
    return snapshot.get(STORAGE_CLASS, "", str(name))


def is_pending(claim: Manifest) -> bool:
    """Is it not bound yet, and not going away?"""
    return part(claim, "status").get("phase") in ("Pending", None) and not claim["metadata"].get("deletionTimestamp")


def waits_for_others(claim: Manifest, snapshot: Snapshot) -> bool:
    """Is it unbound although it is not the scheduler's turn: a pod that uses it can have no node before?"""
    if not is_pending(claim):
        return part(claim, "status").get("phase") == "Lost"
    found = class_of(claim, snapshot)
    return found is None or found.get("volumeBindingMode") != "WaitForFirstConsumer"


def pending_claims(snapshot: Snapshot) -> Iterator[Manifest]:
    """Give the claims that are not bound yet."""
    return (claim for claim in snapshot.of(CLAIM) if is_pending(claim))


def class_name(claim: Manifest) -> str | None:
    """Give the class that a claim names; None where it leaves that to the default."""
    name = part(claim, "spec").get("storageClassName")
    return None if name is None else str(name)


def names_volume(claim: Manifest) -> bool:
    """Does a claim ask for one volume by its name?"""
    return bool(part(claim, "spec").get("volumeName"))


def fits_any_volume(claim: Manifest, snapshot: Snapshot) -> bool:
    """May a volume that is there already be bound to it, whether its class exists or not?"""
    wanted = class_name(claim) or ""
    free = (volume for volume in snapshot.of(VOLUME) if part(volume, "status").get("phase") == "Available")
    return any((part(volume, "spec").get("storageClassName") or "") == wanted for volume in free)
