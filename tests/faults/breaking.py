"""Requests that go wrong once each, in one way or in many: what a proxy is to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.proxy import Asked, Fault

REQUEST_TIMEOUT_S: Final = 4.0


def wait_s(seconds: float) -> Callable[[], None]:
    """Give what is slow."""
    return lambda: threading.Event().wait(seconds) and None


FAULTS: Final[Mapping[str, Fault]] = {
    "429": Fault(status=429, retry_after_s=1),
    "500": Fault(status=500),
    "503": Fault(status=503),
    "504": Fault(status=504),
    "lost before": Fault(hang_up=True, is_before=True),
    "lost after": Fault(hang_up=True),
    "cut off": Fault(cut=True),
    "slow": Fault(then=wait_s(0.5)),
    "too late": Fault(then=wait_s(REQUEST_TIMEOUT_S + 1)),
    "closed": Fault(closes=True),
    "410": Fault(status=410),
    "gone": Fault(is_gone=True),
}
"""What an API server, a load balancer or the way to them does. `closed` is what GOAWAY is without HTTP/2, which we do
not speak; the last two are for watches: a version that is too old, when one is opened and while it is open."""
OF_WATCHES: Final = frozenset({"410", "gone"})
EVERY: Final = {"429": 4, "too late": 8}
"""What costs seconds each time happens to every so many requests only."""


class Once:
    """Makes each request go wrong the first time it is sent, or every so many of them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.made = 0
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Fault | None:
        key = asked.method, asked.path.partition("resourceVersion=")[0]
        if self.kind in OF_WATCHES and not asked.is_watch:
            return None
        with self._lock:
            if key in self._seen:
                return None
            self._seen.add(key)
            if len(self._seen) % EVERY.get(self.kind, 1):
                return None
            self.made += 1
        return FAULTS[self.kind]


MIXED: Final[Sequence[str]] = [kind for kind in FAULTS if kind not in OF_WATCHES | {"too late"}]


class Mixed:
    """Makes each request go wrong the first time it is sent, the one in this way, the next in another."""

    def __init__(self, first: int) -> None:
        self.made = 0
        self._first = first
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Fault | None:
        key = asked.method, asked.path.partition("resourceVersion=")[0]
        with self._lock:
            if key in self._seen:
                return None
            self._seen.add(key)
            self.made += 1
            return FAULTS[MIXED[(self._first + self.made) % len(MIXED)]]
