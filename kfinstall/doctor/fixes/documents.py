"""What makes a document good that a check found something in; each changes it in place and guesses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from kfinstall.catalog.mirror import canonical
from kfinstall.doctor.gpus import FORMER, GPUS, NVIDIA
from kfinstall.doctor.registries import dead_host
from kfinstall.doctor.versions import FORMER_CUSTOM, find_removal

Change: TypeAlias = Callable[[Any], bool]
"""Changes a document in place; says whether there was anything to change."""

_OTHER_SHAPE: Final = frozenset(
    {"Ingress", "CustomResourceDefinition", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
    | {
        "CertificateSigningRequest",
        "HorizontalPodAutoscaler",
        "PodSecurityPolicy",
        "EndpointSlice",
        "CSIStorageCapacity",
    }
    | {"FlowSchema", "PriorityLevelConfiguration"}
)
"""Kinds whose newer version has other fields: a person must write these."""
_SAME_NAMES: Final = frozenset({"registry.k8s.io/", "quay.io/minio/"})
"""Registries that have the images of their predecessors under the same names and tags."""
_EXECUTOR: Final = re.compile(r"^[ ]*containerRuntimeExecutor:.*\n?", re.MULTILINE)
_WORKLOADS: Final = frozenset({"Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"})
_ROLES: Final[Mapping[str, tuple[str, Mapping[str, str], str]]] = {
    "TFJob": (
        "tfReplicaSpecs",
        {"ps": "PS", "worker": "Worker", "chief": "Chief", "evaluator": "Evaluator"},
        "tensorflow",
    ),
    "PyTorchJob": ("pytorchReplicaSpecs", {"master": "Master", "worker": "Worker"}, "pytorch"),
}
_OF_RUN_POLICY: Final = (
    "cleanPodPolicy", "ttlSecondsAfterFinished", "activeDeadlineSeconds", "backoffLimit", "schedulingPolicy",
)  # fmt: skip


def _newer_version(document: Any) -> bool:
    kind, version = str(document.get("kind")), str(document.get("apiVersion"))
    removal = find_removal(version, kind)
    instead = removal.instead if removal and kind not in _OTHER_SHAPE else FORMER_CUSTOM.get(version)
    if instead is None:
        return False
    document["apiVersion"] = instead
    spec = document.get("spec") or {}
    if instead == "apps/v1" and kind in _WORKLOADS and "selector" not in spec:
        labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
        spec["selector"] = {"matchLabels": dict(labels)}
    return True


def _living_registry(document: Any) -> bool:
    changed = [_replace_image(holder, key, value) for holder, key, value in _texts(document)]
    return any(changed)


def _replace_image(holder: Any, key: Any, value: str) -> bool:
    dead = dead_host(value) if not re.search(r"\s", value) else None
    if dead is None or dead.successor not in _SAME_NAMES:
        return False
    holder[key] = dead.successor + canonical(value).removeprefix(dead.prefix)
    return True


def _texts(value: Any) -> Iterator[tuple[Any, Any, str]]:
    """Give each text in a document with what holds it, and under which key."""
    entries = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, inner in entries:
        if isinstance(inner, str):
            yield value, key, inner
        else:
            yield from _texts(inner)


def _right_gpu(document: Any) -> bool:
    found = [one for one in _mappings(document) if "limits" in one or "requests" in one]
    changed = [_right_resources(one) for one in found]
    return any(changed)


def _right_resources(resources: Any) -> bool:
    changed = False
    for field in ("limits", "requests"):
        amounts = resources.get(field)
        if isinstance(amounts, dict) and FORMER in amounts:
            _rename(amounts, FORMER, NVIDIA)
            changed = True
    for gpu in GPUS:
        asked = (resources.get("requests") or {}).get(gpu)
        if asked is not None and gpu not in (resources.get("limits") or {}):
            resources.setdefault("limits", {})[gpu] = asked
            changed = True
    return changed


def _mappings(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(inner)


def _rename(mapping: Any, old: str, new: str) -> None:
    """Give a key another name, where it stands; a comment behind it stays."""
    comments = getattr(mapping, "ca", None)
    entries = [(new if key == old else key, value) for key, value in mapping.items()]
    behind = {new if key == old else key: it for key, it in comments.items.items()} if comments else {}
    mapping.clear()
    mapping.update(entries)
    if comments:
        comments.items.update(behind)


def _in_run_policy(document: Any) -> bool:
    spec = document.get("spec") or {}
    moved = [field for field in _OF_RUN_POLICY if field in spec]
    for field in moved:
        value = spec.pop(field)
        spec.setdefault("runPolicy", {}).setdefault(field, value)
    return bool(moved)


def _right_replicas(document: Any) -> bool:
    field, names, container = _ROLES.get(str(document.get("kind")), ("", {}, ""))
    replicas = (document.get("spec") or {}).get(field) or {}
    wrong = [name for name in replicas if name not in names.values() and str(name).lower() in names]
    for name in wrong:
        _rename(replicas, name, names[name.lower()])
    called = [_name_container(replica, container) for replica in replicas.values()]
    return bool(wrong) or any(called)


def _name_container(replica: Any, name: str) -> bool:
    """Give the only container of a replica its name; which one of several it is, a person knows."""
    containers = (((replica or {}).get("template") or {}).get("spec") or {}).get("containers") or []
    if len(containers) != 1 or containers[0].get("name") == name:
        return False
    containers[0]["name"] = name
    return True


def _without_executor(document: Any) -> bool:
    found = [one for one in _mappings(document) if "containerRuntimeExecutor" in one]
    for holder in found:
        del holder["containerRuntimeExecutor"]
    texts = [one for one in _texts(document) if _EXECUTOR.search(one[2])]
    for holder, key, text in texts:
        holder[key] = type(text)(_EXECUTOR.sub("", text))
    return bool(found or texts)


CHANGES: Final[Mapping[str, Change]] = {
    "KF504": _living_registry,
    "KF608": _right_gpu,
    "KF750": _newer_version,
    "KF806": _in_run_policy,
    "KF807": _right_replicas,
    "KF810": _without_executor,
}
"""Check -> what makes a document good."""
