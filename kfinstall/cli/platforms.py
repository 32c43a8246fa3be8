"""`kfinstall platforms`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.output import Format, show

HELP = """List the kinds of cluster that kfinstall has an overlay for.

\b
Examples:
  kfinstall platforms
  kfinstall apply --platform auto         let the cluster say which it is
"""


@click.command(help=HELP)
@options.output_option("text", "json", "yaml")
def command(output: Format) -> None:
    """Print the platforms."""
    from kfinstall.cli.catalogview import platforms_data, platforms_text

    show(platforms_data(), output, platforms_text)
