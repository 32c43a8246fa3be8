"""What whole programs take: wall time, CPU time, peak memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import meter

FOLDER = Path(__file__).resolve().parent.parent / ".cache" / "benchmarks"
BYTECODE, CACHE = FOLDER / "bytecode", FOLDER / "cache"


class Cost(NamedTuple):
    """What one run took, or the medians of several."""

    wall_s: float
    cpu_s: float
    peak_mib: float


class Program(NamedTuple):
    """One way to render a folder; `prepare` runs before each round and is not measured."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], None] = lambda: None


def measure(program: Program, folder: Path, rounds: int) -> Cost:
    """Give the medians of several runs.

    Raises: subprocess.CalledProcessError when the program fails.
    """
    argv = [*program.command, str(folder)]
    costs = []
    for _ in range(rounds):
        program.prepare()
        costs.append(_run(argv))
    return Cost(*(median(values) for values in zip(*costs, strict=True)))


def _run(argv: Sequence[str]) -> Cost:
    command = [sys.executable, *meter.RUNNER, meter.__file__, *argv]
    printed = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout
    wall_s, cpu_s, peak_kib, exit_code = printed.split()
    if int(exit_code):
        raise subprocess.CalledProcessError(int(exit_code), argv)
    return Cost(float(wall_s), float(cpu_s), float(peak_kib) / 1024)


def environment() -> dict[str, str]:
    """Give ours, with a cache of its own, and a place for bytecode: an installed package has it, a checkout may not."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(BYTECODE), "KFINSTALL_CACHE_DIR": str(CACHE)}


def empty_cache() -> None:
    """Let the next run of ours be a first one."""
    shutil.rmtree(CACHE, ignore_errors=True)
