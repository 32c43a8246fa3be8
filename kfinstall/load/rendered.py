"""A rendered folder, file or standard input -> resources, without any kustomization."""

from __future__ import annotations

import sys
from pathlib import Path

from kfinstall.build.finish import finish
from kfinstall.build.reading.contents import collecting
from kfinstall.build.reading.files import (
    MAX_BYTES,
    MAX_TOTAL_BYTES,
    NO_RESTRICTION,
    Bounded,
    Folder,
    bounded,
    missing_error,
    read_file,
)
from kfinstall.build.reading.remotes import NoRemotes
from kfinstall.errors import InputError, KfinstallError, raise_all
from kfinstall.light import TYPE_CHECKING
from kfinstall.load.disk import DiskFiles
from kfinstall.manifest.resources import parse_resources

if TYPE_CHECKING:
    from typing import BinaryIO

    from kfinstall.resource import Resource

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def load_resources(path: str, stdin: BinaryIO | None = None, most_bytes: int = MAX_TOTAL_BYTES) -> tuple[Resource, ...]:
    """Give the resources of a file, of all YAML and JSON files of a folder in order of name, or of `-`, standard input.

    In:     stdin, where `-` is read from; the process's own when it is None; most_bytes, of all files together.
    Raises: InputError, or a group of them: every file's mistakes are reported.
    """
    if path == "-":
        return _load_stream(stdin or sys.stdin.buffer)
    full = Path(path)
    if full.is_dir():
        return _load_folder(full, bounded(DiskFiles(), most_bytes))
    if not full.exists():
        raise missing_error(DiskFiles(), path, path, "file or folder", None)
    return _load_file(full, bounded(DiskFiles(), most_bytes))


def _load_stream(stream: BinaryIO) -> tuple[Resource, ...]:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"standard input has more than {MAX_BYTES // 2**20} MiB", hint="split it")
    return finish(parse_resources(content, "standard input"))


def _load_folder(folder: Path, together: Bounded) -> tuple[Resource, ...]:
    files = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not files:
        raise InputError(f"'{folder}' has no YAML or JSON file", hint="render into it first")
    resources: list[Resource] = []
    errors: list[KfinstallError] = []
    for file in files:
        with collecting(errors):
            resources += _load_file(file, together)
    raise_all(errors)
    return tuple(resources)


def _load_file(file: Path, files: Bounded) -> tuple[Resource, ...]:
    folder = Folder(files, NoRemotes(), str(file.parent.resolve()), str(file.parent), NO_RESTRICTION)
    return finish(parse_resources(read_file(folder, file.name, None), str(file)))
