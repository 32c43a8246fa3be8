"""`kfinstall show`."""

from __future__ import annotations

import click

from kfinstall.cli import options, output
from kfinstall.cli.options import Wanted
from kfinstall.errors import InputError

HELP = """Print the manifests: of the project in this folder, of a folder or file, or of
the packaged overlay of a platform.

\b
Examples:
  kfinstall show
  kfinstall show --environment prod -c jupyter
  kfinstall show --platform gke --with spartakus
"""


@click.command(help=HELP)
@options.manifest_options
def command(wanted: Wanted) -> None:
    """Build and print."""
    from kfinstall.cli.source import only, read_manifests, settle_source
    from kfinstall.manifest import dump_resources

    settled = settle_source(wanted)
    if settled.source is None and settled.platform in (None, "auto"):
        hint = "go to the folder of a project, name a folder or file, or a --platform"
        raise InputError("there is nothing to show", hint=hint)
    resources = read_manifests(settled, settled.platform or "").resources
    output.raw(dump_resources(only(settled.only, resources) if settled.only else resources))
