"""Health of claims and volumes. Why a claim is not bound is computed from its class and the volumes there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kfinstall.health.model import Health, Live, current, failed, in_progress, part
from kfinstall.health.reading import condition, explain, is_true, last_event
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_STORAGE = "storage.k8s.io"
_EVENTS = (
    "ProvisioningFailed", "FailedBinding", "ExternalProvisioning", "Provisioning", "VolumeMismatch", "ClaimMisbound",
)  # fmt: skip


def judge_claim(live: Live) -> Health:
    """Bound, or rightly waiting for the first pod that uses it."""
    phase = live.status.get("phase")
    if phase == "Bound":
        return _judge_resize(live)
    if phase == "Lost":
        return failed(f"its volume '{live.spec.get('volumeName')}' is lost, and the data on it")
    return _judge_pending(live)


def _judge_resize(live: Live) -> Health:
    allocated = part(live.status, "allocatedResourceStatuses").get("storage", "")
    if "Infeasible" in str(allocated):
        return failed(f"cannot be resized: {explain(condition(live.manifest, 'ControllerResizeError'))}")
    return in_progress("is being resized") if is_true(live.manifest, "Resizing") else current()


def _judge_pending(live: Live) -> Health:
    name = live.spec.get("storageClassName")
    if live.spec.get("volumeName"):
        return in_progress(f"waits for volume '{live.spec['volumeName']}' to be bound{_words(live)}")
    if name == "":
        return _needs_static_volume(live, "asks for no StorageClass")
    found = _class_of(live, name)
    if found is None:
        return _judge_missing_class(live, name)
    if found.get("provisioner") == _NO_PROVISIONER:
        if _waits_for_consumer(found, live):
            return current("waits for the first pod that uses it")
        return _needs_static_volume(live, f"StorageClass '{_name(found)}' makes no volumes")
    return _judge_provisioning(live, found)


def _class_of(live: Live, name: Any) -> Manifest | None:
    classes = live.related.of(_STORAGE, "StorageClass")
    if name is not None:
        return next((c for c in classes if _name(c) == name), None)
    defaults = [c for c in classes if part(part(c, "metadata"), "annotations").get(_DEFAULT_CLASS) == "true"]
    return max(defaults, key=lambda c: str(part(c, "metadata").get("creationTimestamp")), default=None)


def _judge_missing_class(live: Live, name: Any) -> Health:
    if not live.related.has(_STORAGE, "StorageClass"):
        return in_progress(f"is not bound yet{_words(live)}")
    if name is None:
        return _needs_static_volume(live, "names no StorageClass and none is the cluster's default")
    known = ", ".join(sorted(_name(c) for c in live.related.of(_STORAGE, "StorageClass"))) or "none"
    return _needs_static_volume(live, f"StorageClass '{name}' does not exist (there is: {known})")


def _judge_provisioning(live: Live, storage_class: Manifest) -> Health:
    if _waits_for_consumer(storage_class, live):
        return current("waits for the first pod that uses it")
    provisioner = storage_class.get("provisioner")
    return in_progress(
        f"waits for '{provisioner}' (StorageClass '{_name(storage_class)}') to make a volume{_words(live)}"
    )


def _waits_for_consumer(storage_class: Manifest, live: Live) -> bool:
    """Is it left unbound on purpose: its class waits for a pod, and no pod that uses it has a node?"""
    if storage_class.get("volumeBindingMode") != "WaitForFirstConsumer":
        return False
    selected = part(live.metadata, "annotations").get("volume.kubernetes.io/selected-node")
    return not selected and not any(_uses(pod, live) for pod in live.related.of("", "Pod"))


def _uses(pod: Manifest, live: Live) -> bool:
    volumes = part(pod, "spec").get("volumes") or ()
    claims = {part(volume, "persistentVolumeClaim").get("claimName") for volume in volumes}
    same_namespace = part(pod, "metadata").get("namespace") == live.metadata.get("namespace")
    return same_namespace and live.metadata.get("name") in claims


def _needs_static_volume(live: Live, why: str) -> Health:
    """Without a provisioner only a volume that is there already can be bound."""
    if not live.related.has("", "PersistentVolume"):
        return in_progress(f"{why}{_words(live)}")
    if any(_fits(volume, live) for volume in live.related.of("", "PersistentVolume")):
        return in_progress("waits to be bound to a volume that is there")
    return failed(
        f"cannot be bound: it {why}, and no free PersistentVolume fits"
        if not why.startswith("Storage")
        else f"cannot be bound: {why}, and no free PersistentVolume fits"
    )


def _fits(volume: Manifest, live: Live) -> bool:
    spec, wanted = part(volume, "spec"), part(part(live.spec, "resources"), "requests").get("storage")
    if part(volume, "status").get("phase") not in ("Available", "Pending", None):
        return False
    same_class = (spec.get("storageClassName") or "") == (live.spec.get("storageClassName") or "")
    return same_class and _has_modes(spec, live.spec) and _is_enough(part(spec, "capacity").get("storage"), wanted)


def _has_modes(volume: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
    modes: Sequence[str] = claim.get("accessModes") or ()
    return set(modes) <= set(volume.get("accessModes") or ())


def _is_enough(capacity: Any, wanted: Any) -> bool:
    has, asks = parse_quantity(capacity), parse_quantity(wanted)
    return has is not None and (asks is None or has >= asks)


def _words(live: Live) -> str:
    event = last_event(live.related, live.uid, _EVENTS)
    return f": {explain(event)}" if event else ""


def _name(manifest: Manifest) -> str:
    return str(part(manifest, "metadata").get("name"))


def judge_volume(live: Live) -> Health:
    """Available or Bound. A Released one is as it should be, but no claim can have it."""
    phase = live.status.get("phase")
    if phase == "Failed":
        return failed(f"could not be reclaimed: {explain(live.status)}")
    if phase == "Released":
        return current("is released: no claim can be bound to it until its claimRef is removed")
    return current() if phase in ("Available", "Bound") else in_progress("has not been seen by its controller yet")
