"""Time of the commands that a person types often: the overview, a build; beside kubectl where it has the same."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Row
from kfinstall import catalog

BIN = Path(sys.executable).parent


def measure(rounds: int) -> list[Row]:
    """Measure `--help` and `build` as whole programs."""
    overlay = str(catalog.overlay("gke"))
    return [
        Row("--help", _times([str(BIN / "kfinstall"), "--help"], rounds)),
        Row(
            "build overlays/gke",
            _times([str(BIN / "kfinstall"), "build", overlay], rounds),
            "kubectl kustomize",
            _times([str(BIN / "kubectl"), "kustomize", overlay], rounds),
        ),
    ]


def _times(command: Sequence[str], rounds: int) -> tuple[float, ...]:
    return tuple(_time(command) for _ in range(max(rounds, 5)))


def _time(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start
