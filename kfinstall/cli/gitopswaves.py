"""What `kfinstall gitops waves` does: which kustomization stands for an overlay, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kfinstall.build import build_resources
from kfinstall.cli import output
from kfinstall.errors import InputError
from kfinstall.gitops.waves import wave_files
from kfinstall.load import load_tree
from kfinstall.manifest import parse_plain
from kfinstall.project.rendered import find_stale, write_rendered

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LISTS = frozenset({"apiVersion", "kind", "resources", "components"})
"""The fields of an overlay that can be said again one folder further down."""


class Done(NamedTuple):
    """A folder of waves, the files that were written or are stale, and whether it was only looked at."""

    folder: Path
    stale: tuple[str, ...]
    waves: int
    is_check: bool

    def data(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {"folder": str(self.folder), "waves": self.waves, "stale" if self.is_check else "written": [*self.stale]}

    def lines(self) -> Iterator[str]:
        """Say it."""
        if not self.is_check:
            yield f"{self.folder}: {output.count(self.waves, 'wave')}" + ("" if self.stale else ", as before")
        elif self.stale:
            yield f"{self.folder} is stale: {', '.join(self.stale)}"
        else:
            yield f"{self.folder} is as it should be"


def write_waves(overlay: Path, target: Path) -> Done:
    """Write the waves of an overlay.

    Raises: InputError, or a group of them, for what is wrong in the overlay, or stands in the way.
    """
    files = _files(overlay, target)
    written = write_rendered(target, files)
    return Done(target, (*map(str, written.written), *map(str, written.removed)), len(files) - 1, False)


def check_waves(overlay: Path, target: Path) -> Done:
    """Say which files of the waves are not as they would be written."""
    files = _files(overlay, target)
    return Done(target, tuple(str(one.path) for one in find_stale(target, files)), len(files) - 1, True)


def _files(overlay: Path, target: Path) -> Mapping[str, str]:
    resources = build_resources(load_tree(overlay))
    if overlay.resolve() in target.resolve().parents:
        bases, components = _said_again(overlay, target)
    else:
        bases, components = [_from(target, overlay)], []
    return wave_files(resources, bases, components)


def _said_again(overlay: Path, target: Path) -> tuple[Sequence[str], Sequence[str]]:
    """Give the bases and components of an overlay as a folder in it names them: it cannot have its parent as a base.

    Raises: InputError where the overlay has more than these.
    """
    path = next(overlay / name for name in _NAMES if (overlay / name).is_file())
    written = parse_plain(path.read_text(), str(path)) or {}
    if more := sorted(set(written) - _LISTS):
        raise InputError(
            f"{path}: '{more[0]}' cannot be said again in a folder below",
            hint=f"write the waves beside it: kfinstall gitops waves {overlay} --to {overlay}-waves",
        )
    lists = ((str(one) for one in written.get(field) or ()) for field in ("resources", "components"))
    bases, components = ([_moved(overlay, target, one) for one in entries] for entries in lists)
    return bases, components


def _moved(overlay: Path, target: Path, entry: str) -> str:
    """Give an entry as another folder names it; what is no path here stays as it is."""
    return _from(target, overlay / entry) if (overlay / entry).exists() else entry


def _from(target: Path, path: Path) -> str:
    return Path(os.path.relpath(path.resolve(), target.resolve())).as_posix()
