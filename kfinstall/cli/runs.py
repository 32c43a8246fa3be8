"""One run from the question to the last screen: what apply and delete have in common."""

from __future__ import annotations

from collections.abc import Sequence

from kfinstall.apply import Installation, Options, SystemClock, install, preview, preview_uninstall, uninstall
from kfinstall.apply.protocols import Cluster
from kfinstall.cli import output
from kfinstall.cli.asking import confirm
from kfinstall.cli.ending import last_screen, verdict
from kfinstall.cli.planview import by_component, notable, removes, summary
from kfinstall.cli.progress import follow
from kfinstall.cli.rows import components_of
from kfinstall.cli.target import Job
from kfinstall.plan.model import Plan


def run_apply(cluster: Cluster, job: Job, how: Options, *, yes: bool, format: output.Format) -> None:
    """Show what will be done, ask, do it, and show what runs.

    Raises:  what the run raises, after what it did was shown.
    """
    plan = preview(job.source.resources, job.target, cluster, how)
    if not plan.is_noop:
        introduce(plan, format)
        confirm(f"Apply to {cluster.describe().context}?", yes=yes, is_risky=removes(plan))
    components = components_of(plan)
    events = follow(install(job.source.resources, job.target, cluster, SystemClock(), how), components, format)
    if format == "text":
        output.line(verdict(events), "good")
        output.line()
        output.lines(last_screen(events, components, cluster, next_steps(job.target)))


def run_delete(cluster: Cluster, target: Installation, how: Options, *, yes: bool, format: output.Format) -> None:
    """Show what will be removed, ask, and remove it.

    Raises:  what the run raises, after what it did was shown.
    """
    plan = preview_uninstall(target, cluster, how)
    introduce(plan, format)
    confirm(f"Remove all of this from {cluster.describe().context}?", yes=yes, is_risky=True)
    events = follow(uninstall(target, cluster, SystemClock(), how), components_of(plan), format)
    if format == "text":
        output.line(verdict(events), "good")


def introduce(plan: Plan, format: output.Format) -> None:
    """Show what a run will do; in JSON the first event says it."""
    if format == "text":
        output.lines(["", *by_component(plan), "", *notable(plan), summary(plan)])


def next_steps(target: Installation) -> Sequence[tuple[str, str]]:
    """Give what to type after an installation."""
    name = f"--name {target.name}"
    return (
        (f"kfinstall status {name}", "what runs, and is it healthy"),
        (f"kfinstall delete {name}", "take everything away again"),
    )
