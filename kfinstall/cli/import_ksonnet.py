"""`kfinstall import-ksonnet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfinstall.project.ksonnet.translating import Leftover

HELP = """Make a project of an old ksonnet application.

Its components, parameters and environments become those of the project, its
jobs and model servers workloads. What has no counterpart is listed, with the
line it stands on; nothing of the application is changed, and no Jsonnet is
evaluated.

\b
Examples:
  kfinstall import-ksonnet my-kubeflow my-ml
  kfinstall import-ksonnet my-kubeflow my-ml --platform minikube
"""


@click.command(help=HELP)
@click.argument("application", metavar="DIR", type=click.Path())
@click.argument("folder", metavar="PROJECT", type=click.Path())
@click.option("--platform", metavar="PLATFORM", default="minikube", show_default=True, help="Where it names no cloud.")
@options.catalog_ref_option
def command(application: str, folder: str, platform: str, catalog_ref: str | None) -> None:
    """Read, write, say what is left."""
    from dataclasses import replace

    from kfinstall.cli.projectview import made
    from kfinstall.project.catalogues import open_catalogue
    from kfinstall.project.edits import doors
    from kfinstall.project.ksonnet.importing import import_application

    with open_catalogue(catalog_ref) as (catalogue, source):
        found = import_application(Path(application), Path(folder), platform, catalogue, source)
    output.lines(made(found.project, folder))
    output.lines(f"  workload {request.name} is a {request.prototype}" for request in found.workloads)
    output.lines(_left(found.leftovers))
    settings = found.project.settings
    shut = replace(settings, values={}, environments={name: {} for name in settings.environments})
    for sentence in doors(shut, settings, found.project.catalogue):
        output.warning(sentence)


def _left(leftovers: tuple[Leftover, ...]) -> Iterator[str]:
    if leftovers:
        yield ""
        yield "not in it, and why:"
        yield from (f"  {left.what}\n    {left.why}" for left in leftovers)
