"""Why something that was deleted is still there: its finalizers and who set them, or what a namespace still holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kfinstall.errors import UnhealthyError
from kfinstall.resource import Manifest, ResourceId

_UNSEEN = "NamespaceDeletionDiscoveryFailure"
_REMAINS = (
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
    "NamespaceDeletionContentFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    _UNSEEN,
)
"""Source:  k8s.io/api core/v1, conditions of a Namespace that is being deleted."""

API_WITHIN_S: Final = 15.0
"""So long an API that does not answer may keep a namespace before that is called."""
_HINT = "see whether the controller that takes the finalizer off still runs"
_HINT_API = (
    "Kubernetes ends no namespace while some API does not answer: mend it, or delete its APIService, and the namespace "
    "goes; 'kubectl get apiservices' says which"
)


def held_by(live: Manifest) -> str:
    """Say what keeps a resource that is to be deleted, empty when nothing is known to."""
    said = [*_finalizers(live), *_remains(live)]
    return f": it waits for {'; '.join(said)}" if said else ""


def not_gone(id: ResourceId, live: Manifest, timeout_s: float) -> UnhealthyError:
    """Give the error of a resource that was to go and is still there after so long."""
    said = f"{id} is not gone after {patience_s(live, timeout_s):.0f} s{held_by(live)}"
    return UnhealthyError(said, id=id, hint=_HINT_API if _waits_for_an_api(live) else _HINT)


def patience_s(live: Manifest, timeout_s: float) -> float:
    """Give how long to wait for the end of a resource: not long where Kubernetes itself says that it cannot come."""
    return min(timeout_s, API_WITHIN_S) if _waits_for_an_api(live) else timeout_s


def _waits_for_an_api(live: Manifest) -> bool:
    """Is it a namespace that Kubernetes does not end because some API does not answer, whoever's that is?"""
    conditions = (live.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == _UNSEEN and one.get("status") == "True" for one in conditions)


def _finalizers(live: Manifest) -> Iterator[str]:
    for finalizer in live["metadata"].get("finalizers") or ():
        managers = sorted({str(entry["manager"]) for entry in _entries(live) if _sets(entry, finalizer)})
        yield f"{finalizer}, set by {' and '.join(managers)}" if managers else finalizer


def _entries(live: Manifest) -> Iterator[Mapping[str, Any]]:
    yield from live["metadata"].get("managedFields") or ()


def _sets(entry: Mapping[str, Any], finalizer: str) -> bool:
    metadata = (entry.get("fieldsV1") or {}).get("f:metadata") or {}
    return f"v:{json.dumps(finalizer)}" in (metadata.get("f:finalizers") or {})


def _remains(live: Manifest) -> Iterator[str]:
    for condition in (live.get("status") or {}).get("conditions") or ():
        if condition.get("type") in _REMAINS and condition.get("status") == "True":
            yield str(condition.get("message") or condition.get("reason") or condition["type"])
