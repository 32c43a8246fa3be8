"""A port that nobody else can take: it stays bound by us while the API server shares it (`--permit-port-sharing`)."""

from __future__ import annotations

import socket


class ReservedPort:
    """A free loopback port, held until exit.

    It is bound but never listened on, with SO_REUSEPORT: the kernel gives it to nobody else, a program of the same user
    that sets the same option may listen on it, and no connection ever reaches the holder.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("127.0.0.1", 0))

    @property
    def number(self) -> int:
        """The port's number."""
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> ReservedPort:
        return self

    def __exit__(self, *why: object) -> None:
        self._socket.close()
