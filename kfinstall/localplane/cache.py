"""The cache of built and downloaded programs: a folder of it appears whole or not at all.

It is filled under another name, flushed to disk and renamed. A lock lets one process fill it while the others wait.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from kfinstall.errors import InputError
from kfinstall.localplane.progress import Progress, Stopwatch, step

Fill: TypeAlias = Callable[[Path, Stopwatch], None]

_PARTIAL: Final = ".partial-"


def keep(folder: Path, what: str, fill: Fill, progress: Progress) -> None:
    """Make sure that a folder of the cache is there, filling it when it is not.

    In:      `what`, the step's name; `fill` makes the content in a folder that is thrown away when it raises.
    """
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "name a folder that can be written to, in the environment variable KFINSTALL_CACHE_DIR"
        raise InputError(f"cannot keep programs in {folder.parent}: {error.strerror}", hint=hint) from error
    with step(what, progress) as watch, _lock(folder.parent):
        if folder.is_dir():
            watch.detail = "another process made it"
            return
        _remove_partial(folder.parent)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.parent))
        try:
            fill(partial, watch)
            _flush(partial)
            partial.chmod(0o755)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Hold the cache; the kernel lets go when the process ends, however it ends."""
    with (root / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _remove_partial(root: Path) -> None:
    """Remove what processes that were killed had begun; called with the lock held, so nobody works on it."""
    for folder in root.glob(f"{_PARTIAL}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Have the content on disk before it gets its name, or a power cut leaves the name with nothing in it."""
    for path in [*(entry for entry in folder.rglob("*") if entry.is_file()), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
