"""A web server on loopback that answers as a test says, for what only shows on the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What to answer. A `body` that is bytes is sent as it is; `cut` announces more than is sent, then hangs up."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})
    cut: bool = False


Answer = Callable[[str, str], Reply]
"""(method, path with query) -> reply."""


class Server(NamedTuple):
    """Where it listens, and what it was asked: (method, path, authorization)."""

    url: str
    asked: list[tuple[str, str, str]]
    kubeconfig: Path


@contextmanager
def serve(answer: Answer, folder: Path, user: dict[str, Any] | None = None) -> Iterator[Server]:
    """Run the server, with a kubeconfig for it."""
    asked: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, self.headers.get("Authorization") or ""))
            reply = answer(self.command, self.path)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body or {}).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + (100 if reply.cut else 0)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = reply.cut

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield Server(url, asked, write_kubeconfig(folder / "config", url, user or {}))
    finally:
        server.shutdown()
        server.server_close()


def write_kubeconfig(path: Path, url: str, user: dict[str, Any], **cluster: Any) -> Path:
    """Write a kubeconfig with one context, `here`."""
    path.write_text(
        json.dumps(
            {
                "current-context": "here",
                "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
                "users": [{"name": "u", "user": user}],
            }
        )
    )
    return path


def refuse(status: int, reason: str = "", message: str = "", **details: Any) -> Reply:
    """Give an answer of the API server that is no success."""
    body = {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": status}
    return Reply(status, {**body, "details": details})
