"""`kfinstall rollback`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format
from kfinstall.plan.conflicts import Policy

HELP = """Go back to what was applied before: to a revision, or to the last healthy one before the present.

It is an apply of what was asked for at that revision: it shows what it will do and asks, removes what came since, and
is a new revision itself.

\b
Examples:
  kfinstall rollback                     to the last healthy revision
  kfinstall rollback 3 --name gke        to one that 'kfinstall history' shows
  kfinstall rollback --yes -o json       in a pipeline: events as JSON

\b
Exit codes:
  0    healthy, or nothing to do
  2    there is no such revision, or the input is wrong
  3    the cluster refused, or cannot be reached
  4    not healthy in time
  5    another installer holds the lock
  130  interrupted; run it again to go on
"""


@click.command(help=HELP)
@click.argument("revision", required=False, type=click.IntRange(min=1))
@options.record_options
@options.access_options
@options.conflict_options
@options.timeout_option()
@options.yes_option
@options.output_option("text", "json")
@options.verbose_option
def command(
    revision: int | None,
    wanted: Wanted,
    access: Access,
    *,
    on_conflict: Policy,
    force_conflicts: bool,
    timeout_s: float,
    yes: bool,
    output: Format,
) -> None:
    """Find the revision, preview, ask, run, and show how it went."""
    from kfinstall.apply import Options
    from kfinstall.cli.runs import run_rollback
    from kfinstall.cli.target import find_installation, introduce
    from kfinstall.cluster import connect

    with connect(access.kubeconfig, access.context) as cluster:
        introduce(cluster)
        target = find_installation(cluster, wanted)
        how = Options(on_conflict="force" if force_conflicts else on_conflict, timeout_s=timeout_s)
        run_rollback(cluster, target, revision, how, access=access, yes=yes, format=output)
