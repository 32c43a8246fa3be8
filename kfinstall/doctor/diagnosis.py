"""Why one resource is not healthy: what an apply asks when it gives up on one. Read once, narrow, and only then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import Final, NamedTuple

from kfinstall.apply.diagnosis import Diagnose, Diagnosis
from kfinstall.apply.protocols import Clock
from kfinstall.doctor.causes import places_of
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.collect import Asked, collect
from kfinstall.doctor.judge import judge
from kfinstall.doctor.model import Check, Finding
from kfinstall.doctor.relations import path_to
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.resource import ResourceId

FRESH_S: Final = 10.0
"""So long what was seen once explains what fails after it: much fails in the same moment."""
FEW: Final = 4
"""In more namespaces than this a kind is read whole: that is fewer requests."""
DEEPER: Final[Mapping[str, tuple[str, ...]]] = {"KF501": ("KF502", "KF504", "KF505")}
"""What is found in manifests explains what is seen live: an image cannot be pulled because its registry is no more."""
_DEEP: Final = frozenset(id for ids in DEEPER.values() for id in ids)
_REFUSALS: Final = frozenset({"KF206"})
"""Found in manifests too, and surely a cause: no such pod is ever let in."""
ASKED: Final[tuple[Check, ...]] = tuple(one for one in CHECKS if one.needs == ("live",) or one.id in _DEEP | _REFUSALS)
"""Of what else is only written, most is no cause of anything yet."""


class Seen(NamedTuple):
    """What was collected, when, and what was found in it."""

    at_s: float
    snapshot: Snapshot
    findings: tuple[Finding, ...]


def make_diagnose(cluster: Asked, clock: Clock, namespaces: Collection[str]) -> Diagnose:
    """Give what finds out why something is not healthy.

    In:  `namespaces`, those the run is about: of kinds that explain only what is beside them no others are read.
    """
    places = frozenset(namespaces) - {""}
    narrow = places if len(places) <= FEW else None
    return remembering(lambda: _look(cluster, clock, narrow), clock)


def remembering(look: Callable[[], Seen], clock: Clock) -> Diagnose:
    """Give what looks when it is first asked, and anew only when that was a while ago; one looks at a time."""
    lock = Lock()
    last: list[Seen] = []

    def diagnose(id: ResourceId) -> Diagnosis | None:
        with lock:
            if not last or clock.monotonic() - last[0].at_s > FRESH_S:
                last[:] = [look()]
        return find_cause(id, last[0].findings, last[0].snapshot)

    return diagnose


def _look(cluster: Asked, clock: Clock, namespaces: Collection[str] | None) -> Seen:
    snapshot = collect(cluster, ASKED, clock.now(), namespaces=namespaces)
    return Seen(clock.monotonic(), snapshot, judge(snapshot, ASKED).findings)


def find_cause(id: ResourceId, findings: Collection[Finding], snapshot: Snapshot) -> Diagnosis | None:
    """Give the finding nearest to a resource on the way along what it leans on; None where none is on it.

    What only repeats that something is unwell is no cause.
    """
    symptoms = {check.id for check in CHECKS if check.is_symptom}
    roots = [one for one in findings if one.check not in symptoms | _DEEP]
    places = places_of(roots)
    way = path_to(id, places.keys(), snapshot)
    if way is None:
        return None
    cause = _deepest(roots[places[way[-1]]], findings)
    chain = way if way[-1] == cause.subject else (*way, cause.subject)
    return Diagnosis(cause.check, cause.subject, cause.message, cause.hint, chain)


def _deepest(cause: Finding, findings: Collection[Finding]) -> Finding:
    """Give what is behind a cause, where that was found too: about the same resource, or one that it suffers from."""
    wanted = DEEPER.get(cause.check, ())
    return next(
        (one for one in findings if one.check in wanted and cause.subject in (one.subject, *one.affects)), cause
    )
