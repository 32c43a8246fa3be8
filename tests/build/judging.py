"""The real tool without its start: one process that builds folder after folder with kustomize's own library.

It is built from the Go modules that `judge/go.mod` pins, once a machine. Where it finds a difference, what counts is
what `kubectl kustomize` gives.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO

from rendering import judge_text

from kfinstall.localplane.cache import keep
from kfinstall.localplane.layout import cache_root
from kfinstall.localplane.progress import Stopwatch, silent

MODULE = Path(__file__).parent / "judge"
SOURCES = ("go.mod", "go.sum", "main.go")
NAME = "kustomize-judge"
VERSION = "sigs.k8s.io/kustomize/api/provenance.version=v5.8.1"
"""What `managedByLabel` says: a build of kustomize gets it from its linker."""


def program() -> Path:
    """Give the program, building it when the cache does not have it; that takes half a minute on two cores."""
    parts = (platform.system(), platform.machine(), VERSION, *((MODULE / name).read_text() for name in SOURCES))
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    folder = cache_root().parent / "programs" / f"{NAME}-{digest}"
    keep(folder, "building kustomize's library into a judge", _build, silent)
    return folder / NAME


def _build(into: Path, watch: Stopwatch) -> None:
    assert shutil.which("go"), "there is no 'go' on PATH, and the judge is built from source"
    done = subprocess.run(
        ["go", "build", "-trimpath", "-buildvcs=false", f"-ldflags=-X {VERSION}", "-o", str(into / NAME), "."],
        cwd=MODULE,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"'go build' failed: {done.stderr[-2000:]}"


class Judge:
    """A running judge; it works while its user does something else, between `ask` and `answer`."""

    def __enter__(self) -> Judge:
        self._start()
        return self

    def __exit__(self, kind: type | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def _start(self) -> None:
        pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen([program()], stdin=pipe, stdout=pipe, stderr=quiet)

    def ask(self, folder: Path) -> None:
        """Hand over a folder to build."""
        self._asked = folder
        tube = self._tube(self._process.stdin)
        tube.write(f"{folder}\n".encode())
        tube.flush()

    def answer(self) -> str | None:
        """Give what the folder comes to; None where it is refused. What the library dies of, kubectl judges."""
        tube = self._tube(self._process.stdout)
        built, _, size = tube.readline().decode().partition(" ")
        if not size:
            self._process.wait()
            self._start()
            return judge_text(self._asked)
        text = tube.read(int(size)).decode(errors="replace")
        return text if built == "1" else None

    @staticmethod
    def _tube(tube: IO[bytes] | None) -> IO[bytes]:
        assert tube is not None
        return tube
