"""Build our program with the Go toolchain, telling how far it is."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, NamedTuple

from kfinstall.errors import KfinstallError
from kfinstall.localplane.progress import Stopwatch
from kfinstall.localplane.versions import KUBERNETES, KWOK

_MAJOR, _MINOR, _ = KUBERNETES.split(".")

LINKER_FLAGS: Final = " ".join(
    (
        "-s -w",
        f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES}",
        f"-X k8s.io/component-base/version.gitMajor={_MAJOR}",
        f"-X k8s.io/component-base/version.gitMinor={_MINOR}",
        f"-X sigs.k8s.io/kwok/pkg/consts.Version=v{KWOK}",
    )
)
"""Without the version set, the API server says `v0.0.0-master+$Format:%H$`, which clients cannot parse."""

_TICK_S: Final = 0.5
_FIRST_MINOR: Final = 21
_GO_VERSION: Final = re.compile(r"go1\.(\d+)")


def can_build(go: str) -> bool:
    """Say whether a toolchain fetches the version that our module asks for by itself, as those from 1.21 on do."""
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    version = _GO_VERSION.search(answer.stdout)
    return version is not None and int(version[1]) >= _FIRST_MINOR


class BuildOrder(NamedTuple):
    """Which toolchain builds which module into which file; `tag` is a build tag or empty."""

    go: str
    module: Path
    target: Path
    tag: str = ""


def build(order: BuildOrder, environ: Mapping[str, str], watch: Stopwatch) -> None:
    """Build the Go module into one program, telling which package is compiled.

    Raises:  KfinstallError with the compiler's last words when it fails.
    """
    flags = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", LINKER_FLAGS, "-tags", order.tag]
    argv = [order.go, "build", *flags, "-o", str(order.target), "."]
    quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
    process = subprocess.Popen(argv, cwd=order.module, env=environ, stdin=quiet, stdout=quiet, stderr=pipe, text=True)
    try:
        lines = _follow(process, watch)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0 or not order.target.is_file():
        raise KfinstallError(f"'go build' failed in {order.module}: {' | '.join(lines[-5:])}")


def _follow(process: subprocess.Popen[str], watch: Stopwatch) -> list[str]:
    """Tell what is compiled until the build ends; give what the compiler said."""
    assert process.stderr is not None
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process.stderr, lines), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(_TICK_S)
        packages = sum(1 for line in lines if not line.startswith(("#", "go: ")))
        watch.tell("running", f"packages compiled: {packages}, {lines[-1] if lines else 'reading the module'}")
    process.wait()
    watch.detail = f"packages compiled: {len(lines)}"
    return lines


def _collect(stream: IO[str], lines: list[str]) -> None:
    lines.extend(line.rstrip() for line in stream)
