"""What manifests take from other repositories: can it be had, and will it be the same tomorrow?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import RATE_LIMITED, LocalFacts, Snapshot
from kfinstall.resource import ResourceId

_MOVING: Final = frozenset({"", "main", "master", "HEAD", "develop", "latest"})
"""What names no one tree."""


def _find_remotes(snapshot: Snapshot) -> Iterator[Found]:
    facts = snapshot.local or LocalFacts()
    if facts.problem is not None and facts.problem.reason == RATE_LIMITED:
        name = facts.remotes[0].name if facts.remotes else "(remote)"
        yield Found(_subject(name), facts.problem.message, facts.problem.hint or "wait a while, or set GITHUB_TOKEN")
    for remote in facts.remotes:
        if remote.ref in _MOVING:
            what = f"the branch '{remote.ref}'" if remote.ref else "no version"
            yield Found(
                _subject(remote.name),
                f"it is named with {what}: tomorrow it may be another tree, and each build asks for it",
                "name a tag or a commit behind ?ref=, or keep a copy of it in the repository",
                origin=remote.origin,
                severity=Severity.WARNING,
            )


def _subject(name: str) -> ResourceId:
    return ResourceId("", "Repository", "", name)


CHECKS = (
    Check(
        "KF008",
        "What is taken from another repository cannot be had, or may change",
        Severity.ERROR,
        _find_remotes,
        remedy="Wait, or set GITHUB_TOKEN; name a tag or a commit; or keep a copy.",
        docs="""GitHub answers so many requests an hour of who has not logged in, and then 403 or 429. A remote base
that names a branch, or nothing, is fetched anew each time and changes under whoever installs it. The
files of the folder are read for it; nothing is fetched.""",
        needs=("local",),
        is_proven=True,
    ),
)
