"""What health is: a verdict on one live manifest, and what may be looked at to reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from kfinstall.resource import GroupKind, Manifest


class Status(StrEnum):
    """The six verdicts. Failed means: certain not to recover by waiting."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


class Health(NamedTuple):
    """A verdict and one sentence that names the cause: pod, container, reason and what to do where it is known."""

    status: Status
    message: str = ""


@dataclass(frozen=True, slots=True)
class Related:
    """Live manifests around the judged one, by kind: its namespace's Pods, ReplicaSets, Events, claims, quotas, and
    the cluster's StorageClasses and Nodes. A kind that was not collected (or may not be read) is absent.
    """

    manifests: Mapping[GroupKind, Sequence[Manifest]] = field(default_factory=dict)

    def of(self, group: str, kind: str) -> Sequence[Manifest]:
        """Give the collected manifests of a kind, none when it was not collected."""
        return self.manifests.get(GroupKind(group, kind), ())
