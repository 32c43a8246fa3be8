"""A stand-in for the two calls that the programs in our pods make to the API server: GET and POST."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Api:
    """What it holds, by path, and has seen: (method, path, authorization).

    `refuse` maps (method, path) to a status to answer instead; `late` is what someone else makes right after the
    first GET of a path.
    """

    url: str
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuse: dict[tuple[str, str], int] = field(default_factory=dict)
    late: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        if path in self.held:
            return 200, self.held[path]
        if path in self.late:
            self.held[path] = self.late.pop(path)
        return 404, {"message": "not found"}

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        name = f"{path}/{body['metadata']['name']}" if "metadata" in body else path
        if name in self.held:
            return 409, {"message": "already exists"}
        self.held[name] = body
        return 201, body


@contextmanager
def serving() -> Iterator[Api]:
    """Serve on a free loopback port until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.api = Api(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.api  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(lambda api: api.get(self.path))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(lambda api: api.post(self.path, body))

    def answer(self, make: Any) -> None:
        api: Api = self.server.api  # type: ignore[attr-defined]
        api.seen.append((self.command, self.path, self.headers.get("Authorization", "")))
        refused = api.refuse.get((self.command, self.path))
        status, body = (refused, {"message": "refused"}) if refused else make(api)
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None: ...
