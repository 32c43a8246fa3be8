"""The only thing an apply ever says: one event after another. `as_json` gives the stable form that is documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kfinstall.apply.diagnosis import Diagnosis
from kfinstall.plan.model import Action
from kfinstall.resource import ResourceId

EventType: TypeAlias = Literal["plan", "lock", "sent", "health", "retry", "skipped", "pruned", "summary"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `at_s` counts seconds from the start of the run. Values of Secrets never appear.

    `id` is None for plan, lock and summary. `health` is a health status word or empty. `counts` is for plan and
    summary: how many changes per action, and `failed`, `skipped`. `diagnosis` is the root cause of a failure, if known.
    """

    type: EventType
    at_s: float
    id: ResourceId | None = None
    action: Action | None = None
    health: str = ""
    reason: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    diagnosis: Diagnosis | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the documented form, version 1; empty parts are left out."""
        body: dict[str, Any] = {"v": 1, "type": self.type}
        if self.id is not None:
            body["id"] = self.id._asdict()
        for name in ("action", "health", "reason"):
            if value := getattr(self, name):
                body[name] = value
        if self.counts:
            body["counts"] = dict(self.counts)
        if self.diagnosis is not None:
            body["diagnosis"] = self.diagnosis.as_json()
        return {**body, "elapsed_s": round(self.at_s, 3)}
