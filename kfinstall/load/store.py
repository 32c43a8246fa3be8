"""A private folder of entries by name: each appears whole or not at all, and all together stay within a bound.

An entry begins with its own digest; whatever is wrong with one, it is not there. Paths are plain text: making objects
of them takes longer than reading a small entry.
"""

from __future__ import annotations

import os
import stat
import time

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT_SHARE = 0.75
TOUCH_AFTER_S = 3600.0
DIGEST_BYTES = 32
BLOCK_BYTES = 4096
"""What a small file takes on most disks."""


class Store(NamedTuple):
    """Where the entries are, and how many bytes they may take."""

    folder: str
    max_bytes: int

    def read(self, name: str) -> memoryview | None:
        """Give an entry; None when there is none, or it is damaged."""
        try:
            with open(f"{self.folder}/{name}", "rb", buffering=0) as file:
                content = memoryview(file.readall())
                if digest(content[DIGEST_BYTES:]) != content[:DIGEST_BYTES]:
                    return None
                if time.time() - os.fstat(file.fileno()).st_mtime > TOUCH_AFTER_S:
                    os.utime(file.fileno())
            return content[DIGEST_BYTES:]
        except OSError:
            return None

    def write(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries, and make room for them; where that cannot be done, nothing is kept."""
        try:
            _make_private(self.folder)
            for name, body in entries.items():
                _write(self.folder, name, body)
            _make_room(self.folder, self.max_bytes)
        except OSError:
            return


def digest(*parts: bytes | memoryview) -> bytes:
    """Give a digest that two contents never share."""
    try:
        from _blake2 import blake2b  # what `hashlib` gives, without loading OpenSSL first
    except ImportError:
        from hashlib import blake2b
    found = blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        found.update(part)
    return found.digest()


def is_usable(folder: str) -> bool:
    """Is the folder the user's alone, or not there yet?"""
    try:
        return _is_private(os.lstat(folder))
    except OSError:
        return True  # made when there is something to keep


def _is_private(status: os.stat_result) -> bool:
    is_folder = stat.S_ISDIR(status.st_mode)
    return is_folder and status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _make_private(folder: str) -> None:
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not _is_private(os.lstat(folder)):
            raise PermissionError(f"{folder} is not private") from None


def _write(folder: str, name: str, body: bytes) -> None:
    """Let an entry appear whole or not at all."""
    partial = f"{folder}/.{os.getpid()}-{time.monotonic_ns()}-{name}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            for part in (digest(body), body):
                left = memoryview(part)
                while left:
                    left = left[file.write(left) :]
        os.replace(partial, f"{folder}/{name}")
    except BaseException:
        _remove(partial)
        raise


def _remove(path: str) -> bool:
    """Remove a file; another process may have been faster."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _make_room(folder: str, max_bytes: int) -> None:
    """Remove the entries that were not used for longest, once all of them are too large."""
    entries = sorted(_entries(folder))
    size = sum(entry[1] for entry in entries)
    if size <= max_bytes:
        return
    for _, entry_bytes, path in entries:
        if _remove(path):
            size -= entry_bytes
        if size <= max_bytes * KEPT_SHARE:
            return


def _entries(folder: str) -> Iterator[tuple[float, int, str]]:
    with os.scandir(folder) as found:
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            yield status.st_mtime, max(status.st_size, BLOCK_BYTES), entry.path
