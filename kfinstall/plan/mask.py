"""Manifests without what must not be shown: the values of Secrets, wherever a Secret's manifest repeats them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.plan.templates import SECRET
from kfinstall.resource import Manifest, gvk_of

SENSITIVE = "(sensitive)"
BEFORE, AFTER = "*** (before)", "*** (after)"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_FIELDS = ("data", "stringData")


def mask(manifest: Manifest) -> Manifest:
    """Give the manifest with each value of a Secret replaced; what is no Secret is given back as it is."""
    return mask_pair(manifest, manifest)[0]


def mask_pair(before: Manifest, after: Manifest) -> tuple[Manifest, Manifest]:
    """Give both without values of Secrets, so that one can see which values differ but not what they are."""
    if SECRET not in (gvk_of(before).group_kind, gvk_of(after).group_kind):
        return before, after
    return _masked(before, after, BEFORE), _masked(after, before, AFTER)


def _masked(manifest: Manifest, other: Manifest, word: str) -> Manifest:
    hidden = {
        field: _hidden(manifest[field], other.get(field), word)
        for field in _FIELDS
        if isinstance(manifest.get(field), Mapping)
    }
    return _without_last_applied({**manifest, **hidden})


def _hidden(values: Mapping[str, Any], others: Any, word: str) -> dict[str, str]:
    compared = others if isinstance(others, Mapping) else {}
    return {key: word if key in compared and compared[key] != value else SENSITIVE for key, value in values.items()}


def _without_last_applied(manifest: Manifest) -> Manifest:
    metadata = manifest.get("metadata") or {}
    if _LAST_APPLIED not in (metadata.get("annotations") or {}):
        return manifest
    annotations = {**metadata["annotations"], _LAST_APPLIED: SENSITIVE}
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}
