"""Files in memory, for what reads a tree: a mapping of paths to contents stands for a disk."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import join, normpath

from kfinstall.build.reading.files import Status
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "/tree"
"""Where relative paths start: what leads out of it, such as `../a`, finds nothing."""


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """Files by their absolute path, and the names in each folder they imply."""

    contents: Mapping[str, bytes]
    folders: Mapping[str, frozenset[str]]

    def status(self, path: str) -> Status:
        """Give what stands at a path."""
        full = _absolute(path)
        content = self.contents.get(full)
        if content is not None:
            return Status("file", len(content))
        if full in self.folders:
            return Status("folder")
        raise FileNotFoundError(path)

    def real_path(self, path: str) -> str:
        """Give the absolute path."""
        return _absolute(path)

    def read(self, path: str) -> bytes:
        """Give the content of a file."""
        return self.contents[_absolute(path)]

    def names(self, path: str) -> list[str]:
        """Give the names in a folder, sorted."""
        found = self.folders.get(_absolute(path))
        if found is None:
            raise FileNotFoundError(path)
        return sorted(found)


def memory_files(files: Mapping[str, bytes | str]) -> MemoryFiles:
    """Give files that are read from a mapping; text is taken as UTF-8.

    Raises: InputError for paths that lead outside, name the same file twice, or name a file and a folder in one.
    """
    contents: dict[str, bytes] = {}
    folders: dict[str, set[str]] = {HERE: set()}
    for path, content in files.items():
        full = _absolute(path)
        if path[:1] != "/" and not full.startswith(f"{HERE}/"):
            raise InputError(f"the path '{path}' names no file in the tree", hint="give paths such as 'base/a.yaml'")
        if full in contents:
            raise InputError(f"the path '{path}' is given twice", hint="give each file once")
        contents[full] = content.encode() if isinstance(content, str) else content
        _add_folders(full, folders)
    for full in contents.keys() & folders.keys():
        path = full.removeprefix(f"{HERE}/")
        raise InputError(f"the path '{path}' is a file and a folder", hint="give one of them another name")
    return MemoryFiles(contents, {path: frozenset(names) for path, names in folders.items()})


def _add_folders(full: str, folders: dict[str, set[str]]) -> None:
    while full != "/":
        folder, _, name = full.rpartition("/")
        folders.setdefault(folder or "/", set()).add(name)
        full = folder or "/"


def _absolute(path: str) -> str:
    return normpath(join(HERE, path))
