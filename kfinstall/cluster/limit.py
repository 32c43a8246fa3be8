"""How many requests may be under way: fewer after the server says it is busy, more again while it keeps up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Limit:
    """A bound that halves when told that the server is busy, and grows by one after as many requests as it allows."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._under_way = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many requests may be under way now."""
        return int(self._allowed)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait until one more request may be under way, and count it while it is."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self.allowed)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify()

    def narrow(self) -> None:
        """Note that the server is busy."""
        with self._changed:
            self._allowed = max(1.0, self._allowed / 2)

    def widen(self) -> None:
        """Note that the server keeps up."""
        with self._changed:
            self._allowed = min(float(self._most), self._allowed + 1.0 / self._allowed)
            self._changed.notify()
