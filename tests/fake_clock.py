"""A clock that tests turn."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any


class FakeClock:
    """Time stands still but for `sleep`, and for `receive` when nothing else can happen."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._lock = threading.RLock()

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s

    def call_in(self, seconds: float, do: Callable[[], None]) -> None:
        """Have something happen once so much time has passed."""
        with self._lock:
            heapq.heappush(self._timers, (self.elapsed_s + seconds, next(self._numbers), do))

    def sleep(self, seconds: float) -> None:
        with self._lock:
            until = self.elapsed_s + seconds
            while self._timers and self._timers[0][0] <= until:
                self._fire()
            self.elapsed_s = max(self.elapsed_s, until)

    def receive(self, inbox: SimpleQueue[Any], timeout_s: float, *, is_idle: bool) -> Any:
        if not is_idle:
            return inbox.get(timeout=60)
        until = self.elapsed_s + timeout_s
        while True:
            try:
                return inbox.get_nowait()
            except Empty:
                with self._lock:
                    if not self._timers or self._timers[0][0] > until:
                        self.elapsed_s = max(self.elapsed_s, until)
                        return None
                    self._fire()

    def _fire(self) -> None:
        at_s, _, do = heapq.heappop(self._timers)
        self.elapsed_s = max(self.elapsed_s, at_s)
        do()
