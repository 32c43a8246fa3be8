"""Findings that come from one another: a symptom stands below its cause, with the way that leads there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from kfinstall.doctor.model import Finding, Severity
from kfinstall.doctor.relations import path_to
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.resource import ResourceId


def by_cause(findings: Sequence[Finding], symptoms: AbstractSet[str], snapshot: Snapshot) -> Iterator[Finding]:
    """Give the findings of which none comes from another; each has below it those that come from it.

    In: `symptoms`, the ids of checks whose findings always come from something. One whose cause was not found stands
        alone. Where several causes would do, the nearest by the way of the objects is taken.
    """
    roots = [one for one in findings if one.check not in symptoms]
    places = places_of(roots)
    below: dict[int, list[Finding]] = defaultdict(list)
    for symptom in (one for one in findings if one.check in symptoms):
        if found := _cause_of(symptom, places, snapshot):
            index, way = found
            below[index].append(replace(symptom, through=way))
        else:
            roots.append(symptom)
    for index, root in enumerate(roots):
        yield _with_symptoms(root, below[index]) if below[index] else root


def _with_symptoms(root: Finding, symptoms: Sequence[Finding]) -> Finding:
    """Give a cause with what comes from it; it is as bad as the worst of that."""
    worst = min((root.severity, *(one.severity for one in symptoms)), key=lambda severity: severity.rank)
    return replace(root, symptoms=tuple(symptoms), severity=worst)


def places_of(roots: Sequence[Finding]) -> dict[ResourceId, int]:
    """Say where a cause was found: where an error is, and at what suffers from an error or a warning."""
    places: dict[ResourceId, int] = {}
    for index, root in enumerate(roots):
        if root.severity is Severity.ERROR:
            places.setdefault(root.subject, index)
    for severity in (Severity.ERROR, Severity.WARNING):
        for index, root in enumerate(roots):
            for id in root.affects if root.severity is severity else ():
                places.setdefault(id, index)
    return places


def _cause_of(
    symptom: Finding, places: dict[ResourceId, int], snapshot: Snapshot
) -> tuple[int, tuple[ResourceId, ...]] | None:
    ways = [path_to(start, places.keys(), snapshot) for start in (symptom.subject, *symptom.affects)]
    for way in ways:
        if way:
            return places[way[-1]], way
    return None
