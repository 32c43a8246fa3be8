"""A rendered folder, file or standard input -> resources, without any kustomization."""

from __future__ import annotations

import sys
from pathlib import Path

from kfinstall.errors import InputError, KfinstallError, raise_all
from kfinstall.load.contents import collecting
from kfinstall.load.disk import MAX_BYTES, NO_RESTRICTION, Folder, missing_error, read_file
from kfinstall.manifest import parse_resources
from kfinstall.resource import Resource

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def load_resources(path: str) -> tuple[Resource, ...]:
    """Give the resources of a file, of all YAML and JSON files of a folder in order of name, or of `-`, standard input.

    Raises: InputError, or a group of them: every file's mistakes are reported.
    """
    if path == "-":
        return parse_resources(sys.stdin.buffer.read(MAX_BYTES), "standard input")
    full = Path(path)
    if full.is_dir():
        return _load_folder(full)
    if not full.exists():
        raise missing_error(path, full, "file or folder", None)
    return _load_file(full)


def _load_folder(folder: Path) -> tuple[Resource, ...]:
    files = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not files:
        raise InputError(f"'{folder}' has no YAML or JSON file", hint="render into it first")
    resources: list[Resource] = []
    errors: list[KfinstallError] = []
    for file in files:
        with collecting(errors):
            resources += _load_file(file)
    raise_all(errors)
    return tuple(resources)


def _load_file(file: Path) -> tuple[Resource, ...]:
    folder = Folder(str(file.parent.resolve()), str(file.parent))
    return parse_resources(read_file(folder, file.name, NO_RESTRICTION, None), str(file))
