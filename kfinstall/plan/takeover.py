"""Taking resources over from who applied them before: kubectl, Helm, Argo CD or Flux; and giving them up.

A field that another manager applied would stay for ever, or conflict. So the first time we apply to a resource, what
its former manager owned becomes ours: what is still asked for stays, what is not goes. Argo CD and Flux go on applying
beside us, so what they own becomes ours whenever we are told to take it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kfinstall.plan.inventory import PART_OF
from kfinstall.plan.owned import MANAGER
from kfinstall.plan.owners import ARGO_CD_MANAGERS
from kfinstall.resource import Manifest

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which client-side apply keeps the manifest it applied."""


class Former(NamedTuple):
    """A field manager and operation, as managedFields spell them."""

    manager: str
    operation: str


FORMER_MANAGERS: Mapping[Former, str] = {
    Former("kubectl-client-side-apply", "Update"): "kubectl",
    Former("kubectl", "Apply"): "kubectl",
    Former("before-first-apply", "Update"): "kubectl",
    Former("helm", "Update"): "Helm",
    Former("helm", "Apply"): "Helm",
    Former("Helm", "Update"): "Helm",
}
"""Who applied a resource before -> the name people know it by.

Source:  kubectl v1.36, pkg/cmd/apply (`kubectl-client-side-apply`, `kubectl`); client-go v0.36, util/csaupgrade;
         apimachinery v0.36, managedfields (`before-first-apply`); Helm v4.2, pkg/kube (`helm`; a binary's own name).
"""


CONTROLLERS: Mapping[Former, str] = {
    Former(manager, operation): name
    for operation in ("Apply", "Update")
    for managers, name in ((ARGO_CD_MANAGERS, "Argo CD"), ({"kustomize-controller", "helm-controller"}, "Flux"))
    for manager in sorted(managers)
}
"""The same of who applies again and again.

Source:  Argo CD v3.1, common; Flux, kustomize-controller and helm-controller.
"""


def former_of(live: Manifest) -> str:
    """Say from whom a live manifest is to be taken over; empty when nobody known applied it.

    Where we applied it ourselves, only a controller that applies as well is one.
    """
    formers = _formers(live)
    return next((name for entry in _entries(live) if (name := _name_of(entry, formers))), "")


def _formers(live: Manifest) -> Mapping[Former, str]:
    is_ours = any(_is_ours(entry) for entry in _entries(live))
    return CONTROLLERS if is_ours else {**FORMER_MANAGERS, **CONTROLLERS}


def taken_over(live: Manifest) -> Manifest:
    """Give a live manifest whose former managers' fields are ours; itself where there is nothing to take over.

    In:      managedFields in full, as a GET gives them.
    """
    if not former_of(live):
        return live
    formers = _formers(live)
    theirs = [entry for entry in _entries(live) if _name_of(entry, formers)]
    before = [entry for entry in _entries(live) if _is_ours(entry)]
    first, *rest = (*before, *theirs)
    fields: Mapping[str, Any] = first.get("fieldsV1") or {}
    for entry in rest:
        fields = _union(fields, _of_version(entry, first))
    ours = {**first, "manager": MANAGER, "operation": "Apply", "fieldsV1": fields}
    others = [entry for entry in _entries(live) if entry not in theirs and entry not in before]
    return {**live, "metadata": {**live["metadata"], "managedFields": [*others, ours]}}


def _of_version(entry: Mapping[str, Any], first: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the fields of an entry that mean the same in another's API version: all, or those of the metadata."""
    fields: Mapping[str, Any] = entry.get("fieldsV1") or {}
    if entry.get("apiVersion") == first.get("apiVersion"):
        return fields
    return {"f:metadata": fields.get("f:metadata") or {}}


def given_up(live: Manifest, part_of: str) -> Manifest:
    """Give a live manifest of which nothing is ours any more, every value as it is; itself where nothing was.

    In:      managedFields in full; `part_of`, our ApplySet id.
    """
    metadata = live["metadata"]
    entries = list(_entries(live))
    left = [entry for entry in entries if entry.get("manager") != MANAGER or entry.get("subresource")]
    labels = metadata.get("labels") or {}
    if len(left) == len(entries) and labels.get(PART_OF) != part_of:
        return live
    others = {key: value for key, value in metadata.items() if key != "labels"}
    kept = {key: value for key, value in labels.items() if (key, value) != (PART_OF, part_of)}
    marked = {**others, "labels": kept} if kept else others
    return {**live, "metadata": {**marked, "managedFields": left or [{}]}}  # an empty list changes nothing


def _entries(live: Manifest) -> Iterator[Mapping[str, Any]]:
    yield from live["metadata"].get("managedFields") or ()


def _is_ours(entry: Mapping[str, Any]) -> bool:
    return entry.get("manager") == MANAGER and entry.get("operation") == "Apply"


def _name_of(entry: Mapping[str, Any], formers: Mapping[Former, str]) -> str:
    """Give the name of a former manager; what it wrote to a subresource stays its own."""
    if entry.get("subresource"):
        return ""
    return formers.get(Former(str(entry.get("manager")), str(entry.get("operation"))), "")


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the fields that are in one of two sets: mappings of mappings, an empty one is the field itself."""
    return {**one, **{key: _union(one.get(key) or {}, value) for key, value in other.items()}}
