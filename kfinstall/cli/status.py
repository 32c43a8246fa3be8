"""`kfinstall status`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format, show

HELP = """Show what is installed: each component's resources, whether they are healthy, and what was changed since.

\b
Examples:
  kfinstall status                       the only installation there is
  kfinstall status --name gke            one of several
  kfinstall status --all                 healthy resources too, one by one
  kfinstall status -o json

\b
Exit codes:
  0    all is healthy
  1    something is not
  2    nothing is installed, or the input is wrong
  3    the cluster refused, or cannot be reached
"""


@click.command(help=HELP)
@options.installed_options
@options.access_options
@click.option("--all", "everything", is_flag=True, help="List healthy resources one by one too.")
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, everything: bool, output: Format) -> int:
    """Read the record, look at each resource of it, and print them by component."""
    from kfinstall.apply import SystemClock, status
    from kfinstall.cli.statusview import as_data, is_healthy, text
    from kfinstall.cli.target import find_installation
    from kfinstall.cluster import connect

    with connect(access.kubeconfig, access.context) as cluster:
        target = find_installation(cluster, wanted)
        found = status(target, cluster, SystemClock())
    show(as_data(target, found), output, lambda: text(target, found, everything=everything))
    return 0 if is_healthy(found) else 1
