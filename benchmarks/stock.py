"""The stock kustomize to compare with, built by the Go toolchain into the project's own cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

VERSION = "v5.8.1"
FOLDER = Path(__file__).resolve().parent.parent / ".cache" / "benchmarks" / f"kustomize-{VERSION}"


def kustomize() -> Path:
    """Give the program, after building it where it is not there yet.

    Raises: SystemExit when there is no Go toolchain, or when it fails.
    """
    program = FOLDER / "kustomize"
    if program.is_file():
        return program
    go = shutil.which("go")
    if go is None:
        raise SystemExit("error: 'go' is not in PATH\n  hint: install Go; the benchmark builds kustomize with it")
    print(f"building kustomize {VERSION} into {FOLDER}", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    module = f"sigs.k8s.io/kustomize/kustomize/v5@{VERSION}"
    done = subprocess.run([go, "install", module], env={**os.environ, "GOBIN": str(FOLDER)}, check=False)
    if done.returncode:
        raise SystemExit(f"error: 'go install {module}' failed")
    return program
