"""Wait for a control plane while it starts."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kfinstall.errors import ClusterError

TIMEOUT_S: Final = 180.0
_POLL_S: Final = 0.05


def wait_until(is_done: Callable[[], bool], check: Callable[[], None], timeout_s: float = TIMEOUT_S) -> None:
    """Wait until something is so; `check` is called in between and may raise.

    Raises:  ClusterError when it takes too long.
    """
    deadline = time.monotonic() + timeout_s
    while not is_done():
        check()
        if time.monotonic() > deadline:
            raise ClusterError(f"the local control plane is not ready after {timeout_s:.0f} s")
        time.sleep(_POLL_S)


def answers_ready(port: int, authority: Path) -> Callable[[], bool]:
    """Give a function that asks the API server on a loopback port whether it is ready; no answer is a no."""
    context = ssl.create_default_context(cafile=str(authority))

    def ask() -> bool:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask
