"""What `doctor` shows a person: causes first, each with what it does harm to and what to do about it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kfinstall.cli import output
from kfinstall.cli.output import Style
from kfinstall.doctor.formats.words import chains, name_of, page_of, sufferers, tally
from kfinstall.doctor.model import Check, Finding, Report, Severity, group_of
from kfinstall.errors import printable

STYLES: dict[Severity, Style] = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "change"}
_INDENT = 9
_CHAINS = 3
_IGNORED = 5
_FEW = 4
"""So many findings fit on a screen: of more the first lines say what there is."""
_FIRST = 3


def text(report: Report) -> Iterator[str]:
    """Lay out the whole report; the last lines say what there is and what to do first, of a long one the first too."""
    if len(report.findings) > _FEW:
        yield from _beginning(report)
    for finding in report.findings:
        yield from _finding(finding)
        yield ""
    yield from _not_looked_at(report)
    yield from _ending(report)


def _beginning(report: Report) -> Iterator[str]:
    """Say how much there is of what, and what to do first, on one screen whatever comes after it."""
    groups = Counter(group_of(finding.check) for finding in report.findings)
    told = ", ".join(f"{group} {count}" for group, count in groups.most_common())
    yield from _wrapped(f"{tally(report)}: {told}", "  ")
    yield output.styled("What to do first:", "bold")
    for number, finding in enumerate(report.findings[:_FIRST], 1):
        yield from _wrapped(f"  {number}  {finding.check} {name_of(finding.subject)}: {finding.hint}", " " * 5)
    yield ""


def short(report: Report) -> Iterator[str]:
    """Give one line a finding, to paste into a chat, and the count."""
    for finding in report.findings:
        place = f"{finding.origin}: " if finding.origin else ""
        said = f"{finding.check} {finding.severity:<7} {place}{name_of(finding.subject)}: {finding.message}"
        yield output.styled(printable(said), STYLES[finding.severity])
    yield _summary(report)


def listed(checks: Sequence[Check]) -> Iterator[str]:
    """Give the catalogue as a table."""
    rows = [
        (check.id, check.severity.value, check.group, check.fix, "" if check.is_proven else "experimental", check.title)
        for check in checks
    ]
    yield from output.table(["CHECK", "SEVERITY", "GROUP", "FIX", "", "WHAT IT FINDS"], rows)


def explained(check: Check, asked: str) -> Iterator[str]:
    """Give what is known of one check, and that it tells what was asked for, where that is another id."""
    if asked.upper() != check.id:
        yield f"{asked.upper()} is told as {check.id}:"
    yield output.styled(f"{check.id}  {check.title}", "bold")
    yield f"{check.severity}, group {check.group}" + ("" if check.is_proven else ", experimental")
    yield ""
    for paragraph in check.docs.split("\n\n"):
        yield from textwrap.wrap(" ".join(paragraph.split()), output.width(), break_on_hyphens=False)
        yield ""
    yield from _wrapped(f"Remedy: {check.remedy}", "")
    if check.reads:
        yield from _wrapped(f"Reads: {', '.join(map(str, check.reads))}", "")


def _finding(finding: Finding) -> Iterator[str]:
    head = f"{finding.severity.value:<7}"
    lead = output.styled(head, STYLES[finding.severity]) + "  "
    told = f"{' ' * _INDENT}{finding.check} {name_of(finding.subject)}: {finding.message}"
    first, *rest = _wrapped(told, " " * _INDENT)
    yield lead + first[_INDENT:]
    yield from rest
    if finding.origin:
        yield from _fact("at", str(finding.origin), None)
    harmed = sufferers(finding)
    ways = chains(finding)
    if harmed and not ways:
        yield from _fact("harms", harmed, None)
    for way in ways[:_CHAINS]:
        yield from _fact("chain", way, None)
    if len(ways) > _CHAINS:
        yield from _fact("chain", f"and {len(ways) - _CHAINS} more", None)
    for said in finding.evidence[:2]:
        yield from _fact("seen", said, "dim")
    yield from _fact("fix", finding.hint, "bold")
    yield from _fact("more", f"kfinstall doctor --explain {finding.check} ({page_of(finding.check)})", "dim")


def _fact(name: str, said: str, style: Style | None) -> Iterator[str]:
    if not said:
        return
    first, *rest = _wrapped(f"{' ' * _INDENT}{name:<7}{printable(said)}", " " * (_INDENT + 7))
    yield first[: _INDENT + 7] + output.styled(first[_INDENT + 7 :], style)
    yield from (line[: _INDENT + 7] + output.styled(line[_INDENT + 7 :], style) for line in rest)


def _wrapped(said: str, indent: str) -> list[str]:
    return textwrap.wrap(
        printable(said), output.width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _not_looked_at(report: Report) -> Iterator[str]:
    for problem in report.problems:
        yield from _wrapped(f"could not check: {problem.partition(chr(10))[0]}", "  ")
    reasons: dict[str, list[str]] = {}
    for check, reason in report.skipped:
        reasons.setdefault(reason, []).append(check)
    for reason, ids in reasons.items():
        yield from _wrapped(f"skipped {', '.join(ids)}: {reason}", "  ")
    for finding, reason in list(zip(report.suppressed, report.why_suppressed, strict=True))[:_IGNORED]:
        because = f", because: {reason}" if reason else ""
        yield from _wrapped(f"suppressed {finding.check} {name_of(finding.subject)}{because}", "  ")
    if len(report.suppressed) > _IGNORED:
        yield f"and {len(report.suppressed) - _IGNORED} more that are suppressed"
    if report.skipped or report.problems or report.suppressed:
        yield ""


def _ending(report: Report) -> Iterator[str]:
    worst = next(iter(report.findings), None)
    for line in _wrapped(_summary(report), "  "):
        yield output.styled(line, STYLES[worst.severity] if worst else "good")
    if worst is not None and worst.severity is not Severity.INFO:
        yield from _wrapped(f"first: {worst.hint}", "       ")


def _summary(report: Report) -> str:
    parts = [tally(report), f"{len(report.ran)} checks ran"]
    parts += _counted(("suppressed", report.suppressed), ("skipped", report.skipped))
    return "; ".join(parts) + (f" on {report.cluster}" if report.cluster else "")


def _counted(*told: tuple[str, Sequence[object]]) -> Iterable[str]:
    return (f"{len(found)} {word}" for word, found in told if found)
