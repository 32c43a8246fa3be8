"""What a command works on: the argument, else the packaged overlay of a platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from kfinstall.cli.options import Wanted
from kfinstall.errors import InputError, did_you_mean
from kfinstall.resource import Resource

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Source(NamedTuple):
    """The manifests of a run. `name` is the installation's default name, `label` says where they come from."""

    resources: tuple[Resource, ...]
    name: str
    label: str


def read_source(wanted: Wanted, platform: str) -> Source:
    """Read and build what was asked for.

    In:      `platform`, the one to take the packaged overlay of; unused where a folder or file was named.
    Raises:  InputError, or a group of them: every mistake in the files.
    """
    if wanted.source is None:
        return _packaged(platform, wanted.components)
    if wanted.components:
        raise InputError(
            "--with goes with the packaged overlays only",
            hint=f"add the component to the resources of {wanted.source}, or leave out {wanted.source}",
        )
    from kfinstall.build.repository import without_secrets

    label = without_secrets(wanted.source)
    return Source(_read(wanted.source), source_name(wanted.source) or wanted.name or "", label)


def source_name(source: str) -> str:
    """Give the name that a folder, file or repository lends to its installation; empty for standard input."""
    if source == "-":
        return ""
    from kfinstall.build.repository import parse_repository

    repository = parse_repository(source)
    path = Path(f"{repository.path}/{repository.folder}" if repository else source).resolve()
    stem = path.name if path.is_dir() else path.stem
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")


def _read(source: str) -> tuple[Resource, ...]:
    from kfinstall.build.repository import parse_repository
    from kfinstall.load import load_resources, load_tree

    is_repository = parse_repository(source) is not None
    if source != "-" and not is_repository:
        _check_exists(Path(source))
    if is_repository or (source != "-" and any((Path(source) / name).is_file() for name in KUSTOMIZATION_FILES)):
        from kfinstall.build import build_resources

        return build_resources(load_tree(source))
    return load_resources(source)


def _check_exists(path: Path) -> None:
    if path.exists():
        return
    near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
    raise InputError(
        f"there is no file or folder '{path}'", hint=near or "name a folder, a file, or - for standard input"
    )


def _packaged(platform: str, components: tuple[str, ...]) -> Source:
    from kfinstall import catalog
    from kfinstall.build import build_resources
    from kfinstall.load import load_tree

    with catalog.composed(platform, components) as folder:
        resources = build_resources(load_tree(folder))
    extra = "".join(f" with {name}" for name in components)
    return Source(resources, platform, f"the packaged overlay {platform}{extra}")
