"""`kfinstall diff`."""

from __future__ import annotations

from typing import cast

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format
from kfinstall.errors import InputError

HELP = """Show what apply would change, field by field. Nothing is written; values of Secrets are masked.

With --from it compares two commits instead, and asks no cluster: what is
rendered from the one and from the other. The work tree is not touched. Of a
project, or of a folder of rendered ones, every environment is compared;
several folders are, each by itself.

\b
Examples:
  kfinstall diff --platform gke
  kfinstall diff my-overlay --name gke     against the installation 'gke'
  kfinstall diff my-overlay > /dev/null || echo "there is something to apply"
  kfinstall diff --from main               the work tree against a commit
  kfinstall diff rendered --from main --to HEAD -o markdown > comment.md

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
@click.option("--from", "before", metavar="REF", help="Compare a commit: a branch, a tag, an id.")
@click.option("--to", "after", metavar="REF", help="With --from: compare it with this commit. Default: the work tree.")
@options.output_option("text", "json", "yaml", "markdown")
@options.verbose_option
def command(
    wanted: Wanted, access: Access, *, without_prune: bool, before: str | None, after: str | None, output: str
) -> int:
    """Print a diff of each change: of two commits, or of what would be applied."""
    if before is not None:
        from kfinstall.cli.commits import compare_commits

        return compare_commits(wanted, before, after, output)
    if after is not None or output == "markdown":
        what = "--to" if after is not None else "-o markdown"
        raise InputError(f"{what} goes with --from", hint="name the commit to compare with: --from main")
    return _diff(wanted, access, without_prune=without_prune, output=cast(Format, output))


def _diff(wanted: Wanted, access: Access, *, without_prune: bool, output: Format) -> int:
    """Observe, plan, and print."""
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
