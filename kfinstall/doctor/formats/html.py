"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from kfinstall.doctor.formats.words import chains, name_of, sufferers, tally
from kfinstall.doctor.model import Check, Finding, Report
from kfinstall.errors import printable

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
article{border-left:4px solid #888;padding:.1rem 1rem;margin:1rem 0}
article.error{border-color:#c62828}article.warning{border-color:#ef8f00}article.info{border-color:#1565c0}
code{background:#eee;padding:.1rem .3rem}dt{font-weight:600}dd{margin:0 0 .4rem 1rem}"""


def as_html(report: Report, checks: Sequence[Check]) -> str:
    """Give a page with an article for each finding, the most important first. It loads and runs nothing."""
    titles = {check.id: check.title for check in checks}
    return "\n".join(_lines(report, titles)) + "\n"


def _lines(report: Report, titles: dict[str, str]) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><title>kfinstall doctor</title>'
    yield f"<style>{_STYLE}</style></head><body>"
    yield f"<h1>kfinstall doctor</h1><p>{_safe(tally(report))}; {len(report.ran)} checks ran"
    yield f"{' on ' + _safe(report.cluster) if report.cluster else ''}.</p>"
    yield from (f"<p><strong>Could not check:</strong> {_safe(problem)}</p>" for problem in report.problems)
    for finding in report.findings:
        yield from _article(finding, titles)
    if report.skipped:
        yield "<h2>Not checked</h2><ul>"
        yield from (f"<li>{check}: {_safe(reason)}</li>" for check, reason in report.skipped)
        yield "</ul>"
    if report.suppressed:
        yield f"<p>{len(report.suppressed)} suppressed.</p>"
    yield "</body></html>"


def _article(finding: Finding, titles: dict[str, str]) -> Iterator[str]:
    yield f'<article class="{finding.severity}" id="{finding.check}">'
    yield f"<h2>{_safe(name_of(finding.subject))} <small>{finding.check} {finding.severity}</small></h2>"
    yield f"<p>{_safe(finding.message)}.</p><dl>"
    yield f"<dt>What to do</dt><dd>{_safe(finding.hint)}</dd>"
    facts = [
        ("Written at", str(finding.origin) if finding.origin else ""),
        ("Suffers from it", sufferers(finding)),
        *(("Chain", chain) for chain in chains(finding)),
        *(("Seen", text) for text in finding.evidence),
        ("Check", titles.get(finding.check, "")),
    ]
    yield from (f"<dt>{name}</dt><dd>{_safe(text)}</dd>" for name, text in facts if text)
    yield "</dl></article>"


def _safe(text: str) -> str:
    return escape(printable(text))
