"""The report as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kfinstall.doctor.formats.words import chains, page_of
from kfinstall.doctor.model import Check, Finding, Report
from kfinstall.resource import ResourceId

VERSION = 1


def as_json(report: Report, checks: Sequence[Check]) -> str:
    """Give everything that is known, findings with their symptoms below them."""
    return json.dumps(as_data(report, checks), indent=2, ensure_ascii=False) + "\n"


def as_data(report: Report, checks: Sequence[Check]) -> dict[str, Any]:
    """Give the report as plain data; an id is a mapping of group, kind, namespace and name."""
    titles = {check.id: check.title for check in checks}
    return {
        "v": VERSION,
        "cluster": report.cluster,
        "version": report.version,
        "findings": [_finding(one, titles) for one in report.findings],
        "suppressed": [
            {**_finding(one, titles), "reason": reason}
            for one, reason in zip(report.suppressed, report.why_suppressed, strict=True)
        ],
        "ran": list(report.ran),
        "skipped": [{"check": check, "reason": reason} for check, reason in report.skipped],
        "problems": list(report.problems),
    }


def _finding(finding: Finding, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "check": finding.check,
        "title": titles.get(finding.check, ""),
        "severity": finding.severity.value,
        "subject": id_data(finding.subject),
        "message": finding.message,
        "hint": finding.hint,
        "page": page_of(finding.check),
        "affects": [id_data(id) for id in finding.affects],
        "evidence": list(finding.evidence),
        "origin": str(finding.origin) if finding.origin else None,
        "chains": list(chains(finding)),
        "symptoms": [
            {**_finding(one, titles), "through": [id_data(id) for id in one.through]} for one in finding.symptoms
        ],
    }


def id_data(id: ResourceId) -> dict[str, str]:
    """Give an id as a mapping."""
    return {"group": id.group, "kind": id.kind, "namespace": id.namespace, "name": id.name}
