"""Time from nothing to a ready API server and to ready nodes; the programs are built before."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.table import Row
from kfinstall import localplane
from kfinstall.localplane import Step

SHAPES = ("docker-desktop", "gke", "openshift")
SERVER_IS_READY = "etcd and API server"


def measure(rounds: int) -> list[Row]:
    """Measure starts in a small, a usual and a large shape, and the end of one."""
    localplane.find_binaries()
    return [row for shape in SHAPES for row in _rows(shape, [_start(shape) for _ in range(rounds)])]


def _rows(shape: str, times: Sequence[tuple[float, float, float]]) -> list[Row]:
    names = ("server", "nodes", "gone again")
    return [Row(f"{shape}, {name}", tuple(t[i] for t in times)) for i, name in enumerate(names)]


def _start(shape: str) -> tuple[float, float, float]:
    """Give the seconds from nothing until the server is ready, until all is ready, and those that the end takes."""
    began = time.perf_counter()
    marks: dict[str, float] = {}

    def note(step: Step) -> None:
        if step.status == "done":
            marks[step.name] = time.perf_counter() - began

    with localplane.up(shape, progress=note):
        ready = time.perf_counter()
    return marks[SERVER_IS_READY], ready - began, time.perf_counter() - ready
