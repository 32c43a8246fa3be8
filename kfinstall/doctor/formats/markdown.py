"""The report as Markdown, to paste into an issue or a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kfinstall.doctor.formats.words import chains, name_of, sufferers, tally
from kfinstall.doctor.model import Check, Finding, Report
from kfinstall.errors import printable


def as_markdown(report: Report, checks: Sequence[Check]) -> str:
    """Give a heading for each finding, the most important first, and what was not looked at."""
    titles = {check.id: check.title for check in checks}
    return "\n".join(_lines(report, titles)) + "\n"


def _lines(report: Report, titles: dict[str, str]) -> Iterator[str]:
    yield "# kfinstall doctor"
    yield ""
    yield f"{tally(report)}; {len(report.ran)} checks ran" + (f" on {report.cluster}" if report.cluster else "") + "."
    for problem in report.problems:
        yield ""
        yield f"**Could not check:** {_safe(problem)}"
    for finding in report.findings:
        yield from _section(finding, titles)
    if report.skipped:
        yield from ("", "## Not checked", "")
        yield from (f"- {check}: {_safe(reason)}" for check, reason in report.skipped)
    if report.suppressed:
        yield from ("", f"{len(report.suppressed)} suppressed.")


def _section(finding: Finding, titles: dict[str, str]) -> Iterator[str]:
    yield from ("", f"## {finding.severity}: {_safe(name_of(finding.subject))} ({finding.check})", "")
    yield f"{_safe(finding.message)}."
    facts = [
        ("Written at", str(finding.origin) if finding.origin else ""),
        ("What to do", finding.hint),
        ("Suffers from it", sufferers(finding)),
        *(("Chain", chain) for chain in chains(finding)),
        *(("Seen", text) for text in finding.evidence),
        ("Check", f"{finding.check}, {titles.get(finding.check, 'a check failed')}"),
    ]
    yield ""
    yield from (f"- {name}: {_safe(text)}" for name, text in facts if text)


def _safe(text: str) -> str:
    """Give a text that Markdown shows as it is: names in a cluster may hold anything."""
    shown = printable(text)
    for mark in "\\`*_<>[]|":
        shown = shown.replace(mark, f"\\{mark}")
    return shown
