"""Why a resource does not become healthy, as somebody above found it: a run asks, and says what it was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from kfinstall.errors import UnhealthyError
from kfinstall.resource import Resource, ResourceId


class Diagnosis(NamedTuple):
    """The root cause of a failure. `check` is the id of what found it, `chain` leads from the resource to the cause."""

    check: str
    subject: ResourceId
    message: str
    hint: str
    chain: tuple[ResourceId, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the documented form."""
        return {
            "check": self.check,
            "subject": self.subject._asdict(),
            "message": self.message,
            "hint": self.hint,
            "chain": [id._asdict() for id in self.chain],
        }


Diagnose: TypeAlias = Callable[[ResourceId], Diagnosis | None]
"""Finds out why a resource is not healthy; None where nothing is known. It may ask the cluster, and may fail."""


def unhealthy(id: ResourceId, message: str, resource: Resource | None, found: Diagnosis | None) -> UnhealthyError:
    """Give the error of a resource that is not healthy, with its cause and what to do about that where it is known."""
    place = f" -n {id.namespace}" if id.namespace else ""
    hint = f"kubectl{place} describe {str(id.group_kind).lower()} {id.name}"
    lines = [f"{id}: {message}", *_told(found)]
    return UnhealthyError(
        "\n".join(lines),
        id=id,
        origin=resource.origin if resource else None,
        hint=found.hint if found and found.hint else hint,
    )


def _told(found: Diagnosis | None) -> list[str]:
    if found is None:
        return []
    chain = [f"chain: {' ← '.join(map(str, found.chain))}"] if len(found.chain) > 1 else []
    return [f"cause: {found.check} {found.subject}: {found.message}", *chain]
