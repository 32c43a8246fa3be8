"""A relay of bytes on loopback that cuts connections, for what TLS makes of a server that is killed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml


class Relay:
    """Passes bytes between clients and a server. `cut_after`: of the next connection's answers pass so many bytes."""

    def __init__(self, upstream: Path, kubeconfig: Path) -> None:
        config = yaml.safe_load(upstream.read_text())
        url = urlsplit(config["clusters"][0]["cluster"]["server"])
        self.cut_after: list[int] = []
        self.cuts = 0
        self._server = (url.hostname, url.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        kubeconfig.write_text(yaml.safe_dump(config))
        self.kubeconfig = kubeconfig
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                most = self.cut_after.pop(0) if self.cut_after else 0
                for source, target, limit in ((client, server, 0), (server, client, most)):
                    threading.Thread(target=self._pass_on, args=(source, target, limit), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, most: int) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if most and passed + len(data) > most:
                    target.sendall(data[: most - passed])
                    self.cuts += 1
                    break
                target.sendall(data)
                passed += len(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def open_relay(upstream: Path, folder: Path) -> Iterator[Relay]:
    """Run a relay to the API server that a kubeconfig names."""
    relay = Relay(upstream, folder / "relay")
    try:
        yield relay
    finally:
        relay.close()
