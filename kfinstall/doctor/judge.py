"""Run checks on a snapshot, and put together what has one cause. No I/O, no clock."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kfinstall.doctor.causes import by_cause
from kfinstall.doctor.model import CRASH, Check, Finding, Found, Part, Report, Severity, Skipped
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.resource import ResourceId


def judge(snapshot: Snapshot, checks: Sequence[Check]) -> Report:
    """Give the findings of all checks that the snapshot has the facts for, and say which were skipped, and why.

    Out: one finding per root cause, the most important first. A check that fails is a finding of its own.
    """
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    ran: list[str] = []
    for check in checks:
        if not _applies(check, snapshot):
            continue
        if reason := _unreadable(check, snapshot):
            skipped.append(Skipped(check.id, reason))
            continue
        ran.append(check.id)
        findings += _run(check, snapshot)
    symptoms = {check.id for check in checks if check.is_symptom}
    ordered = tuple(sorted(by_cause(findings, symptoms, snapshot), key=importance))
    return Report(ordered, tuple(ran), tuple(skipped), cluster=snapshot.cluster, version=snapshot.version)


def importance(finding: Finding) -> tuple[int, int, str, ResourceId]:
    """Give the key to order by: how bad, how much suffers from it, and how near the ground it is."""
    return (finding.severity.rank, -len(suffering(finding)), finding.check, finding.subject)


def suffering(finding: Finding) -> tuple[ResourceId, ...]:
    """Give all that suffers from it, directly or as a symptom, without itself."""
    ids = [*finding.affects, *(id for symptom in finding.symptoms for id in (symptom.subject, *symptom.affects))]
    return tuple(dict.fromkeys(id for id in ids if id != finding.subject))


def _applies(check: Check, snapshot: Snapshot) -> bool:
    has: dict[Part, bool] = {
        "live": snapshot.is_live,
        "rendered": snapshot.rendered is not None,
        "written": snapshot.rendered is not None or snapshot.is_live,
        "local": snapshot.local is not None,
        "access": snapshot.answers is not None,
    }
    return all(has[part] for part in check.needs)


def _unreadable(check: Check, snapshot: Snapshot) -> str:
    if "live" not in check.needs:
        return ""
    reasons = [f"{kind}: {snapshot.unread[kind]}" for kind in check.reads if kind in snapshot.unread]
    return "; ".join(reasons)


def _run(check: Check, snapshot: Snapshot) -> Sequence[Finding]:
    found: list[Finding] = []
    try:
        for one in check.find(snapshot):
            found.append(_stamped(check, one))
    except Exception as problem:  # noqa: BLE001 a check that fails must not hide what the others find
        found.append(_crash(check, problem))
    return found


def _stamped(check: Check, found: Found) -> Finding:
    return Finding(
        check.id,
        found.severity or check.severity,
        found.subject,
        found.message,
        found.hint,
        found.affects,
        found.evidence,
        found.origin,
        found.fix,
    )


def _crash(check: Check, problem: Exception) -> Finding:
    """Say where a check failed, without any value that it looked at."""
    frames = traceback.extract_tb(problem.__traceback__)
    where = f"{frames[-1].filename.rpartition('kfinstall/')[2]}:{frames[-1].lineno}" if frames else "?"
    return Finding(
        CRASH,
        Severity.ERROR,
        ResourceId("", "Check", "", check.id),
        f"the check itself failed with {type(problem).__name__} at {where}; what it looks for is not known",
        f"this is a bug in kfinstall; go on without it: kfinstall doctor --skip {check.id}",
    )


def suppress(report: Report, reasons: Iterable[str | None]) -> Report:
    """Give the report with some findings taken out of what counts; they stay known as suppressed.

    In: for each finding, in order, why it is suppressed; None where it counts.
    """
    judged = list(zip(report.findings, reasons, strict=True))
    kept = tuple(one for one, reason in judged if reason is None)
    gone = [(one, reason) for one, reason in judged if reason is not None]
    return replace(
        report,
        findings=kept,
        suppressed=tuple(one for one, _ in gone),
        why_suppressed=tuple(reason for _, reason in gone),
    )
