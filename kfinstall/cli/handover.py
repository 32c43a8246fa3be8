"""`kfinstall handover`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format

if TYPE_CHECKING:
    from kfinstall.apply.handover import Taken

HELP = """Leave an installation to Argo CD or Flux, which must have synced all of it before.

No value is changed and nothing is deleted or restarted: what both have applied becomes theirs alone, so that what goes
from Git later goes from the cluster too. The record says to whom it was given, and an apply of it is refused from then
on. It shows who has what, and asks.

To have it back, let the controller go without deleting anything, and run 'kfinstall apply --adopt'.

\b
Examples:
  kfinstall handover                     the only installation there is
  kfinstall handover --name gke --yes
  argocd app delete ml-prod --cascade=false && kfinstall apply --adopt

\b
Exit codes:
  0    it is theirs
  1    the question was answered with no
  2    the input is wrong
  3    they have not synced all of it; the cluster refused, or is not reached
  5    another installer holds the lock
"""


@click.command(help=HELP)
@options.installed_options
@options.access_options
@options.yes_option
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, yes: bool, output: Format) -> None:
    """Look, ask, and give up what is ours."""
    from kfinstall.apply import SystemClock, hand_over, look_to_hand_over
    from kfinstall.cli.asking import confirm
    from kfinstall.cli.output import note, show
    from kfinstall.cli.target import find_installation, introduce
    from kfinstall.cluster import connect

    with connect(access.kubeconfig, access.context) as cluster:
        introduce(cluster)
        target = find_installation(cluster, wanted)
        seen = look_to_hand_over(target, cluster)
        if output == "text":
            note("\n".join(_plan(seen)))
        confirm(f"Leave '{target.name}' to {seen.told}?", yes=yes, is_risky=True)
        taken = hand_over(target, cluster, SystemClock(), say=note)
    show(_data(taken), output, lambda: [f"'{target.name}' was given to {taken.told}"])


def _plan(taken: Taken) -> Iterator[str]:
    from kfinstall.cli.output import count

    for owner, ids in taken.by_owner.items():
        yield f"{owner} has {count(len(ids), 'resource')}"
    if taken.gone:
        yield f"{count(len(taken.gone), 'resource')} of the record are gone, and are forgotten"


def _data(taken: Taken) -> dict[str, Any]:
    return {
        "given_to": [{"owner": owner, "ids": [id._asdict() for id in ids]} for owner, ids in taken.by_owner.items()],
        "gone": [id._asdict() for id in taken.gone],
    }
