"""What `kfinstall build` does: load, build, print. Nothing here knows the command line."""

from __future__ import annotations

from os import environ

from kfinstall.build.collector import no_collector
from kfinstall.cli import output
from kfinstall.cli.programs import find_programs
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree
    from kfinstall.cli.options import Allowed
    from kfinstall.manifest import PrintedTexts
    from kfinstall.resource import Manifest, Resource

MANAGED_BY_VARIABLE = "KUSTOMIZE_ENABLE_MANAGEDBY_LABEL"
"""kustomize's: `on` is the same as --enable-managedby-label."""

DEPRECATED_REORDER = (
    "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead."
)


def render(
    folder: str,
    target: str | None,
    form: str,
    load_restrictor: str,
    reorder: str | None,
    managed_by: bool,
    origin: bool,
    explain: str | None,
    no_cache: bool,
    allowed: Allowed | None = None,
    environment: str | None = None,
    only: str | None = None,
) -> None:
    """Load, build, print.

    In:     the parameters of the table in `cli.plain`; `allowed`, the programs that may be run; the environment of a
            project; `only`, the one component to print.
    Raises: InputError, or a group of them.
    """
    from kfinstall.build.pipeline import build_resources
    from kfinstall.build.reading.yaml import ANEW
    from kfinstall.load.cache import open_cache
    from kfinstall.load.downloads import Downloads
    from kfinstall.load.tree import load_tree

    if reorder:
        output.note(DEPRECATED_REORDER)
    folder = _settled(folder, environment)
    cache = None if no_cache else open_cache()
    with Downloads() as downloads, no_collector():
        tree = load_tree(folder, load_restrictor=load_restrictor, reader=cache or ANEW, downloads=downloads)
        programs = find_programs(allowed, downloads, load_restrictor)
        for warning in tree.warnings:
            output.note(warning)
        if explain:
            _explain(tree, explain, programs)
            return
        build = _build_with_origins if origin else build_resources
        is_labelled = managed_by or environ.get(MANAGED_BY_VARIABLE) == "on"
        resources = build(tree, reorder=reorder or "legacy", managed_by=is_labelled, programs=programs)
        if only:
            from kfinstall.cli.source import only as part_of

            resources = part_of(only, resources)
        _write(resources, target, form, cache.texts if cache else None)
        output.flush()
        if cache:
            cache.save()


def _settled(folder: str, environment: str | None) -> str:
    """Give the folder to build: of a project that is checked, the environment's; else the one that was named."""
    import os

    if environment is None and not os.path.isfile(os.path.join(folder, "catalogue.yaml")):  # noqa: PTH113, PTH118 fast
        return folder
    from kfinstall.cli.options import Wanted
    from kfinstall.cli.source import project_folder, settle_source

    settled = settle_source(Wanted(folder, None, environment=environment))
    return project_folder(folder, environment) if settled.platform else folder


def _build_with_origins(
    tree: Tree, *, reorder: str, managed_by: bool, programs: Programs | None
) -> tuple[Resource, ...]:
    from kfinstall.build.history import build_with_origins

    return build_with_origins(tree, reorder=reorder, managed_by=managed_by, programs=programs)


def _explain(tree: Tree, target: str, programs: Programs | None) -> None:
    from kfinstall.build.history import explain
    from kfinstall.cli.explained import lines

    output.lines(lines(explain(tree, target, programs), target))


def _write(resources: Sequence[Resource], target: str | None, form: str, texts: PrintedTexts | None) -> None:
    """Print the resources, or write them where they should go."""
    if not target:
        output.raw(_text(resources, form, texts))
        return
    from pathlib import Path

    if Path(target).is_dir():
        from kfinstall.build.file_names import name_files
        from kfinstall.manifest.emit import within_limit

        files = name_files(resources, f".{form}")
        for name, text in zip(files, within_limit(files.values(), _dumper(form, texts)), strict=True):
            _save(Path(target) / name, text)
    elif target.endswith("/"):
        raise InputError(f"no such folder: '{target}'", hint="make it before, or name a file")
    else:
        _save(Path(target), _text(resources, form, texts))


def _text(resources: Sequence[Resource], form: str, texts: PrintedTexts | None) -> str:
    if form == "yaml":
        from kfinstall.manifest.emit import dump_resources

        return dump_resources(resources, texts)
    from kfinstall.manifest.print_json import dump_json_list

    return dump_json_list(resources)


def _dumper(form: str, texts: PrintedTexts | None) -> Callable[[Manifest], str]:
    """Give what makes the text of a file for one resource."""
    if form == "yaml":
        from kfinstall.manifest.emit import dump_manifest

        return lambda manifest: dump_manifest(manifest, texts)
    from kfinstall.manifest.print_json import dump_json

    return dump_json


def _save(path: Path, text: str) -> None:
    from kfinstall.errors import InputError

    try:
        path.write_bytes(text.encode())
    except OSError as error:
        hint = "name a file in a folder that is there"
        raise InputError(f"cannot write '{path}': {error.strerror}", hint=hint) from None
