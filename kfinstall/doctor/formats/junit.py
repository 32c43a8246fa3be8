"""The report as JUnit XML: a test case for each check."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from kfinstall.doctor.formats.words import chains, name_of
from kfinstall.doctor.model import CRASH, Check, Finding, Report, Severity
from kfinstall.errors import printable


def as_junit(report: Report, checks: Sequence[Check]) -> str:
    """Give a suite with one case a check: failed by errors and warnings, with an error where it could not be run."""
    suite = Element("testsuite", name="kfinstall doctor")
    skipped = dict(report.skipped)
    cases = 0
    for check in checks:
        if check.id in report.ran or check.id in skipped:
            cases += 1
            case = SubElement(suite, "testcase", classname=check.group, name=f"{check.id} {check.title}")
            if check.id in skipped:
                SubElement(case, "skipped", message=printable(skipped[check.id]))
            _failures(case, [one for one in report.findings if one.check == check.id])
    for crash in (one for one in report.findings if one.check == CRASH):
        cases += 1
        case = SubElement(suite, "testcase", classname="doctor", name=f"{CRASH} {crash.subject.name}")
        SubElement(case, "error", message=printable(crash.message))
    for problem in report.problems:
        cases += 1
        case = SubElement(suite, "testcase", classname="doctor", name="the cluster is asked")
        SubElement(case, "error", message=printable(problem))
    for name in ("failure", "error", "skipped"):
        suite.set({"failure": "failures", "error": "errors"}.get(name, name), str(len(suite.findall(f"*/{name}"))))
    suite.set("tests", str(cases))
    indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def _failures(case: Element, findings: Sequence[Finding]) -> None:
    told = [one for one in findings if one.severity is not Severity.INFO]
    if told:
        failure = SubElement(case, "failure", message=printable(told[0].message), type=told[0].severity.value)
        failure.text = "\n".join(line for one in told for line in _lines(one))
    remarks = [one for one in findings if one.severity is Severity.INFO]
    if remarks:
        SubElement(case, "system-out").text = "\n".join(line for one in remarks for line in _lines(one))


def _lines(finding: Finding) -> list[str]:
    place = f"{finding.origin}: " if finding.origin else ""
    said = [f"{place}{name_of(finding.subject)}: {finding.message}", *chains(finding), f"hint: {finding.hint}"]
    return list(map(printable, said))
