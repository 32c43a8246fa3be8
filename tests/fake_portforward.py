"""An API server that does nothing but forward ports: the WebSocket side of it, on a real socket."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Source: RFC 6455, section 1.3."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        head = b"".join(iter(self.rfile.readline, b"\r\n")).decode()
        self.server.heads.append(head)  # type: ignore[attr-defined]
        fields = {key.lower(): value for key, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
        if "pods/forbidden/" in head:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        digest = hashlib.sha1(fields["sec-websocket-key"].encode() + GUID).digest()
        accept = base64.b64encode(digest).decode()
        self.wfile.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n".encode()
        )
        port = int(head.split("ports=")[1].split()[0]).to_bytes(2, "little")
        for channel in (b"\0", b"\1"):
            self._send(channel + port)
        while frame := self._receive():
            self._send(b"\0" + frame[1:].upper())

    def _send(self, payload: bytes) -> None:
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
        self.wfile.write(b"\x82" + size + payload)

    def _receive(self) -> bytes:
        """Give the payload of the next binary frame; nothing at the end."""
        first = self.rfile.read(2)
        if len(first) < 2 or first[0] & 0x0F != 2:
            return b""
        size = first[1] & 0x7F
        size = int.from_bytes(self.rfile.read(2), "big") if size == 126 else size
        mask, payload = self.rfile.read(4), self.rfile.read(size)
        return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def shouting_pods() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server whose pods answer in capitals, and the heads of the requests that came."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.heads = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server.heads  # type: ignore[attr-defined]
        finally:
            server.shutdown()


def say(address: tuple[str, int], text: bytes) -> bytes:
    """Say something to a port, and give what is answered in one go; nothing when the connection is closed."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(text)
        with contextlib.suppress(ConnectionResetError):
            return connection.recv(65536)
    return b""
