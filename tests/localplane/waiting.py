"""Wait for what a cluster does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 60.0


def eventually(ask: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Give the first answer that is true; fail when there is none in time."""
    deadline = time.monotonic() + patience_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {patience_s:.0f} s"
        time.sleep(0.1)
    return answer
