"""One run from the question to the last screen: what apply and delete have in common."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kfinstall.apply import (
    RECORD_NAMESPACE,
    Installation,
    Options,
    SystemClock,
    install,
    preview,
    preview_uninstall,
    uninstall,
)
from kfinstall.apply.events import Event
from kfinstall.apply.protocols import Cluster
from kfinstall.cli import output
from kfinstall.cli.addresses import addresses
from kfinstall.cli.asking import confirm
from kfinstall.cli.ending import verdict, what_next, what_runs, where
from kfinstall.cli.options import Access
from kfinstall.cli.planview import by_component, left, notable, removes, summary
from kfinstall.cli.progress import follow
from kfinstall.cli.rows import components_of, rows
from kfinstall.cli.target import Job
from kfinstall.resource import ResourceId


def run_apply(cluster: Cluster, job: Job, how: Options, *, access: Access, yes: bool, format: output.Format) -> None:
    """Show what will be done, ask, do it, and show what runs.

    Raises:  what the run raises, after what it did was shown.
    """
    plan = preview(job.source.resources, job.target, cluster, how)
    if not plan.is_noop:
        show(["", *by_component(plan), "", *notable(plan), summary(plan)], format)
        confirm(f"Apply to {cluster.describe().context}?", yes=yes, is_risky=removes(plan))
    components = components_of(plan)
    run = install(job.source.resources, job.target, cluster, SystemClock(), how)
    events = _run(run, components, format, "" if plan.is_noop else "healthy: ")
    if not plan.is_noop:
        show(["", *what_runs(rows(events, components), components)], format)
    if format == "text":
        show([*where(addresses(components, cluster)), "", *what_next(next_steps(job.target, access))], format)


def run_delete(cluster: Cluster, target: Installation, how: Options, *, yes: bool, format: output.Format) -> None:
    """Show what will be removed, ask, and remove it.

    Raises:  what the run raises, after what it did was shown.
    """
    plan = preview_uninstall(target, cluster, how)
    if plan.changes:
        show(["", *by_component(plan), "", *left(plan), summary(plan)], format)
        confirm(f"Remove all of this from {cluster.describe().context}?", yes=yes, is_risky=True)
    _run(uninstall(target, cluster, SystemClock(), how), components_of(plan), format, "")


def _run(run: Iterator[Event], components: Mapping[ResourceId, str], format: output.Format, good: str) -> list[Event]:
    """Follow a run to its end, and say how it ended, also where it then raises why."""
    events: list[Event] = []
    try:
        follow(run, components, format, events)
    finally:
        show(verdict(events, good), format)
    return events


def show(lines: Iterable[str], format: output.Format) -> None:
    """Print for a person; where JSON was asked for, the events say it all."""
    if format == "text":
        output.lines(lines)


def next_steps(target: Installation, access: Access) -> Sequence[tuple[str, str]]:
    """Give what to type after an installation, with the options that lead to the same cluster and record."""
    given = {"--kubeconfig": access.kubeconfig, "--context": access.context, "--name": target.name}
    if target.namespace != RECORD_NAMESPACE:
        given["--namespace"] = target.namespace
    same = " ".join(f"{option} {shlex.quote(value)}" for option, value in given.items() if value)
    return (
        (f"kfinstall status {same}", "what runs, and is it healthy"),
        (f"kfinstall delete {same}", "take everything away again"),
    )
