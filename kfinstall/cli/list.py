"""`kfinstall list`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from kfinstall.cli import options, output
from kfinstall.cli.options import Access
from kfinstall.cli.output import Format

if TYPE_CHECKING:
    from kfinstall.plan.model import Inventory

HELP = """List what is installed in a cluster: each installation, where its record is, and its last run.

\b
Examples:
  kfinstall list
  kfinstall list --context prod -o json
  kfinstall status --name gke            one of them, looked at closely

\b
Exit codes:
  0    shown, also when there is none
  3    the cluster refused, or cannot be reached
"""


@click.command(help=HELP)
@click.option("--namespace", "-n", metavar="NS", help="Only those whose record is in this namespace.")
@options.access_options
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(namespace: str | None, access: Access, *, output: Format) -> None:
    """Find every record and print them."""
    from kfinstall.apply import installations, read_inventory
    from kfinstall.cli.output import show
    from kfinstall.cluster import connect

    with connect(access.kubeconfig, access.context) as cluster:
        read = [read_inventory(target, cluster) for target in installations(cluster, namespace)]
    found = [inventory for inventory in read if inventory is not None]
    show([_as_data(inventory) for inventory in found], output, lambda: _text(found))


def _text(found: Sequence[Inventory]) -> Iterator[str]:
    if not found:
        yield "nothing is installed; begin with 'kfinstall apply'"
        return
    rows = [[str(value) for value in _as_data(inventory).values()] for inventory in found]
    yield from output.table(["NAME", "RECORD IN", "RESOURCES", "REVISION", "BEGAN", "ENDED"], rows)


def _as_data(inventory: Inventory) -> dict[str, Any]:
    last = inventory.history[-1] if inventory.history else None
    ended: str = "" if last is None else "cut short" if last.outcome == "begun" else last.outcome
    if inventory.given_to:
        ended = f"given to {inventory.given_to}"
    return {
        "name": inventory.name,
        "namespace": inventory.namespace,
        "resources": len(inventory.members),
        "revision": inventory.revision,
        "began": last.at if last else "",
        "ended": ended,
    }
