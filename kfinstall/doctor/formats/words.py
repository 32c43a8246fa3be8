"""What several formats say the same way."""

from __future__ import annotations

from collections.abc import Sequence

from kfinstall.doctor.judge import suffering
from kfinstall.doctor.model import Finding, Report, Severity
from kfinstall.resource import ResourceId


def name_of(id: ResourceId) -> str:
    """Give a resource as a person calls it: `Deployment kubeflow/minio`."""
    return f"{id.kind} {id.namespace}/{id.name}" if id.namespace else f"{id.kind} {id.name}".strip()


def page_of(check: str) -> str:
    """Give where the page of a check is, from the top of the repository."""
    return f"docs/doctor/{check}.md"


def chains(finding: Finding) -> tuple[str, ...]:
    """Give, for each symptom, the way from it to this cause: `Pod x ← PersistentVolumeClaim y ← KF301`."""
    return tuple(dict.fromkeys(_chain(symptom, finding) for symptom in finding.symptoms))


def _chain(symptom: Finding, cause: Finding) -> str:
    way = [*symptom.through]
    ends_here = bool(way) and way[-1] == cause.subject
    return " ← ".join([*map(name_of, way), *([] if ends_here else [name_of(cause.subject)])])


def tally(report: Report) -> str:
    """Give the findings counted: `2 errors, 1 warning`; `nothing found` for none."""
    counts = [(sum(one.severity is severity for one in report.findings), severity) for severity in Severity]
    words = [f"{count} {_plural(severity, count)}" for count, severity in counts if count]
    return ", ".join(words) or "nothing found"


def _plural(severity: Severity, count: int) -> str:
    noun = "remark" if severity is Severity.INFO else severity.value
    return noun if count == 1 else f"{noun}s"


def sufferers(finding: Finding, limit: int = 3) -> str:
    """Name what suffers from a finding: the first of them, and how many more."""
    found: Sequence[ResourceId] = suffering(finding)
    rest = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(map(name_of, found[:limit])) + rest
