"""Which pods belong to a workload, found through ownerReferences, however many controllers stand between."""

from __future__ import annotations

from kfinstall.health.model import Related, part
from kfinstall.resource import Manifest

_DEPTH_LIMIT = 6


def pods_of(manifest: Manifest, related: Related) -> tuple[Manifest, ...]:
    """Give the pods that a live manifest owns, directly or through others, in the order of their names."""
    found: dict[str, Manifest] = {}
    uids = {_uid(manifest)} - {""}
    for _ in range(_DEPTH_LIMIT):
        owned = [child for uid in uids for child in related.owned_by(uid)]
        found |= {_uid(child): child for child in owned if child.get("kind") == "Pod"}
        uids = {_uid(child) for child in owned if child.get("kind") != "Pod"} - {""}
    return tuple(sorted(found.values(), key=lambda pod: str(part(pod, "metadata").get("name"))))


def newest_pods(manifest: Manifest, related: Related) -> tuple[Manifest, ...]:
    """Give the pods of a workload's newest revision that are not being removed.

    What a pod of the revision before suffers from says nothing about the one that is being rolled out.
    """
    pods = [pod for pod in pods_of(manifest, related) if not part(pod, "metadata").get("deletionTimestamp")]
    label, revision = _newest_revision(manifest, related)
    return tuple(pod for pod in pods if not revision or _label(pod, label) in (revision, ""))


def replica_sets_of(manifest: Manifest, related: Related) -> tuple[Manifest, ...]:
    """Give a Deployment's ReplicaSets, newest revision first."""
    owned = [child for child in related.owned_by(_uid(manifest)) if child.get("kind") == "ReplicaSet"]
    return tuple(sorted(owned, key=_rollout_number, reverse=True))


def _newest_revision(manifest: Manifest, related: Related) -> tuple[str, str]:
    """Give the pod label that names the revision, and its value for the newest one; empty when it is not known."""
    if manifest.get("kind") == "Deployment":
        newest = next(iter(replica_sets_of(manifest, related)), {})
        return "pod-template-hash", _label(newest, "pod-template-hash")
    if manifest.get("kind") == "DaemonSet":
        annotations = part(part(manifest, "metadata"), "annotations")
        return "pod-template-generation", str(annotations.get("deprecated.daemonset.template.generation") or "")
    return "controller-revision-hash", str(part(manifest, "status").get("updateRevision") or "")


def _label(manifest: Manifest, name: str) -> str:
    return str(part(part(manifest, "metadata"), "labels").get(name) or "")


def _rollout_number(replica_set: Manifest) -> int:
    annotations = part(part(replica_set, "metadata"), "annotations")
    number = str(annotations.get("deployment.kubernetes.io/revision", "0"))
    return int(number) if number.isdigit() else 0


def _uid(manifest: Manifest) -> str:
    return str(part(manifest, "metadata").get("uid") or "")
