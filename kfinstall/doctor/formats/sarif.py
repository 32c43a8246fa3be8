"""The report for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import kfinstall
from kfinstall.doctor.formats.words import chains, name_of
from kfinstall.doctor.model import Check, Finding, Report, Severity

LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(report: Report, checks: Sequence[Check]) -> str:
    """Give one run whose rules are the checks; without findings its list of results is empty.

    Source:  https://docs.oasis-open.org/sarif/sarif/v2.1.0/
    """
    driver = {"name": "kfinstall", "version": kfinstall.__version__, "rules": [_rule(check) for check in checks]}
    index = {check.id: number for number, check in enumerate(checks)}
    results = [_result(one, index) for one in report.findings] + [
        _suppressed(one, why, index) for one, why in zip(report.suppressed, report.why_suppressed, strict=True)
    ]
    skipped = [_notice(f"{check} was skipped: {reason}") for check, reason in report.skipped]
    invocation = {
        "executionSuccessful": not report.could_not_check,
        "toolExecutionNotifications": [*skipped, *map(_notice, report.problems)],
    }
    run = {
        "tool": {"driver": driver},
        "results": results,
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": check.id,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.docs},
        "help": {"text": f"{check.docs}\n\n{check.remedy}", "markdown": f"{check.docs}\n\n**{check.remedy}**"},
        "defaultConfiguration": {"level": LEVELS[check.severity]},
        "properties": {"tags": [check.group]},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    text = f"{finding.message}. {finding.hint}" if finding.hint else finding.message
    id = finding.subject
    logical = {"name": id.name, "fullyQualifiedName": name_of(id), "kind": "resource"}
    location: dict[str, Any] = {"logicalLocations": [logical]}
    if finding.origin:
        region = {"startLine": finding.origin.line}
        location["physicalLocation"] = {"artifactLocation": {"uri": finding.origin.path}, "region": region}
    known = {"ruleIndex": index[finding.check]} if finding.check in index else {}
    return {
        "ruleId": finding.check,
        **known,
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join([text, *chains(finding)])},
        "locations": [location],
        "partialFingerprints": {"subject/v1": f"{finding.check} {name_of(id)}"},
    }


def _suppressed(finding: Finding, reason: str, index: dict[str, int]) -> dict[str, Any]:
    why = {"justification": reason} if reason else {}
    return {**_result(finding, index), "suppressions": [{"kind": "external", **why}]}


def _notice(text: str) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": text}}
