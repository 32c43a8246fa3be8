"""How much of the disk a folder takes, and ending a program that takes too much of it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

BLOCK_BYTES = 4096
"""What a small file, or a folder, takes on most disks."""
MAX_MEMORY_BYTES = 4 * 1024**3
FIRST_LOOK_S = 0.1
LOOKING_SHARE = 0.1


class TooLargeError(Exception):
    """A folder takes more than it may."""


def size_bytes(folder: Path) -> int:
    """Give what all below a folder takes; what cannot be looked at counts nothing."""
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    waiting = [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    yield max(entry.stat(follow_symlinks=False).st_size, BLOCK_BYTES)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)


def wait_within(process: subprocess.Popen[bytes], folder: Path, timeout_s: float, most_bytes: int) -> int:
    """Give the exit code of a program that writes into a folder; it is ended, with its group, where it goes too far.

    Raises: TimeoutError; TooLargeError, when the folder takes more than it may.
    """
    _limit(process, most_bytes)
    deadline_s, pause_s = monotonic() + timeout_s, FIRST_LOOK_S
    try:
        while (code := _wait(process, min(pause_s, deadline_s - monotonic()))) is None:
            if monotonic() >= deadline_s:
                raise TimeoutError
            began_s = monotonic()
            _require(folder, most_bytes)
            pause_s = max(FIRST_LOOK_S, (monotonic() - began_s) / LOOKING_SHARE)
        _require(folder, most_bytes)
        return code
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    try:
        return process.wait(max(0.0, timeout_s))
    except subprocess.TimeoutExpired:
        return None


def _require(folder: Path, most_bytes: int) -> None:
    if size_bytes(folder) > most_bytes:
        raise TooLargeError


def _limit(process: subprocess.Popen[bytes], most_bytes: int) -> None:
    """Let the kernel watch each file and the memory as well, where it can be told to.

    What is written to counts, not what is set aside: a helper that keeps logins may do that for a terabyte.
    """
    if not hasattr(resource, "prlimit"):
        return
    for kind, most in ((resource.RLIMIT_FSIZE, most_bytes), (resource.RLIMIT_DATA, MAX_MEMORY_BYTES)):
        with suppress(OSError, ValueError):  # it is gone already, or may have less anyway
            resource.prlimit(process.pid, kind, (most, most))
