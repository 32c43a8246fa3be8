"""Gather the facts of a cluster: each kind is listed once, several at a time. Nothing is judged here.

The values of Secrets are dropped as they arrive; what may not be read is noted with the reason and is no failure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from kfinstall.apply.protocols import Cluster
from kfinstall.cluster.redact import redactor, secret_values
from kfinstall.doctor.kinds import ALWAYS, EVENT, OF_ITS_NAMESPACE, POD, SECRET
from kfinstall.doctor.logs import read_logs, wanted_logs
from kfinstall.doctor.model import Check
from kfinstall.doctor.snapshot import Answers, LocalFacts, Snapshot
from kfinstall.errors import ClusterError
from kfinstall.plan.mask import mask
from kfinstall.resource import GroupKind, Manifest, Resource

WORKERS = 8
FORBIDDEN = 403


class Asked(Cluster, Protocol):
    """The cluster of an apply, and what else is asked here."""

    @property
    def clock_ahead_s(self) -> float:
        """By how many seconds the server's clock is ahead."""

    def server_version(self) -> str:
        """Give the server's version."""

    def text(self, path: str) -> str:
        """Give the answer of a GET as it is."""

    def broken_groups(self) -> tuple[str, ...]:
        """Give the group/versions whose APIService does not answer."""


def collect(
    cluster: Asked,
    checks: Sequence[Check],
    now: datetime,
    *,
    rendered: tuple[Resource, ...] | None = None,
    chosen: str = "",
    local: LocalFacts | None = None,
    answers: Answers | None = None,
    namespaces: Collection[str] | None = None,
) -> Snapshot:
    """Give what the checks want to know of a cluster.

    In:      `rendered`, `chosen`, `local` and `answers`, which others have gathered, are put in as they are;
             `namespaces`, to read no more than what can explain something in these.
    Raises:  ClusterError when the server does not say what kinds it serves.
    """
    kinds = cluster.kinds()
    endpoint = cluster.describe()
    manifests, unread = read(cluster, wanted_kinds(checks), namespaces)
    secrets = [value for one in manifests.get(SECRET, ()) for value in secret_values(one)]
    hide = redactor(secrets)
    manifests = {kind: _without_secrets(kind, found, hide) for kind, found in manifests.items()}
    logs = read_logs(cluster, wanted_logs(manifests.get(POD, ())))
    return Snapshot(
        now=now,
        manifests=manifests,
        unread=unread,
        kinds=kinds,
        broken_groups=cluster.broken_groups(),
        version=cluster.server_version(),
        cluster=f"{endpoint.context} at {endpoint.server}",
        rendered=rendered,
        chosen=chosen,
        local=local,
        answers=answers,
        clock_ahead_s=cluster.clock_ahead_s,
        logs={place: hide(text) for place, text in logs.items()},
    )


def wanted_kinds(checks: Iterable[Check]) -> tuple[GroupKind, ...]:
    """Give the kinds that these checks read, each once."""
    return tuple(dict.fromkeys([*ALWAYS, *(kind for check in checks for kind in (*check.reads, *check.helps))]))


def read(
    cluster: Cluster, kinds: Sequence[GroupKind], namespaces: Collection[str] | None = None
) -> tuple[Mapping[GroupKind, Sequence[Manifest]], Mapping[GroupKind, str]]:
    """List each kind once, or once in each of the namespaces.

    A kind that is not served has no manifests; one that may not be read is named with why.
    """
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-doctor") as pool:
        answers = list(pool.map(lambda kind: _list(cluster, kind, namespaces), kinds))
    found = dict(zip(kinds, answers, strict=True))
    manifests = {kind: answer for kind, answer in found.items() if not isinstance(answer, str)}
    return manifests, {kind: answer for kind, answer in found.items() if isinstance(answer, str)}


def _list(cluster: Cluster, kind: GroupKind, namespaces: Collection[str] | None) -> tuple[Manifest, ...] | str:
    """List a kind as far as it is wanted, and where the whole may not be read, what of it may."""
    info = cluster.kinds().get(kind)
    places = sorted(namespaces or ()) if info is not None and info.is_namespaced else []
    is_narrow = bool(places) and kind in OF_ITS_NAMESPACE
    try:
        return _list_in(places if is_narrow else [None], kind, cluster)
    except ClusterError as error:
        if error.status != FORBIDDEN or is_narrow or not places:
            return error.message
    try:
        return _list_in(places, kind, cluster)
    except ClusterError as error:
        return error.message


def _list_in(places: Iterable[str | None], kind: GroupKind, cluster: Cluster) -> tuple[Manifest, ...]:
    return tuple(manifest for place in places for manifest in cluster.list(kind, place))


def _without_secrets(kind: GroupKind, manifests: Sequence[Manifest], hide: Callable[[str], str]) -> Sequence[Manifest]:
    """Drop the values of Secrets, and what repeats them in the words of others."""
    if kind == SECRET:
        return tuple(map(mask, manifests))
    if kind == EVENT:
        return tuple({**one, "message": hide(str(one.get("message") or ""))} for one in manifests)
    return manifests
