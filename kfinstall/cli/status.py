"""`kfinstall status`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format, flush, is_terminal, show
from kfinstall.cli.output import lines as show_lines
from kfinstall.errors import InputError

if TYPE_CHECKING:
    from kfinstall.apply import Installation, StatusRow
    from kfinstall.apply.protocols import Cluster

WATCH_EVERY_S = 2.0

HELP = """Show what is installed: each component's resources, whether they are healthy, and what was changed since.

\b
Examples:
  kfinstall status                       the only installation there is
  kfinstall status --name gke            one of several
  kfinstall status --all                 healthy resources too, and pods
  kfinstall status --watch               again every two seconds, until Ctrl-C
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
@click.option("--all", "everything", is_flag=True, help="List healthy resources one by one too, and pods.")
@click.option("--watch", "-w", is_flag=True, help="Look again and again, until it is interrupted.")
@options.output_option("text", "json", "yaml")
@options.verbose_option
def command(wanted: Wanted, access: Access, *, everything: bool, watch: bool, output: Format) -> int:
    """Read the record, look at each resource of it, and print them by component."""
    from kfinstall.cli.statusview import as_data, is_healthy, text
    from kfinstall.cli.target import find_installation
    from kfinstall.cluster import connect

    if watch and output != "text":
        raise InputError("--watch is for people to read", hint=f"leave out --watch, or -o {output}")
    with connect(access.kubeconfig, access.context) as cluster:
        target = find_installation(cluster, wanted)
        look = partial(_look, target, cluster, everything)
        if watch:
            watch_status(lambda: text(target, look(), everything=everything))
        found = look()
        _tell_given(target, found, cluster)
    show(as_data(target, found), output, lambda: text(target, found, everything=everything))
    return 0 if is_healthy(found) else 1


def _look(target: Installation, cluster: Cluster, everything: bool) -> tuple[StatusRow, ...]:
    from kfinstall.apply import SystemClock, status

    return status(target, cluster, SystemClock(), with_pods=everything)


def _tell_given(target: Installation, found: tuple[StatusRow, ...], cluster: Cluster) -> None:
    """Say to whom an installation was handed over that has nothing of its own any more."""
    from kfinstall.apply import read_inventory
    from kfinstall.cli.output import note

    inventory = None if found else read_inventory(target, cluster)
    if inventory is not None and inventory.given_to:
        note(f"'{target.name}' was given to {inventory.given_to}")


def watch_status(lines: Callable[[], Iterable[str]]) -> NoReturn:
    """Print the lines whenever they change: in place on a terminal, below each other in a log. Ends with Ctrl-C."""
    before: list[str] = []
    while True:
        now = list(lines())
        if now != before:
            if is_terminal():
                click.clear()
            show_lines([*now, *([] if is_terminal() else [""])])
            flush()
        before = now
        time.sleep(WATCH_EVERY_S)
