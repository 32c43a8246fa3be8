"""The real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


class SystemClock:
    """The machine's time; `monotonic` counts while the machine sleeps, where the system can."""

    def now(self) -> datetime:
        """Give the wall time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds since some moment, sleep of the machine included."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.clock_gettime(boot) if boot is not None else time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def receive(self, inbox: SimpleQueue[T], timeout_s: float, *, is_idle: bool) -> T | None:
        """Give the next message, None when none comes within `timeout_s`."""
        try:
            return inbox.get(timeout=max(timeout_s, 0.0))
        except Empty:
            return None
