"""What our resources made in the cluster without anybody recording it: it goes when they go for good.

A Job that makes Secrets leaves them behind, a StatefulSet its claims. Their names follow from who made them; labels
prove that it was they.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kfinstall.plan.annotations import generated_by, lenient
from kfinstall.plan.templates import CLAIM, SECRET, pod_templates
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

GENERATED_BY = "kfinstall.dev/generated-by"
_MANAGED_BY = "app.kubernetes.io/managed-by"
MOST_CLAIMS = 10_000
"""Ordinals of one StatefulSet that are looked for."""
_STATEFUL_SET = GroupKind("apps", "StatefulSet")


def companions(makers: Iterable[Manifest]) -> tuple[ResourceId, ...]:
    """Give the ids of what these live resources may have made, each once; it need not exist.

    Out: Secrets by the annotation of the pod template that makes them, claims by template, name and ordinal.
    """
    return tuple(dict.fromkeys(id for maker in makers for id in _made_by(maker)))


def _made_by(maker: Manifest) -> Iterator[ResourceId]:
    namespace = id_of(maker).namespace
    for template in pod_templates(maker):
        for secret in lenient(generated_by, template) or ():
            yield ResourceId(*SECRET, namespace, secret.name)
    if id_of(maker).group_kind == _STATEFUL_SET:
        yield from (ResourceId(*CLAIM, namespace, name) for name in _claim_names(maker))


def _claim_names(stateful_set: Manifest) -> Iterator[str]:
    spec = stateful_set.get("spec") or {}
    first = int((spec.get("ordinals") or {}).get("start") or 0)
    replicas = max(int(spec.get("replicas", 1) or 0), int((stateful_set.get("status") or {}).get("replicas") or 0))
    for template in spec.get("volumeClaimTemplates") or ():
        name = (template.get("metadata") or {}).get("name")
        for ordinal in range(first, first + min(replicas, MOST_CLAIMS)):
            yield f"{name}-{id_of(stateful_set).name}-{ordinal}"


def is_made_by(made: Manifest, maker: Manifest) -> bool:
    """Do the labels of a live manifest prove that this resource made it?"""
    labels = _labels(made)
    if id_of(made).group_kind == SECRET:
        return labels.get(_MANAGED_BY) == "kfinstall" and labels.get(GENERATED_BY) == id_of(maker).name
    selector = ((maker.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _labels(manifest: Manifest) -> Mapping[str, Any]:
    return (manifest.get("metadata") or {}).get("labels") or {}
