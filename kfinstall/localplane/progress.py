"""What a control plane says while it is prepared and started."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["note", "started", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing being done. `elapsed_s` counts from its start; `detail` is what came of it, or what is under way."""

    name: str
    status: Status
    elapsed_s: float = 0.0
    detail: str = ""


Progress: TypeAlias = Callable[[Step], None]


def silent(step: Step) -> None:
    """Say nothing."""


class Stopwatch:
    """Tells of one step: that it started, where it is, that it is done."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._name = name
        self._progress = progress
        self._began = time.monotonic()
        self.detail = ""

    def tell(self, status: Status, detail: str = "") -> None:
        """Pass on where the step is."""
        self._progress(Step(self._name, status, time.monotonic() - self._began, detail or self.detail))


@contextmanager
def step(name: str, progress: Progress) -> Iterator[Stopwatch]:
    """Tell of a step's start, and of its end with the time it took."""
    watch = Stopwatch(name, progress)
    watch.tell("started")
    try:
        yield watch
    except BaseException:
        watch.tell("failed")
        raise
    watch.tell("done")
