"""The folder that the clones of one run are in: private, and gone when the run is over, however it ended.

A run that is killed cannot remove it; the next one that clones does: nobody holds the lock of that folder any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "kfinstall-clones-"
LOCK = "lock"


class ClonesFolder:
    """A folder for the user alone, with a lock that is held as long as it is in use."""

    def __init__(self) -> None:
        _remove_abandoned(Path(tempfile.gettempdir()))
        while True:
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
            self._lock = (self._folder / LOCK).open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if (self._folder / LOCK).exists():  # else another run took it for abandoned before it was locked
                return
            self._lock.close()

    def add(self) -> Path:
        """Give a new, empty folder in one that is its own."""
        folder = Path(tempfile.mkdtemp(dir=self._folder)) / "repository"
        folder.mkdir()
        return folder

    def close(self) -> None:
        """Remove it, with all clones."""
        _remove(self._folder)
        self._lock.close()


def _remove_abandoned(folder: Path) -> None:
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if left.is_symlink() or left.stat().st_uid != os.geteuid():
                continue
            with (left / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(left)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
