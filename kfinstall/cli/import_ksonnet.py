"""`kfinstall import-ksonnet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import options
from kfinstall.cli.output import Format, show, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kfinstall.project.ksonnet.importing import Imported
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
@options.output_option("text", "json", "yaml")
def command(application: str, folder: str, platform: str, catalog_ref: str | None, output: Format) -> None:
    """Read, write, say what is left."""
    from dataclasses import replace

    from kfinstall.catalog.doors import distinct, open_doors
    from kfinstall.cli.projectview import made_data
    from kfinstall.project.catalogues import open_catalogue
    from kfinstall.project.changing import render
    from kfinstall.project.edits import doors
    from kfinstall.project.ksonnet.importing import import_application

    with open_catalogue(catalog_ref) as (catalogue, source):
        found = import_application(Path(application), Path(folder), platform, catalogue, source)
    settings = found.project.settings
    shut = replace(settings, values={}, environments={name: {} for name in settings.environments})
    at = found.project.catalogue
    warnings = distinct([*doors(shut, settings, at), *open_doors(render(found.project)[None], at)])
    data = {
        **made_data(found.project, warnings),
        "workloads": [{"name": one.name, "prototype": one.prototype} for one in found.workloads],
        "leftovers": [one._asdict() for one in found.leftovers],
    }
    show(data, output, lambda: _shown(found, folder))
    for sentence in warnings:
        warning(sentence)


def _shown(found: Imported, folder: str) -> Iterator[str]:
    from kfinstall.cli.projectview import made

    yield from made(found.project, folder)
    yield from (f"  workload {request.name} is a {request.prototype}" for request in found.workloads)
    yield from _left(found.leftovers)


def _left(leftovers: tuple[Leftover, ...]) -> Iterator[str]:
    if leftovers:
        yield ""
        yield "not in it, and why:"
        yield from (f"  {left.what}\n    {left.why}" for left in leftovers)
