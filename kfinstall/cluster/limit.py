"""How many requests may be under way: fewer when the server says it is busy, more while it is merely far away."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

log = logging.getLogger(__name__)

START: Final = 8
"""So many to begin with, and after a quiet while: an API server on two cores does no more work with more."""
MOST: Final = 32
WAITING_FEW: Final = 2.0
"""While fewer requests than this wait at the server, it takes more."""
WAITING_MANY: Final = 4.0
"""From so many on, another one would only wait with them."""
WEIGHT: Final = 0.1
"""How much the last answer counts in the usual time."""


class Pace(NamedTuple):
    """What the limit goes by: how many are `allowed`, the shortest time of an answer, and the usual one of late.

    Source:  TCP Vegas. What an answer takes longer than the shortest, it waited behind others; with n requests under
             way, n times that share of the time is how many wait at the server. The rest is the way there and back.
    """

    allowed: float = float(START)
    shortest_s: float = math.inf
    usual_s: float = 0.0

    @property
    def waiting(self) -> float:
        """How many of the requests that are under way wait at the server."""
        return self.allowed * (1.0 - self.shortest_s / self.usual_s) if self.usual_s else 0.0


def narrowed(pace: Pace) -> Pace:
    """Give the pace after the server said that it is busy: half, but never nothing."""
    return pace._replace(allowed=max(1.0, pace.allowed / 2))


def recovered(pace: Pace) -> Pace:
    """Give the pace after an answer of a server that was busy: one more after as many answers as are allowed."""
    return pace._replace(allowed=min(float(START), pace.allowed + 1.0 / pace.allowed)) if pace.allowed < START else pace


def answered(pace: Pace, took_s: float, *, is_full: bool) -> Pace:
    """Give the pace after a write was answered: one more, or one fewer, after as many answers as are allowed.

    In:      `is_full`: as many requests were under way as are allowed; what is not used says nothing of more.
    """
    usual_s = took_s if not pace.usual_s else (1 - WEIGHT) * pace.usual_s + WEIGHT * took_s
    timed = Pace(pace.allowed, min(pace.shortest_s, took_s), usual_s)
    if timed.allowed < START:
        return recovered(timed)
    if is_full and timed.waiting < WAITING_FEW:
        return timed._replace(allowed=min(float(MOST), timed.allowed + 1.0 / timed.allowed))
    if timed.waiting > WAITING_MANY:
        return timed._replace(allowed=max(float(START), timed.allowed - 1.0 / timed.allowed))
    return timed


class Limit:
    """The pace that all threads share, and the requests that are under way."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._under_way = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many requests may be under way now."""
        return int(self._pace.allowed)

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
        self._change(narrowed)

    def keep_up(self) -> None:
        """Note that the server answered a read, which takes as long as what it reads is large."""
        self._change(recovered)

    def note(self, took_s: float) -> None:
        """Note how long a write took to be answered."""
        self._change(lambda pace: answered(pace, took_s, is_full=self._under_way + 1 >= self.allowed))

    def _change(self, step: Callable[[Pace], Pace]) -> None:
        with self._changed:
            before, self._pace = self.allowed, step(self._pace)
            if self.allowed > before:
                self._changed.notify_all()
        if self.allowed != before:
            log.info("requests under way at most: %d", self.allowed)
