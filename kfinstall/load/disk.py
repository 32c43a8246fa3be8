"""Files on disk, for what reads a tree; and the folder a rendered file is in."""

from __future__ import annotations

import os
import stat

from kfinstall.build.reading.files import Status


class DiskFiles:
    """The files of this machine."""

    def status(self, path: str) -> Status:
        """Give what stands at a path; a symlink is not followed."""
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode):
            return Status("file", found.st_size)
        if stat.S_ISDIR(found.st_mode):
            return Status("folder")
        return Status("link" if stat.S_ISLNK(found.st_mode) else "other")

    def real_path(self, path: str) -> str:
        """Give the absolute path without symlinks of something that is there."""
        return os.path.realpath(path, strict=True)

    def read(self, path: str) -> bytes:
        """Give the content of a file."""
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 making a Path of it takes as long as opening it
            return file.readall()

    def names(self, path: str) -> list[str]:
        """Give the names in a folder, sorted."""
        return sorted(os.listdir(path))  # noqa: PTH208
