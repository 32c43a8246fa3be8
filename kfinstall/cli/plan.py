"""`kfinstall plan`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format, show

HELP = """Show what apply would do and in which order. Nothing is written.

\b
Examples:
  kfinstall plan --platform gke
  kfinstall plan my-overlay
  kfinstall plan my-overlay -o json       changes, edges and their reasons

\b
Exit codes:
  0    done
  2    the input is wrong
  3    the cluster refused, or cannot be reached
"""


@click.command(help=HELP)
@options.wanted_options
@options.access_options
@options.prune_option
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, without_prune: bool, output: Format) -> None:
    """Observe, plan, and print the plan."""
    from kfinstall.apply import Options, preview
    from kfinstall.cli.planview import as_data, in_order, summary
    from kfinstall.cli.source import settle_source
    from kfinstall.cli.target import open_job
    from kfinstall.cluster import connect

    wanted = settle_source(wanted)
    with connect(access.kubeconfig, access.context) as cluster:
        job = open_job(cluster, wanted)
        how = Options(prune=not without_prune, component=wanted.only or "")
        plan = preview(job.source.resources, job.target, cluster, how)
        show(as_data(plan), output, lambda: [*in_order(plan), summary(plan)])
