"""What a person asks of an apply, and what a status answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from kfinstall.errors import InputError
from kfinstall.health.model import Health
from kfinstall.plan.conflicts import Policy
from kfinstall.plan.drift import Drift
from kfinstall.resource import ResourceId

RECORD_NAMESPACE: Final = "kfinstall-system"
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Installation:
    """A named set of resources in a cluster; `namespace` is where its record lives, not where the resources are."""

    name: str
    namespace: str = RECORD_NAMESPACE

    def __post_init__(self) -> None:
        for what, value in (("name", self.name), ("namespace", self.namespace)):
            if not _LABEL.fullmatch(value):
                raise InputError(
                    f"{what} '{value}' of the installation is not valid",
                    hint="lower case letters, digits and '-', at most 53, starting and ending with a letter or digit",
                )


@dataclass(frozen=True, slots=True)
class Options:
    """How to apply.

    `on_conflict`: what to do with a field that someone else manages, unless annotated (`plan.conflicts`).
    `timeout_s`: how long one resource may take to become healthy, unless annotated. `adopt`: take over what someone
    else owns (`plan.owners`). `delete_data`: remove claims too. `component`: nothing of any other is removed.
    `lock_ttl_s`: after so long without a sign of life a lock is taken over; it must be well above the cluster's
    request timeout.
    """

    on_conflict: Policy = "fail"
    prune: bool = True
    timeout_s: float = 600.0
    delete_data: bool = False
    component: str = ""
    adopt: bool = False
    lock_ttl_s: float = 60.0


DEFAULTS: Final = Options()


class PodRow(NamedTuple):
    """One pod of a workload."""

    name: str
    health: Health


class StatusRow(NamedTuple):
    """One resource of an installation.

    `drifted`: someone changed a field that the installation owns; `drift`: which, and who, as far as that is known;
    `pods`: those of a workload, where they were asked for.
    """

    id: ResourceId
    health: Health
    component: str = ""
    drifted: bool = False
    age_s: float | None = None
    drift: tuple[Drift, ...] = ()
    pods: tuple[PodRow, ...] = ()
