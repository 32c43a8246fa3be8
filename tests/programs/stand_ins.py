"""What the hub talks to besides the cluster, on loopback: the API of its proxy, and a notebook server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

ROUTES = "/api/routes"


class Proxy(NamedTuple):
    """The part of configurable-http-proxy's API that a hub uses: it keeps routes for who has the token."""

    url: str
    routes: dict[str, dict[str, Any]]


@contextmanager
def proxy(token: str) -> Iterator[Proxy]:
    """Keep routes until the block ends; who comes without the token is refused."""
    routes: dict[str, dict[str, Any]] = {}

    class Handler(_Quiet):
        def do_GET(self) -> None:
            self.answer_as_told(200, routes)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.may_ask():
                routes[self.path.removeprefix(ROUTES) or "/"] = body
            self.answer_as_told(201, {})

        def do_DELETE(self) -> None:
            there = self.may_ask() and routes.pop(self.path.removeprefix(ROUTES), None) is not None
            self.answer_as_told(204 if there else 404, {})

        def may_ask(self) -> bool:
            return self.headers["Authorization"] == f"token {token}"

        def answer_as_told(self, status: int, body: object) -> None:
            self.answer(status if self.may_ask() else 403, body)

    with _serving("127.0.0.1", 0, Handler) as port:
        yield Proxy(f"http://127.0.0.1:{port}", routes)


@contextmanager
def notebook(host: str, port: int) -> Iterator[list[str]]:
    """Answer every request for a page as a notebook server that is up; gives the paths that were asked for."""
    asked: list[str] = []

    class Handler(_Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.answer(200, {})

    with _serving(host, port, Handler):
        yield asked


class _Quiet(BaseHTTPRequestHandler):
    def answer(self, status: int, body: object) -> None:
        text = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _serving(host: str, port: int, handler: type[_Quiet]) -> Iterator[int]:
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
