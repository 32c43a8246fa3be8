"""One run from the question to the last screen: what apply and delete have in common."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kfinstall.apply import (
    RECORD_NAMESPACE,
    Installation,
    Options,
    SystemClock,
    check_adoption,
    find_revision,
    install,
    look,
    look_to_uninstall,
    read_history,
    read_revision,
    uninstall,
)
from kfinstall.apply.events import Event
from kfinstall.apply.protocols import Cluster
from kfinstall.catalog import NAMESPACE
from kfinstall.cli import output
from kfinstall.cli.addresses import addresses, live_doors
from kfinstall.cli.asking import confirm
from kfinstall.cli.ending import verdict, what_next, what_runs, where
from kfinstall.cli.interrupts import two_steps
from kfinstall.cli.options import Access
from kfinstall.cli.pages import first_page
from kfinstall.cli.planview import by_component, left, lost, notable, removes, summary
from kfinstall.cli.preflight import begin_preflight, diagnose_in
from kfinstall.cli.progress import follow
from kfinstall.cli.rows import components_of, rows
from kfinstall.cli.target import Job
from kfinstall.errors import ClusterError, KfinstallError, UnhealthyError
from kfinstall.resource import Resource, ResourceId

if TYPE_CHECKING:
    from kfinstall.cluster.api import ApiCluster
    from kfinstall.doctor.preflight import Facts


def run_apply(
    cluster: ApiCluster,
    job: Job,
    how: Options,
    *,
    access: Access,
    yes: bool,
    format: output.Format,
    skip_preflight: bool = False,
) -> None:
    """Show what will be done, stop where it would surely fail, ask, do it, and show what runs.

    Raises:  what the run raises, after what it did was shown.
    """
    known = None if skip_preflight else job.seen
    _apply(cluster, job.source.resources, job.target, how, access=access, yes=yes, format=format, known=known)


def run_apply_or_rollback(
    cluster: ApiCluster,
    job: Job,
    how: Options,
    *,
    access: Access,
    yes: bool,
    format: output.Format,
    skip_preflight: bool = False,
) -> None:
    """Do the same; where something failed, go back to the last healthy revision.

    Raises:  what the apply raises, after the way back; what the way back raises with it.
    """
    try:
        run_apply(cluster, job, how, access=access, yes=yes, format=format, skip_preflight=skip_preflight)
    except Exception as problem:
        failed = list(output.leaves(problem))
        if not any(isinstance(error, ClusterError | UnhealthyError) for error in failed):
            raise
        output.note(f"failed; going back to the last healthy revision of '{job.target.name}'", "warn")
        try:
            run_rollback(cluster, job.target, None, how, access=access, yes=True, format=format)
        except KfinstallError as another:
            raise ExceptionGroup("apply, and the way back", [*failed, another]) from None
        raise


def run_rollback(
    cluster: ApiCluster,
    target: Installation,
    number: int | None,
    how: Options,
    *,
    access: Access,
    yes: bool,
    format: output.Format,
) -> None:
    """Apply what was asked for at a revision; without a number at the last healthy one before the present.

    Raises:  InputError when there is no such revision; what the run raises.
    """
    revision = find_revision(read_history(target, cluster), number)
    resources = read_revision(target, revision, cluster)
    output.note(f"roll back {target.name} to revision {revision.number} of {revision.at} ({revision.outcome})")
    _apply(cluster, resources, target, how, access=access, yes=yes, format=format)


def _apply(
    cluster: ApiCluster,
    resources: Sequence[Resource],
    target: Installation,
    how: Options,
    *,
    access: Access,
    yes: bool,
    format: output.Format,
    known: Facts | None = None,
) -> None:
    """Apply; `known`, what was listed before, where it is to be looked ahead of the plan."""
    clock = SystemClock()
    seen = look(resources, target, cluster, how).dated(clock)
    plan = seen.plan
    if not plan.is_noop:
        finish_preflight = begin_preflight(plan, cluster, known) if known is not None else None
        show(["", *by_component(plan), "", *notable(plan), summary(plan)], format)
        check_adoption(plan, how, cluster)
        if finish_preflight is not None:
            finish_preflight()
        confirm(f"Apply to {cluster.describe().context}?", yes=yes, is_risky=removes(plan))
    components = components_of(plan)
    run = install(resources, target, cluster, clock, how, seen=seen, diagnose=diagnose_in(cluster, plan))
    events = _run(run, components, format, "" if plan.is_noop else "healthy: ")
    if not plan.is_noop:
        show(["", *what_runs(rows(events, components), components)], format)
    if format == "text":
        found = addresses(live_doors(plan, cluster), cluster)
        show([*where(found), "", *what_next(next_steps(target, access, [one.id for one in resources]))], format)


def run_delete(cluster: Cluster, target: Installation, how: Options, *, yes: bool, format: output.Format) -> None:
    """Show what will be removed, ask, and remove it.

    Raises:  what the run raises, after what it did was shown.
    """
    clock = SystemClock()
    seen = look_to_uninstall(target, cluster, how).dated(clock)
    plan = seen.plan
    if plan.changes:
        show(["", *by_component(plan), "", *left(plan), *lost(plan), summary(plan)], format)
        confirm(f"Remove all of this from {cluster.describe().context}?", yes=yes, is_risky=True)
    _run(uninstall(target, cluster, clock, how, seen=seen), components_of(plan), format, "")


def _run(run: Iterator[Event], components: Mapping[ResourceId, str], format: output.Format, good: str) -> list[Event]:
    """Follow a run to its end, and say how it ended, also where it then raises why."""
    events: list[Event] = []
    try:
        with two_steps():
            follow(run, components, format, events)
    finally:
        show(verdict(events, good), format)
    return events


def show(lines: Iterable[str], format: output.Format) -> None:
    """Print for a person; where JSON was asked for, the events say it all."""
    if format == "text":
        output.lines(lines)


def next_steps(target: Installation, access: Access, ids: Iterable[ResourceId]) -> list[tuple[str, str]]:
    """Give what to type after an installation, with the options that lead to the same cluster and record."""
    there = {"--kubeconfig": access.kubeconfig, "--context": access.context}
    record = {"--name": target.name, "--namespace": target.namespace}
    if target.namespace == RECORD_NAMESPACE:
        del record["--namespace"]
    same = _words(there | record)
    return [
        (f"kfinstall status{same}", "what runs, and is it healthy"),
        *(
            (f"kfinstall open {page}{_words({**there, **where})}", "its page, and how to log in")
            for page, where in _pages(ids)
        ),
        (f"kfinstall delete{same}", "take everything away again"),
    ]


def _pages(ids: Iterable[ResourceId]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give the first page that is among resources, and the option that says where it is."""
    if found := first_page(ids):
        page, namespace = found
        yield page, {} if namespace == NAMESPACE else {"--in": namespace}


def _words(given: Mapping[str, str | None]) -> str:
    return "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)
