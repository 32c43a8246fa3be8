"""The garbage collector's pause while a tree is read and built, or what is live is read and compared."""

from __future__ import annotations

import gc


class no_collector:  # noqa: N801 it reads as the statement it is
    """Keep the garbage collector from walking a growing tree again and again: reading and building make no cycles."""

    def __enter__(self) -> None:
        self.was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *raised: object) -> None:
        if self.was_enabled:
            gc.enable()
