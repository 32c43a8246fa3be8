"""Ctrl-C while a run writes: the first lets it end in good order, the second ends it at once.

A run that ended at once is recoverable like a killed one: what it may have done is in the record, and its lock is free
as soon as the process is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from kfinstall.cli.start import EXIT_INTERRUPTED

STOPPING: Final = "\nstopping once the requests under way are answered and recorded; again to stop at once\n"
STOPPED: Final = "\nstopped at once; run the same command again to go on, it finds out what was done\n"
_SHOW_CURSOR: Final = "\033[?25h"
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def two_steps() -> Iterator[None]:
    """Hear interrupts this way for as long as the block lasts; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    for another in _SIGNALS:
        signal.signal(another, _stop_at_once)
    _say(STOPPING)
    raise KeyboardInterrupt


def _stop_at_once(number: int, frame: FrameType | None) -> None:
    _say((_SHOW_CURSOR if sys.stdout.isatty() else "") + STOPPED)
    os._exit(EXIT_INTERRUPTED)


def _say(text: str) -> None:
    """Write past the buffers: a handler may run in the middle of a write to them."""
    os.write(2, text.encode())
