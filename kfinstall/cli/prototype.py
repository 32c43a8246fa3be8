"""`kfinstall prototype`."""

from __future__ import annotations

import click

from kfinstall.cli import completing, options
from kfinstall.cli.output import Format, show

HELP = """Look at the prototypes that workloads are made from.

\b
Examples:
  kfinstall prototype list
  kfinstall prototype describe tf-job
"""

LIST_HELP = """List the prototypes.

\b
Examples:
  kfinstall prototype list
"""

DESCRIBE_HELP = """Say what a prototype makes, which components that needs, and its parameters.

\b
Examples:
  kfinstall prototype describe sweep
"""


@click.group(help=HELP)
def command() -> None:
    """Hold the commands on prototypes."""


@command.command("list", help=LIST_HELP)
@options.output_option("text", "json", "yaml")
def list_command(output: Format) -> None:
    """Print the prototypes."""
    from kfinstall.cli.prototypeview import prototype_data, prototypes_text
    from kfinstall.prototypes import prototypes

    show([prototype_data(found) for found in prototypes()], output, lambda: prototypes_text(prototypes()))


@command.command("describe", help=DESCRIBE_HELP)
@click.argument("name", metavar="PROTOTYPE", shell_complete=completing.prototypes)
@options.output_option("text", "json", "yaml")
def describe_command(name: str, output: Format) -> None:
    """Print one prototype."""
    from kfinstall.cli.prototypeview import prototype_data, prototype_text
    from kfinstall.prototypes import prototype

    found = prototype(name)
    show(prototype_data(found), output, lambda: prototype_text(found))
