"""`kfinstall images`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import options
from kfinstall.cli.options import Wanted
from kfinstall.cli.output import Format, lines, raw, show, structured
from kfinstall.errors import InputError

if TYPE_CHECKING:
    from kfinstall.resource import Resource

HELP = """List the images that are run, and take them all from another registry.

With DIR or --platform, or in a project: the images in what is rendered, from
containers, arguments, variables, ConfigMaps and fields of custom resources.
Elsewhere: every image of the catalogue, also those that are started later on a
user's behalf, and those of the workloads that 'kfinstall generate' makes.

--registry prints a kustomize Component that takes them from a mirror, where
each has its whole name behind the mirror's. Stock kustomize, Argo CD and Flux
read it too.

\b
Examples:
  kfinstall images
  kfinstall images --platform gke --with katib -o json
  kfinstall images --list > to-copy.txt               one image a line
  kfinstall images --list --registry mirror.example/  FROM TO on each line
  kfinstall images my-overlay --registry mirror.example/ --to mirror
"""

WORDS = ("component", "use")
PLACES = ("resource", "field")


@click.command(help=HELP)
@options.manifest_options
@click.option("--list", "plain", is_flag=True, help="One image a line, for a copy; with --registry: FROM TO.")
@click.option("--registry", metavar="HOST[/PATH]", help="Give a Component that takes every image from this mirror.")
@click.option("--to", "folder", metavar="DIR", help="Write the Component there instead of printing it.")
@options.output_option("text", "json", "yaml")
def command(wanted: Wanted, *, plain: bool, registry: str | None, folder: str | None, output: Format) -> None:
    """Show the images, or what mirrors them."""
    from kfinstall.catalog.mirror import check_registry
    from kfinstall.cli import imagesview as view

    if folder and (plain or registry is None):
        raise InputError("--to goes with --registry alone", hint="say where the images are: --registry mirror.example/")
    mirror = check_registry(registry) if registry is not None else ""
    resources = _resources(wanted)
    if mirror and not plain:
        _mirror(resources, mirror, tuple(view.declared()) if resources is None else (), folder, output)
        return
    uses, words = (view.declared(), WORDS) if resources is None else (view.found(resources), PLACES)
    text = view.as_list(uses, mirror) if plain else view.as_text(uses)
    show(view.as_data(uses, words, mirror), output, lambda: text)


def _resources(wanted: Wanted) -> tuple[Resource, ...] | None:
    """Give what is rendered; None where the whole catalogue is meant."""
    from kfinstall.cli.source import read_source, settle_source

    wanted = settle_source(wanted)
    if wanted.source is not None or wanted.platform not in (None, "auto"):
        return read_source(wanted, wanted.platform or "").resources
    if wanted.components or wanted.platform:
        raise InputError("there is nothing to render", hint="name a folder or a file, or a --platform")
    return None


def _mirror(
    resources: tuple[Resource, ...] | None, registry: str, also: tuple[str, ...], folder: str | None, output: Format
) -> None:
    from kfinstall.catalog.mirror import component_text, mirror_component

    component = mirror_component(_bases() if resources is None else resources, registry, also)
    text = component_text(component, registry)
    if folder:
        _write(Path(folder), text)
        lines(
            [f"{folder}/kustomization.yaml written; list {folder} in `components` of the overlay around what you apply"]
        )
    elif output == "text":
        raw(text)
    else:
        structured(component, output)


def _bases() -> tuple[Resource, ...]:
    """Build every base of the catalogue by itself: a Component made of them fits any overlay of them."""
    from kfinstall import catalog
    from kfinstall.build import build_resources
    from kfinstall.load import load_tree

    folders = [catalog.root() / "base" / info.name for info in catalog.components()]
    return tuple(resource for folder in folders for resource in build_resources(load_tree(folder)))


def _write(folder: Path, text: str) -> None:
    """Write the kustomization in one step; a folder that has another one is left alone."""
    path = folder / "kustomization.yaml"
    if path.exists() and not path.read_text(encoding="utf-8").startswith("# Takes every image from "):
        raise InputError(f"'{path}' is there already and is not a mirror", hint="name another folder with --to")
    scratch = folder / ".kustomization.yaml.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        raise InputError(f"cannot write '{path}': {error.strerror}") from None
