"""`kfinstall version`."""

from __future__ import annotations

import platform

import click

import kfinstall
from kfinstall.cli import options
from kfinstall.cli.output import Format, show

HELP = """Print the version of kfinstall and of the Python it runs on.

\b
Examples:
  kfinstall version
  kfinstall version -o json
"""


@click.command(help=HELP)
@options.output_option("text", "json", "yaml")
def command(output: Format) -> None:
    """Print both versions."""
    versions = {"kfinstall": kfinstall.__version__, "python": platform.python_version()}
    show(versions, output, lambda: [f"kfinstall {versions['kfinstall']} (Python {versions['python']})"])
