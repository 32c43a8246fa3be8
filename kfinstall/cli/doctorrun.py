"""One run of `doctor`: what is to be looked at, the looking, and the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from kfinstall.apply import SystemClock
from kfinstall.cli import doctorview, output
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.source import read_source, settle_source
from kfinstall.cli.target import check_platform, read_platform, recognise, settle_platform
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.cluster.http import Acting
from kfinstall.cluster.kubeconfig import Endpoint, NoContextError, load_access
from kfinstall.doctor.asking import ask, ask_as
from kfinstall.doctor.bundle import read_bundle
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.checks.jupyter import servers, user_of
from kfinstall.doctor.choice import Suppression, parse_suppressions
from kfinstall.doctor.collect import collect
from kfinstall.doctor.formats import FORMATS
from kfinstall.doctor.ignoring import DEFAULT_FILE, ignored_in, read_ignored
from kfinstall.doctor.judge import judge, suffering, suppress
from kfinstall.doctor.local import look_around
from kfinstall.doctor.model import TOLD_AS, Check, Report, Severity
from kfinstall.doctor.remotes import remotes_in
from kfinstall.doctor.snapshot import NO_CONTEXT, RATE_LIMITED, Answers, LocalFacts, Problem, Snapshot
from kfinstall.errors import ClusterError, InputError, KfinstallError
from kfinstall.load.github import is_asked_too_often
from kfinstall.resource import Resource, id_of

CLEAN, FOUND, COULD_NOT_CHECK = 0, 1, 3
LOOK_AGAIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look at and how to judge it, as it was typed."""

    pre: bool = False
    rendered: str | None = None
    from_bundle: str | None = None
    chosen: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    suppressions: tuple[str, ...] = ()
    ignore_file: str | None = None
    fail_on: str = "error"
    exit_zero: bool = False
    wait_s: float = 0.0
    acting: str | None = None
    acting_groups: tuple[str, ...] = ()
    user: str | None = None


class Looked(NamedTuple):
    """What was seen, and what was found in it."""

    snapshot: Snapshot
    report: Report


def examine(asked: Asked, wanted: Wanted, access: Access, checks: Sequence[Check]) -> Looked:
    """Look, judge, and look again as long as something is found and there is time left.

    Raises: InputError for what is wrong on the command line or in the manifests.
    """
    _check_acting(asked)
    suppressions = (*parse_suppressions(asked.suppressions, CHECKS), *_ignored(asked.ignore_file))
    threshold = Severity(asked.fail_on)
    can_change = asked.from_bundle is None and asked.rendered is None
    ends_s = time.monotonic() + (asked.wait_s if can_change else 0.0)
    while True:
        snapshot, problem = _look(asked, wanted, access, checks)
        report = replace(judge(snapshot, checks), problems=(problem,) if problem else ())
        report = _counted(_of_user(report, asked.user, snapshot), snapshot, suppressions)
        left_s = ends_s - time.monotonic()
        if left_s <= 0 or not (report.at_least(threshold) or report.could_not_check):
            return Looked(snapshot, report)
        time.sleep(min(LOOK_AGAIN_S, left_s))


def _check_acting(asked: Asked) -> None:
    if (asked.acting or asked.acting_groups) and not asked.pre:
        raise InputError("--as goes with --pre: it asks what another may do", hint="add --pre, or leave out --as")
    if asked.acting_groups and not asked.acting:
        raise InputError("--as-group needs --as", hint="name a user: --as alice --as-group developers")


def _ignored(path: str | None) -> tuple[Suppression, ...]:
    """Read the file that was named, or the one that is in this folder."""
    if path is None and not Path(DEFAULT_FILE).is_file():
        return ()
    name = path or DEFAULT_FILE
    try:
        return read_ignored(Path(name).read_text(), name, CHECKS)
    except (OSError, UnicodeError) as error:
        hint = "name a file with a list 'ignore'; see docs/doctor.md"
        raise InputError(f"'{name}' cannot be read: {error}", hint=hint) from None


def _of_user(report: Report, user: str | None, snapshot: Snapshot) -> Report:
    """Give what is wrong with the Jupyter server of one user alone."""
    if user is None:
        return report
    own = {id_of(pod) for pod in servers(snapshot) if user_of(pod) == user}
    if not own:
        output.note(f"'{user}' has no Jupyter server now", "warn")
    return replace(report, findings=tuple(one for one in report.findings if own & {one.subject, *suffering(one)}))


def _counted(report: Report, snapshot: Snapshot, suppressions: tuple[Suppression, ...]) -> Report:
    """Give the report without what somebody has decided to live with, as long as that holds."""
    ignored = ignored_in(snapshot, suppressions, CHECKS)
    for remark in ignored.remarks:
        output.warning(remark)
    today = snapshot.now.date()
    return suppress(report, [ignored.reason(one, today) for one in report.findings])


def _look(asked: Asked, wanted: Wanted, access: Access, checks: Sequence[Check]) -> tuple[Snapshot, str]:
    """Give what is to be judged, and why the cluster could not be asked, if so."""
    if asked.from_bundle is not None:
        return read_bundle(asked.from_bundle), ""
    if asked.rendered is not None:
        return _rendered(asked.rendered, wanted)
    try:
        return _live(asked, wanted, access, checks), ""
    except (ClusterError, NoContextError) as problem:
        if isinstance(problem, NoContextError) and access.context is not None:
            raise
        reason = problem.reason if isinstance(problem, ClusterError) else NO_CONTEXT
        why = Problem(reason, problem.message, problem.hint)
        local = look_around(access.kubeconfig, _meant(access), Path(), why)
        return Snapshot(now=SystemClock().now(), local=local), str(problem)


def _rendered(folder: str, wanted: Wanted) -> tuple[Snapshot, str]:
    """Give manifests alone, and why they could not be had, where a server was asked for them too often."""
    now, remotes = SystemClock().now(), remotes_in(Path(folder))
    try:
        return Snapshot(now=now, rendered=_read(folder, wanted), local=LocalFacts(remotes=remotes)), ""
    except (InputError, ExceptionGroup) as error:
        if not is_asked_too_often(error):
            raise
        first = next(iter(output.leaves(error)))
        why = Problem(RATE_LIMITED, str(first), first.hint)
        return Snapshot(now=now, local=LocalFacts(problem=why, remotes=remotes)), str(first)


def _meant(access: Access) -> Endpoint:
    """Give which cluster is meant, where the kubeconfig can be read that far."""
    try:
        return load_access(access.kubeconfig, access.context).endpoint
    except KfinstallError:
        return Endpoint("", "")


def _read(folder: str, wanted: Wanted) -> tuple[Resource, ...]:
    """Read a folder as `apply` does: a project or a kustomization is built, of another each file is read."""
    return read_source(settle_source(replace(wanted, source=folder)), "").resources


def _live(asked: Asked, wanted: Wanted, access: Access, checks: Sequence[Check]) -> Snapshot:
    with connect(access.kubeconfig, access.context) as cluster:
        now = SystemClock().now()
        local = look_around(access.kubeconfig, cluster.describe(), Path())
        if not asked.pre and wanted.source is None:
            return collect(cluster, checks, now, local=local)
        wanted = settle_source(wanted)
        if wanted.source not in (None, "-"):
            local = replace(local, remotes=remotes_in(Path(str(wanted.source))))
        check_platform(wanted)
        platform = settle_platform(wanted, recognise(cluster, read_platform(cluster)), allow_mismatch=True)
        rendered: tuple[Resource, ...] = read_source(wanted, platform).resources
        answers = _ask(rendered, cluster, asked, access) if asked.pre else None
        return collect(cluster, checks, now, rendered=rendered, chosen=platform, local=local, answers=answers)


def _ask(rendered: tuple[Resource, ...], cluster: ApiCluster, asked: Asked, access: Access) -> Answers:
    """Ask what this user may do, or whom it acts as."""
    if asked.acting is None:
        return ask(rendered, cluster)
    acting = Acting(asked.acting, asked.acting_groups)
    with connect(access.kubeconfig, access.context, acting=acting) as other:
        return ask_as(acting.user, rendered, other)


def show(report: Report, checks: Sequence[Check], format: str) -> None:
    """Print the report and nothing else."""
    views: dict[str, Callable[[Report], object]] = {
        "text": lambda found: output.lines(doctorview.text(found)),
        "short": lambda found: output.lines(doctorview.short(found)),
    }
    if format in views:
        views[format](report)
    else:
        output.raw(FORMATS[format](report, checks))


def exit_code(report: Report, asked: Asked) -> int:
    """Give the exit code, the same for every format; what was not checked is never passed over in silence."""
    if report.could_not_check:
        return COULD_NOT_CHECK
    return FOUND if report.at_least(Severity(asked.fail_on)) and not asked.exit_zero else CLEAN


def find_check(checks: Sequence[Check], id: str) -> Check:
    """Give the check of this id.

    Raises: InputError when there is none.
    """
    wanted = TOLD_AS.get(id.upper(), id.upper())
    found = next((check for check in checks if check.id == wanted), None)
    if found is None:
        raise InputError(f"there is no check '{id}'", hint="see 'kfinstall doctor --list'")
    return found
