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
from kfinstall.cluster.kubeconfig import load_access
from kfinstall.doctor.asking import ask
from kfinstall.doctor.bundle import read_bundle
from kfinstall.doctor.choice import parse_suppressions
from kfinstall.doctor.collect import collect
from kfinstall.doctor.formats import FORMATS
from kfinstall.doctor.judge import judge, suppress
from kfinstall.doctor.local import look_around
from kfinstall.doctor.model import Check, Report, Severity
from kfinstall.doctor.snapshot import Problem, Snapshot
from kfinstall.errors import ClusterError, InputError, KfinstallError
from kfinstall.resource import Resource

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
    fail_on: str = "error"
    wait_s: float = 0.0


class Looked(NamedTuple):
    """What was seen, and what was found in it."""

    snapshot: Snapshot
    report: Report


def examine(asked: Asked, wanted: Wanted, access: Access, checks: Sequence[Check]) -> Looked:
    """Look, judge, and look again as long as something is found and there is time left.

    Raises: InputError for what is wrong on the command line or in the manifests.
    """
    suppressions = parse_suppressions(asked.suppressions)
    threshold = Severity(asked.fail_on)
    ends_s = time.monotonic() + asked.wait_s
    while True:
        snapshot, problem = _look(asked, wanted, access, checks)
        report = replace(judge(snapshot, checks), problems=(problem,) if problem else ())
        report = suppress(report, [any(one.covers(found) for one in suppressions) for found in report.findings])
        is_late = time.monotonic() + LOOK_AGAIN_S > ends_s
        if is_late or not (report.at_least(threshold) or report.could_not_check):
            return Looked(snapshot, report)
        time.sleep(LOOK_AGAIN_S)


def _look(asked: Asked, wanted: Wanted, access: Access, checks: Sequence[Check]) -> tuple[Snapshot, str]:
    """Give what is to be judged, and why the cluster could not be asked, if so."""
    if asked.from_bundle is not None:
        return read_bundle(asked.from_bundle), ""
    if asked.rendered is not None:
        return Snapshot(now=SystemClock().now(), rendered=_read(asked.rendered, wanted)), ""
    try:
        return _live(asked, wanted, access, checks), ""
    except ClusterError as problem:
        why = Problem(problem.reason, problem.message, problem.hint)
        local = look_around(access.kubeconfig, _server(access), Path(), why)
        return Snapshot(now=SystemClock().now(), local=local), str(problem)


def _server(access: Access) -> str:
    """Give the server that is meant, where the kubeconfig can be read that far."""
    try:
        return load_access(access.kubeconfig, access.context).endpoint.server
    except KfinstallError:
        return ""


def _read(folder: str, wanted: Wanted) -> tuple[Resource, ...]:
    """Read a folder as `apply` does: a project or a kustomization is built, of another each file is read."""
    return read_source(settle_source(replace(wanted, source=folder)), "").resources


def _live(asked: Asked, wanted: Wanted, access: Access, checks: Sequence[Check]) -> Snapshot:
    with connect(access.kubeconfig, access.context) as cluster:
        now = SystemClock().now()
        local = look_around(access.kubeconfig, cluster.describe().server, Path())
        if not asked.pre and wanted.source is None:
            return collect(cluster, checks, now, local=local)
        wanted = settle_source(wanted)
        check_platform(wanted)
        platform = settle_platform(wanted, recognise(cluster, read_platform(cluster)), allow_mismatch=True)
        rendered: tuple[Resource, ...] = read_source(wanted, platform).resources
        answers = ask(rendered, cluster) if asked.pre else None
        return collect(cluster, checks, now, rendered=rendered, chosen=platform, local=local, answers=answers)


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


def exit_code(report: Report, fail_on: str) -> int:
    """Give the exit code, the same for every format."""
    if report.could_not_check:
        return COULD_NOT_CHECK
    return FOUND if report.at_least(Severity(fail_on)) else CLEAN


def find_check(checks: Sequence[Check], id: str) -> Check:
    """Give the check of this id.

    Raises: InputError when there is none.
    """
    found = next((check for check in checks if check.id == id.upper()), None)
    if found is None:
        raise InputError(f"there is no check '{id}'", hint="see 'kfinstall doctor --list'")
    return found
