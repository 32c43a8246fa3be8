"""Make what no place has, and keep it: the cache of built and downloaded programs.

A folder of the cache is named after the Kubernetes version and a digest of the Go sources, and appears whole or not
at all: it is filled under another name, flushed to disk and renamed. A lock lets one process make it; the others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kfinstall.localplane import gobuild
from kfinstall.localplane.layout import cache_root, sources
from kfinstall.localplane.progress import Progress, Stopwatch, step
from kfinstall.localplane.versions import KUBERNETES, LOCALPLANE

_PARTIAL: Final = ".partial-"


@dataclass(frozen=True, slots=True)
class Made:
    """A program in the cache, and whether it was there or was made just now, in words."""

    program: str
    path: Path
    version: str
    place: str


def digest_of(folder: Path) -> str:
    """Give the digest of Go sources: names and contents of `*.go`, `go.mod`, `go.sum` and of what is embedded.

    Shapes are sent by us and are no part of the program.
    """
    digest = hashlib.sha256(f"{platform.system()}-{platform.machine()}".encode())
    for path in sorted(_source_files(folder)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def _source_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        is_source = path.suffix == ".go" and not path.name.endswith("_test.go")
        if is_source or path.name in ("go.mod", "go.sum") or path.parent == folder / "stages":
            yield path


def make(environ: Mapping[str, str], progress: Progress) -> Made:
    """Give our own program: from the cache, else built from the sources that came with kfinstall."""
    folder = cache_root(environ) / f"{KUBERNETES}-{digest_of(sources())}"

    def build(into: Path, watch: Stopwatch) -> None:
        gobuild.build(sources(), into / LOCALPLANE, environ, watch)

    was_there = folder.is_dir()
    keep(folder, "building the control plane from its Go sources", build, progress)
    place = "the cache" if was_there else "a Go build just made"
    return Made(LOCALPLANE, folder / LOCALPLANE, KUBERNETES, place)


def keep(folder: Path, what: str, fill: Callable[[Path, Stopwatch], None], progress: Progress) -> None:
    """Make sure that a folder of the cache is there, filling it when it is not; nothing half-made ever has its name."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.parent), step(what, progress) as watch:
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
    for path in [*folder.iterdir(), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
