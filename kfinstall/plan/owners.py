"""Who else says that a live resource is its own: another installation, a Helm release, a GitOps controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kfinstall.plan.inventory import PART_OF
from kfinstall.resource import Manifest


class Mark(NamedTuple):
    """What an owner writes on what it owns: a label or an annotation, and how its value is told to a person."""

    field: str
    key: str
    told: str
    hint: str


_GITOPS_HINT = "take it out of that one first, without letting it delete anything, or take it over with --adopt"

MARKS = (
    Mark(
        "labels",
        PART_OF,
        f"another installation (label {PART_OF}={{value}})",
        "leave it to that one, or take it over with --adopt",
    ),
    Mark(
        "annotations",
        "meta.helm.sh/release-name",
        "the Helm release '{value}'",
        "take it over with --adopt; Helm forgets it with 'kubectl delete secret -l owner=helm,name={value}'",
    ),
    Mark("annotations", "argocd.argoproj.io/tracking-id", "the Argo CD application '{value}'", _GITOPS_HINT),
    Mark("labels", "kustomize.toolkit.fluxcd.io/name", "the Flux Kustomization '{value}'", _GITOPS_HINT),
    Mark("labels", "helm.toolkit.fluxcd.io/name", "the Flux HelmRelease '{value}'", _GITOPS_HINT),
    Mark("labels", "kapp.k14s.io/app", "the kapp application '{value}'", "take it over with --adopt"),
)
"""Source:  KEP-3659; Helm v4.2, pkg/action/validate.go; Argo CD v3.1, common; Flux, kustomize- and helm-controller;
kapp v0.60, pkg/kapp/app."""


class Owner(NamedTuple):
    """Whose a resource is, by the value of its mark and in words, and what to do about it."""

    value: str
    told: str
    hint: str


def owner_of(live: Manifest, part_of: str) -> Owner | None:
    """Give the owner of a live manifest other than the installation with this ApplySet id, None without one."""
    for mark in MARKS:
        marks: Mapping[str, str] = live["metadata"].get(mark.field) or {}
        value = marks.get(mark.key)
        if value and not (mark.key == PART_OF and value == part_of):
            shown = value.partition(":")[0] if mark.key.endswith("tracking-id") else value
            return Owner(value, mark.told.format(value=shown), mark.hint.format(value=shown))
    return None
