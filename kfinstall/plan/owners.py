"""Who else says that a live resource is its own: another installation, a Helm release, a GitOps controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kfinstall.plan.inventory import PART_OF
from kfinstall.resource import Manifest


class Mark(NamedTuple):
    """What an owner writes on what it owns: a label or an annotation, and how its value is told to a person.

    `controller` is what keeps what it owns as it is, empty where nothing does; `by`: the mark is one where a field
    manager of these has written to the resource, since others use the same key.
    """

    field: str
    key: str
    told: str
    hint: str
    controller: str = ""
    by: frozenset[str] = frozenset()


ARGO_CD, FLUX, FLUX_HELM = "Argo CD", "Flux", "Flux's Helm controller"
ARGO_CD_MANAGERS = frozenset({"argocd-controller", "argocd-application-controller"})
"""Source:  Argo CD v3.1, common (`ArgoCDSSAManager`) and the name of the program, for client-side applies."""

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
    Mark("annotations", "argocd.argoproj.io/tracking-id", "the Argo CD application '{value}'", _GITOPS_HINT, ARGO_CD),
    Mark(
        "labels",
        "app.kubernetes.io/instance",
        "the Argo CD application '{value}'",
        _GITOPS_HINT,
        ARGO_CD,
        ARGO_CD_MANAGERS,
    ),
    Mark("labels", "kustomize.toolkit.fluxcd.io/name", "the Flux Kustomization '{value}'", _GITOPS_HINT, FLUX),
    Mark("labels", "helm.toolkit.fluxcd.io/name", "the Flux HelmRelease '{value}'", _GITOPS_HINT, FLUX_HELM),
    Mark("labels", "kapp.k14s.io/app", "the kapp application '{value}'", "take it over with --adopt"),
)
"""Source:  KEP-3659; Helm v4.2, pkg/action/validate.go; Argo CD v3.1, common; Flux, kustomize- and helm-controller;
kapp v0.60, pkg/kapp/app."""


class Owner(NamedTuple):
    """Whose a resource is, by the value of its mark and in words, and what to do about it.

    `controller` is what keeps it as it is, empty where nothing does.
    """

    value: str
    told: str
    hint: str
    controller: str = ""


UNNAMED = Owner("", "Argo CD (it has applied it)", _GITOPS_HINT, ARGO_CD)
"""Argo CD puts no mark on a CustomResourceDefinition; who applied it says so."""


def owner_of(live: Manifest, part_of: str) -> Owner | None:
    """Give the owner of a live manifest other than the installation with this ApplySet id, None without one."""
    managers = _managers(live)
    for mark in MARKS:
        marks: Mapping[str, str] = live["metadata"].get(mark.field) or {}
        value = marks.get(mark.key)
        is_one = value and not (mark.key == PART_OF and value == part_of) and (not mark.by or mark.by & managers)
        if value and is_one:
            shown = value.partition(":")[0] if mark.key.endswith("tracking-id") else value
            return Owner(shown, mark.told.format(value=shown), mark.hint.format(value=shown), mark.controller)
    return UNNAMED if managers & ARGO_CD_MANAGERS else None


def controller_of(live: Manifest, part_of: str) -> Owner | None:
    """Give the owner of a live manifest if it is one that keeps what it owns as it is: Argo CD, or Flux."""
    owner = owner_of(live, part_of)
    return owner if owner and owner.controller else None


def _managers(live: Manifest) -> set[str]:
    """Give the names of those who wrote to the resource itself, not to its status."""
    entries = live["metadata"].get("managedFields") or ()
    return {str(entry.get("manager")) for entry in entries if not entry.get("subresource")}
