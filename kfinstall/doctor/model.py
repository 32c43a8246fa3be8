"""What a check is, what it gives, and what becomes of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from kfinstall.resource import GroupKind, Manifest, Origin, ResourceId

if TYPE_CHECKING:
    from kfinstall.doctor.snapshot import Snapshot

CRASH = "KF000"
"""The id of the finding that a check itself failed."""


class Severity(StrEnum):
    """How bad a finding is; an error keeps something from working."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Give 0 for the worst."""
        return list(Severity).index(self)


Part: TypeAlias = Literal["live", "rendered", "written", "local", "access"]
"""What of a snapshot a check needs: the cluster; manifests that were rendered; either of them; this machine; answers
of the API server to questions about rights and dry runs."""

Fixing: TypeAlias = Literal["auto", "ask", "cmd"]
"""`auto`: safe, `--fix` does it; `ask`: it shows the change and asks; `cmd`: a person runs the command in the hint."""


class Step(NamedTuple):
    """One change that a fix makes: apply a resource that was rendered, update one at the version that was read, delete
    one, or delete and make it anew.
    """

    action: Literal["apply", "update", "delete", "recreate"]
    manifest: Manifest
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a check saw. `subject` is the root cause, `affects` what suffers from it directly.

    `message` says what is wrong, lower case, no full stop; `hint` what to do, a command where one does it. `evidence`
    has texts of others: events, conditions, logs. `severity` is the check's unless this case is milder or worse.
    """

    subject: ResourceId
    message: str
    hint: str
    affects: tuple[ResourceId, ...] = ()
    evidence: tuple[str, ...] = ()
    origin: Origin | None = None
    fix: tuple[Step, ...] = ()
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The declaration of one check.

    `reads` are the kinds it cannot do without: where one may not be read, the check is skipped and says so. `helps`
    are read too where that is allowed. `is_symptom`: what it finds always comes from something else, and stands below
    that where it was found. `is_proven`: its fault is made in a test, or its text comes from a real program.
    """

    id: str
    title: str
    severity: Severity
    find: Callable[[Snapshot], Iterable[Found]]
    remedy: str
    docs: str
    reads: tuple[GroupKind, ...] = ()
    helps: tuple[GroupKind, ...] = ()
    needs: tuple[Part, ...] = ("live",)
    fix: Fixing = "cmd"
    is_symptom: bool = False
    is_proven: bool = False

    @property
    def group(self) -> str:
        """Give the heading it stands under."""
        return group_of(self.id)


GROUPS = {
    0: "client",
    100: "cluster",
    200: "rights",
    250: "platform",
    300: "storage",
    400: "network",
    500: "images",
    600: "scheduling",
    700: "workloads",
    750: "api",
    800: "components",
    900: "gitops",
}
"""The number from which a group's ids start -> its name, as `--only` takes it."""


TOLD_AS = {"KF252": "KF202", "KF258": "KF602", "KF262": "KF501"}
"""Ids of cases that another check tells: who may not give rights on GKE, a minikube that is too small, an image that is
only on the own machine. They may be named, and mean that one.
"""


def group_of(check: str) -> str:
    """Give the group that an id belongs to."""
    return GROUPS[max(start for start in GROUPS if start <= int(check[2:]))]


@dataclass(frozen=True, slots=True)
class Finding:
    """One root cause. `symptoms` are findings that come from it; `through` leads from a symptom to its cause."""

    check: str
    severity: Severity
    subject: ResourceId
    message: str
    hint: str
    affects: tuple[ResourceId, ...] = ()
    evidence: tuple[str, ...] = ()
    origin: Origin | None = None
    fix: tuple[Step, ...] = ()
    symptoms: tuple[Finding, ...] = ()
    through: tuple[ResourceId, ...] = ()


class Skipped(NamedTuple):
    """A check that could not be run, and why."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run: findings, the most important first, and what was not looked at."""

    findings: tuple[Finding, ...]
    ran: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    why_suppressed: tuple[str, ...] = ()
    """For each that is suppressed the reason that was given, or the empty text."""
    cluster: str = ""
    version: str = ""
    problems: tuple[str, ...] = field(default=())
    """Why the cluster could not be asked at all."""

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """Give the findings that are this bad or worse."""
        return tuple(finding for finding in self.findings if finding.severity.rank <= severity.rank)

    @property
    def could_not_check(self) -> bool:
        """Was something not judged that should have been: no cluster, or a check that failed?"""
        return bool(self.problems) or any(finding.check == CRASH for finding in self.findings)
