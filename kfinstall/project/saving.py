"""Put a changed project onto disk: built first, everywhere it can be built, then written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kfinstall.errors import InputError
from kfinstall.project.changing import render
from kfinstall.project.comparing import Rendered
from kfinstall.project.layout import FILE
from kfinstall.project.model import Project
from kfinstall.project.writing import remove_files, write_files


class Saved(NamedTuple):
    """What was written and what was removed, paths below the project; and what it renders to now."""

    written: list[str]
    removed: list[str]
    rendered: Rendered


def save(before: Project, after: Project) -> Saved:
    """Write what differs between two states of a project.

    Raises: InputError, or a group of them, when the new state does not build; nothing is written then.
    """
    removed = [path for path in before.texts if path not in after.texts]
    _check_removable(before.root, removed)
    rendered = render(after)
    written = write_files(after.root, {path: text.encode() for path, text in after.texts.items()})
    remove_files(before.root, removed)
    return Saved(written, removed, rendered)


def _check_removable(root: Path, paths: list[str]) -> None:
    """Refuse to remove a folder in which a person has put something else."""
    for folder in [(root / path).parent for path in paths]:
        others = sorted(path.name for path in folder.iterdir() if path.name != FILE)
        if others:
            hint = "remove the folder yourself, if it is not needed"
            raise InputError(f"'{folder}' has more in it than kfinstall wrote: {', '.join(others)}", hint=hint)
