"""`kfinstall component`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.output import Format, show

HELP = """Look at the components of the catalogue.

\b
Examples:
  kfinstall component list
  kfinstall component list -o yaml
"""

LIST_HELP = """List the components that kfinstall can install.

\b
Examples:
  kfinstall component list
"""


@click.group(help=HELP)
def command() -> None:
    """Hold the commands on components."""


@command.command("list", help=LIST_HELP)
@options.output_option("text", "json", "yaml")
def list_command(output: Format) -> None:
    """Print the catalogue."""
    from kfinstall.cli.catalogview import components_data, components_text

    show(components_data(), output, components_text)
