"""Taking resources over from who applied them before: kubectl, or Helm.

A field that another manager applied would stay for ever, or conflict. So the first time we apply to a resource, what
its former manager owned becomes ours: what is still asked for stays, what is not goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kfinstall.plan.owned import MANAGER
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


def former_of(live: Manifest) -> str:
    """Say from whom a live manifest is to be taken over; empty when we applied it ourselves, or nobody known did."""
    if any(_is_ours(entry) for entry in _entries(live)):
        return ""
    return next((name for entry in _entries(live) if (name := _name_of(entry))), "")


def taken_over(live: Manifest) -> Manifest:
    """Give a live manifest whose former manager's fields are ours; itself where there is nothing to take over.

    In:      managedFields in full, as a GET gives them.
    """
    if not former_of(live):
        return live
    theirs = [entry for entry in _entries(live) if _name_of(entry)]
    fields: Mapping[str, Any] = {}
    for entry in theirs:
        fields = _union(fields, entry.get("fieldsV1") or {})
    ours = {**theirs[0], "manager": MANAGER, "operation": "Apply", "fieldsV1": fields}
    others = [entry for entry in _entries(live) if not _name_of(entry)]
    return {**live, "metadata": {**live["metadata"], "managedFields": [*others, ours]}}


def _entries(live: Manifest) -> Iterator[Mapping[str, Any]]:
    yield from live["metadata"].get("managedFields") or ()


def _is_ours(entry: Mapping[str, Any]) -> bool:
    return entry.get("manager") == MANAGER and entry.get("operation") == "Apply"


def _name_of(entry: Mapping[str, Any]) -> str:
    """Give the name of a former manager; what it wrote to a subresource stays its own."""
    if entry.get("subresource"):
        return ""
    return FORMER_MANAGERS.get(Former(str(entry.get("manager")), str(entry.get("operation"))), "")


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the fields that are in one of two sets: mappings of mappings, an empty one is the field itself."""
    return {**one, **{key: _union(one.get(key) or {}, value) for key, value in other.items()}}
