"""Which checks to run and which findings to leave out, as a person says it: ids, patterns, groups, objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from kfinstall.doctor.model import GROUPS, TOLD_AS, Check, Finding
from kfinstall.errors import InputError, did_you_mean


def choose(checks: Sequence[Check], only: Sequence[str], skip: Sequence[str]) -> tuple[Check, ...]:
    """Give the checks to run: those that `only` names (all, if it names none) but for those that `skip` names.

    In:      ids (`KF301`), patterns (`KF3*`) and names of groups (`storage`), case does not matter.
    Raises:  InputError for a word that names nothing.
    """
    wanted = _named(checks, only) if only else {check.id for check in checks}
    return tuple(check for check in checks if check.id in wanted - _named(checks, skip))


def _named(checks: Sequence[Check], words: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for word in (part.strip() for given in words for part in given.split(",")):
        ids = {check.id for check in checks if _matches(check, word)}
        if not ids:
            known = [*(check.id for check in checks), *GROUPS.values()]
            raise InputError(
                f"no check is called '{word}'", hint=did_you_mean(word, known) or "see 'kfinstall doctor --list'"
            )
        found |= ids
    return found


def _matches(check: Check, word: str) -> bool:
    id = TOLD_AS.get(word.upper(), word.upper())
    return fnmatchcase(check.id, id) or check.group == word.lower()


class Suppression(NamedTuple):
    """Findings to leave out: of which checks, and about which object (`Kind namespace/name`, `*` for any part).

    `until` is the last day on which it holds.
    """

    check: str
    subject: str
    reason: str = ""
    until: date | None = None

    def holds(self, today: date) -> bool:
        """Is it still to be left out?"""
        return self.until is None or today <= self.until

    def covers(self, finding: Finding) -> bool:
        """Is this finding one of them?"""
        if not fnmatchcase(finding.check, self.check):
            return False
        id = finding.subject
        name = f"{id.namespace}/{id.name}" if id.namespace else id.name
        return not self.subject or any(
            fnmatchcase(text, self.subject) for text in (f"{id.kind} {name}", f"{id.group_kind} {name}")
        )


def pattern_of(word: str, checks: Iterable[Check]) -> str | None:
    """Give an id, or a pattern of ids, as findings have it; None where no check is called so."""
    id = word.strip().upper()
    pattern = TOLD_AS.get(id, id)
    return pattern if any(fnmatchcase(check.id, pattern) for check in checks) else None


def parse_suppressions(words: Iterable[str], checks: Sequence[Check]) -> tuple[Suppression, ...]:
    """Read `KF503`, `KF5*` or `KF503=Deployment kubeflow/x`.

    Raises: InputError for anything else, and for an id that no check has.
    """
    return tuple(_suppression(word, checks) for word in words)


def _suppression(word: str, checks: Sequence[Check]) -> Suppression:
    check, _, subject = word.partition("=")
    pattern = pattern_of(check, checks)
    if pattern is None:
        raise InputError(
            f"--suppress '{word}' names no check", hint="write KF503, or 'KF503=Deployment kubeflow/x' for one object"
        )
    return Suppression(pattern, subject.strip())
