"""Claims and their classes: which class a claim gets, whether it must wait, and for whom."""

from __future__ import annotations

from collections.abc import Sequence

from kfinstall.doctor.kinds import STORAGE_CLASS
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
