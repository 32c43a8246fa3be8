"""`kfinstall diff`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format

HELP = """Show what apply would change, field by field. Nothing is written; values of Secrets are masked.

\b
Examples:
  kfinstall diff --platform gke
  kfinstall diff my-overlay --name gke     against the installation 'gke'
  kfinstall diff my-overlay > /dev/null || echo "there is something to apply"

\b
Exit codes:
  0    no difference
  1    there is a difference
  2    the input is wrong
  3    the cluster refused, or cannot be reached
"""


@click.command(help=HELP)
@options.wanted_options
@options.access_options
@options.prune_option
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, without_prune: bool, output: Format) -> int:
    """Observe, plan, and print a diff of each change."""
    from kfinstall.apply import Options, preview
    from kfinstall.cli.output import note, show
    from kfinstall.cli.planview import diff_data, diff_lines, summary
    from kfinstall.cli.source import settle_source
    from kfinstall.cli.target import open_job
    from kfinstall.cluster import connect

    wanted = settle_source(wanted)
    with connect(access.kubeconfig, access.context) as cluster:
        job = open_job(cluster, wanted)
        how = Options(prune=not without_prune, component=wanted.only or "")
        plan = preview(job.source.resources, job.target, cluster, how)
    show(diff_data(plan), output, lambda: diff_lines(plan))
    note(summary(plan))
    return 0 if plan.is_noop else 1
