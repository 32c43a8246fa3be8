"""What the controllers of a cluster make of a manifest: its status, what goes with it, what it serves."""

from __future__ import annotations

import copy
from typing import Any

from kfinstall.plan.model import KindInfo
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of


def goes_with(id: ResourceId, last: Manifest) -> bool:
    if last["kind"] == "Namespace":
        return id.namespace == last["metadata"]["name"]
    if last["kind"] == "CustomResourceDefinition":
        return id.group_kind == (last["spec"]["group"], last["spec"]["names"]["kind"])
    return False


def matches(manifest: Manifest, group_kind: GroupKind, namespace: str | None, selector: str) -> bool:
    id = id_of(manifest)
    labels = manifest["metadata"].get("labels") or {}
    wanted = (part.partition("=") for part in selector.split(",") if part)
    return (
        id.group_kind == group_kind
        and (namespace is None or id.namespace == namespace)
        and all(key in labels and (not sign or labels[key] == value) for key, sign, value in wanted)
    )


def is_selected(manifest: Manifest, fields: str) -> bool:
    """Does a field selector of the form `FIELD!=VALUE,…` let it through?"""
    unwanted = (part.partition("!=") for part in fields.split(",") if part)
    return all(manifest.get(field) != value for field, _, value in unwanted)


def bare(manifest: Manifest) -> Manifest:
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "managedFields"}
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": metadata}


def served_kind(manifest: Manifest) -> tuple[GroupKind, KindInfo] | None:
    if manifest["kind"] != "CustomResourceDefinition" or not (manifest.get("status") or {}).get("conditions"):
        return None
    spec = manifest["spec"]
    names = spec["names"]
    info = KindInfo(
        spec["group"],
        names["kind"],
        names["plural"],
        spec["scope"] == "Namespaced",
        tuple(version["name"] for version in spec["versions"] if version["served"]),
        frozenset({"list", "delete", "watch", "get", "patch", "create", "update"}),
    )
    return GroupKind(spec["group"], names["kind"]), info


def status(manifest: Manifest) -> dict[str, Any]:
    """Give the status of a healthy resource, for kinds that have one here."""
    replicas = (manifest.get("spec") or {}).get("replicas", 1)
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
    by_kind: dict[str, dict[str, Any]] = {
        "Namespace": {"phase": "Active"},
        "CustomResourceDefinition": {"conditions": [true("NamesAccepted"), true("Established")]},
        "Deployment": {
            **counts,
            "conditions": [true("Available"), {**true("Progressing"), "reason": "NewReplicaSetAvailable"}],
        },
        "Job": {"startTime": "2030-01-01T00:00:00Z", "succeeded": 1, "conditions": [true("Complete")]},
        "PersistentVolumeClaim": {"phase": "Bound"},
    }
    return by_kind.get(manifest["kind"], {})


def true(type: str) -> dict[str, Any]:
    return {"type": type, "status": "True", "reason": type, "lastTransitionTime": "2030-01-01T00:00:00Z"}


def place(id: ResourceId) -> dict[str, str]:
    return {"name": id.name, **({"namespace": id.namespace} if id.namespace else {})}


def content(manifest: Manifest) -> Manifest:
    metadata = {k: v for k, v in manifest["metadata"].items() if k not in {"resourceVersion", "managedFields"}}
    return {**manifest, "metadata": metadata}


def merge(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merge(old.get(key), value) for key, value in new.items()}}
    return copy.deepcopy(new)
