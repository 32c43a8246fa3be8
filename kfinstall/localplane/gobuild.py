"""Build our program with the Go toolchain, telling how far it is."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from kfinstall.errors import InputError, KfinstallError
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


def build(module: Path, target: Path, environ: Mapping[str, str], watch: Stopwatch) -> None:
    """Build the Go module into one program.

    Raises:  InputError when there is no Go; KfinstallError with the compiler's words when it fails.
    """
    go = shutil.which("go", path=environ.get("PATH"))
    if go is None:
        hint = "install Go 1.26 from https://go.dev/dl, or name a folder with the programs by --bin-dir"
        raise InputError("the local control plane is built from source, and there is no 'go' on PATH", hint=hint)
    argv = [go, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", LINKER_FLAGS, "-o", str(target), "."]
    quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
    process = subprocess.Popen(argv, cwd=module, env=environ, stdin=quiet, stdout=quiet, stderr=pipe, text=True)
    try:
        lines = _follow(process, watch)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0 or not target.is_file():
        raise KfinstallError(f"'go build' failed in {module}: {' | '.join(lines[-5:])}")


def _follow(process: subprocess.Popen[str], watch: Stopwatch) -> list[str]:
    """Tell what is compiled until the build ends; give what the compiler said."""
    assert process.stderr is not None
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process.stderr, lines), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(_TICK_S)
        packages = sum(1 for line in lines if not line.startswith(("#", "go: ")))
        watch.tell("running", f"{packages} packages compiled, {lines[-1] if lines else 'reading the module'}")
    process.wait()
    watch.detail = f"{len(lines)} packages compiled"
    return lines


def _collect(stream: IO[str], lines: list[str]) -> None:
    lines.extend(line.rstrip() for line in stream)
