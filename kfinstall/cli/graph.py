"""`kfinstall graph`."""

from __future__ import annotations

from typing import cast

import click

from kfinstall.cli import options
from kfinstall.cli.options import Wanted
from kfinstall.cli.output import Format, raw, structured

HELP = """Show what waits for what, and why. No cluster is needed.

\b
Examples:
  kfinstall graph --platform gke
  kfinstall graph my-overlay -o mermaid > graph.mmd
  kfinstall graph my-overlay -o svg > graph.svg        a picture for a browser
  kfinstall graph my-overlay -o dot | dot -Tpdf > graph.pdf
  kfinstall graph operators my-overlay                 two folders as one set
"""


@click.command(help=HELP)
@options.manifest_options
@options.output_option("text", "json", "yaml", "mermaid", "dot", "svg")
def command(wanted: Wanted, output: str) -> None:
    """Build, find the edges, and print them."""
    from kfinstall.cli.graphview import DRAWINGS, as_data, read_graph

    graph = read_graph(wanted)
    if output in DRAWINGS:
        raw(DRAWINGS[output](graph))
    else:
        structured(as_data(graph), cast(Format, output))
