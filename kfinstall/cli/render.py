"""`kfinstall render`."""

from __future__ import annotations

from pathlib import Path

import click

from kfinstall.cli import options
from kfinstall.cli.options import Wanted
from kfinstall.cli.output import Format, show

HELP = """Write what is installed into a folder for Git, for Argo CD or Flux to sync.

One file a resource, in a folder a component, with kustomizations over them;
the same manifests give the same bytes. Files that an earlier render has
written and this one has not are removed; files of others are left alone. No
cluster is needed. A Secret whose values could be read is refused: encrypted
by SOPS, sealed, or named in an ExternalSecret it passes.

\b
Examples:
  kfinstall render --platform gke --to rendered
  kfinstall render --environment prod --to rendered/prod
  kfinstall render --all-environments --to rendered        a folder for each
  kfinstall render --all-environments --to rendered --check
  kfinstall render my-overlay --to rendered --check      writes nothing

\b
Exit codes:
  0    it is written; with --check: it is as it should be
  1    with --check: what is there is not what would be rendered
  2    the input is wrong
"""


@click.command(help=HELP)
@options.render_options
@click.option("--to", "to", metavar="DIR", required=True, type=click.Path(), help="Folder to render into.")
@click.option("--all-environments", "every", is_flag=True, help="Each environment of the project, in DIR/ENVIRONMENT.")
@click.option("--check", "is_check", is_flag=True, help="Write nothing; end with 1 where DIR is stale, and say how.")
@click.option(
    "--since",
    metavar="REF",
    help="With --check and --all-environments: those alone whose folder is not as in this commit; the others are "
    "promoted later.",
)
@options.output_option("text", "json", "yaml")
def command(wanted: Wanted, *, to: str, every: bool, is_check: bool, since: str | None, output: Format) -> int:
    """Build, render, and compare or write."""
    from kfinstall.cli.output import note
    from kfinstall.cli.rendering import check, settle_jobs, write

    jobs = settle_jobs(wanted, Path(to), every=every, is_check=is_check, since=since)
    if is_check:
        checked = check(jobs)
        show(checked.data(), output, checked.lines)
        if not checked.is_fresh:
            note("render it again without --check, and commit that")
        return 0 if checked.is_fresh else 1
    written = write(jobs)
    show(written.data(), output, written.lines)
    return 0
