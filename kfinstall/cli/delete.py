"""`kfinstall delete`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format

HELP = """Remove what an installation has put into the cluster, in reverse order, and wait until it is gone.

What is removed is what the installation's record names, and nothing else; claims and volumes stay unless
--delete-data is given. It shows what it will remove and asks.

\b
Examples:
  kfinstall delete                       the only installation there is
  kfinstall delete --name gke            one of several
  kfinstall delete --name gke --delete-data --yes
  kfinstall delete --name gke -c jupyter one component of it
  kfinstall delete a b --name both       what an apply of these two installed

\b
Exit codes:
  0    gone
  2    the input is wrong
  3    the cluster refused, or cannot be reached
  4    not gone in time
  5    another installer holds the lock
  130  interrupted; run it again to go on
"""


@click.command(help=HELP)
@options.installed_options
@options.component_option
@options.access_options
@click.option("--delete-data", is_flag=True, help="Remove claims and volumes too, with what is in them.")
@options.timeout_option("5m")
@options.yes_option
@options.output_option("text", "json")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, delete_data: bool, timeout_s: float, yes: bool, output: Format) -> None:
    """Find the installation, ask, and remove it."""
    from kfinstall.apply import Options
    from kfinstall.cli.runs import run_delete
    from kfinstall.cli.target import find_installation, introduce
    from kfinstall.cluster import connect

    with connect(access.kubeconfig, access.context) as cluster:
        introduce(cluster)
        target = find_installation(cluster, wanted)
        how = Options(delete_data=delete_data, timeout_s=timeout_s, component=wanted.only or "")
        run_delete(cluster, target, how, yes=yes, format=output)
