"""`kfinstall history`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from kfinstall.cli import options, output
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format

if TYPE_CHECKING:
    from kfinstall.plan.model import Revision

HELP = """Show what was applied before: one line a run that changed something, the newest last.

The ten newest are kept, in the cluster, beside the record.

\b
Examples:
  kfinstall history                      the only installation there is
  kfinstall history --name gke           one of several
  kfinstall rollback 3 --name gke        go back to one of them

\b
Exit codes:
  0    shown
  2    nothing is installed, or the input is wrong
  3    the cluster refused, or cannot be reached
"""


@click.command(help=HELP)
@options.installed_options
@options.access_options
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, output: Format) -> None:
    """Find the installation and print its revisions."""
    from kfinstall.apply import read_history
    from kfinstall.cli.output import show
    from kfinstall.cli.target import find_installation
    from kfinstall.cluster import connect

    with connect(access.kubeconfig, access.context) as cluster:
        history = read_history(find_installation(cluster, wanted), cluster)
    show([_as_data(revision) for revision in history], output, lambda: _text(history))


def _text(history: Sequence[Revision]) -> Iterator[str]:
    rows = [(str(one.number), one.at, _outcome(one), one.said) for one in history]
    yield from output.table(["REVISION", "BEGAN", "ENDED", "CHANGES"], rows)


def _outcome(revision: Revision) -> str:
    return "cut short" if revision.outcome == "begun" else revision.outcome


def _as_data(revision: Revision) -> dict[str, Any]:
    return {"revision": revision.number, "began": revision.at, "ended": _outcome(revision), "changes": revision.said}
