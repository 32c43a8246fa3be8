"""A proxy on loopback between a client and an API server: it counts requests, and makes the n-th one go wrong."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError

from kfinstall.cluster.http import open_pool
from kfinstall.cluster.kubeconfig import load_access
from tests.cluster.scripted import write_kubeconfig


class Asked(NamedTuple):
    """One request, numbered from 1."""

    number: int
    method: str
    path: str

    @property
    def is_watch(self) -> bool:
        """Does it stay open?"""
        return "watch=true" in self.path


class Fault(NamedTuple):
    """What to do to a request: answer with `status` instead of asking the server; or hang up, or cut the answer short,
    after the server did it; `then` is called at that moment. A watch may open and then say that its version is gone.
    """

    status: int = 0
    hang_up: bool = False
    cut: bool = False
    is_before: bool = False
    then: Callable[[], None] | None = None
    retry_after_s: int = 0
    is_gone: bool = False
    closes: bool = False


_GONE = b'{"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "made up"}}\n'


class Proxy:
    """What a test holds of it: the kubeconfig to go through it, what was asked, and the fault to make."""

    def __init__(self, upstream: Path) -> None:
        access = load_access(upstream)
        self.server = access.endpoint.server
        self.pool = open_pool(access.configuration)
        self.asked: list[Asked] = []
        self.fault: Callable[[Asked], Fault | None] = lambda _: None
        self.kubeconfig = Path()
        self.clock_ahead_s = 0.0
        self.version = ""
        self._lock = threading.Lock()
        self._streams: set[urllib3.BaseHTTPResponse] = set()

    def note(self, method: str, path: str) -> Asked:
        """Count a request."""
        with self._lock:
            asked = Asked(len(self.asked) + 1, method, path)
            self.asked.append(asked)
            return asked

    @contextlib.contextmanager
    def streaming(self, response: urllib3.BaseHTTPResponse) -> Iterator[None]:
        """Keep a watch in mind while it is open."""
        with self._lock:
            self._streams.add(response)
        try:
            yield
        finally:
            with self._lock:
                self._streams.discard(response)

    def end_watches(self) -> None:
        """End the watches that are open: nobody tells us that who opened one was killed."""
        with self._lock:
            for response in self._streams:
                response.shutdown()


@contextlib.contextmanager
def open_proxy(upstream: Path, folder: Path) -> Iterator[Proxy]:
    """Run a proxy to the API server that a kubeconfig names."""
    proxy = Proxy(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    proxy.kubeconfig = write_kubeconfig(folder / "proxy", f"http://127.0.0.1:{server.server_address[1]}", {})
    try:
        yield proxy
    finally:
        proxy.end_watches()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the date of an answer, by a clock that may be wrong."""
        return super().date_time_string((timestamp or time.time()) + self.proxy.clock_ahead_s)

    def handle(self) -> None:
        """Answer until the client hangs up, or is dead."""
        with contextlib.suppress(OSError):
            super().handle()

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        asked = self.proxy.note(self.command, self.path)
        fault = self.proxy.fault(asked) or Fault()
        if fault.then and fault.is_before:
            fault.then()
        if fault.status:
            self._refuse(fault.status, fault.retry_after_s)
        elif fault.is_before and fault.hang_up:
            self._hang_up()
        else:
            self._pass_on(body, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward

    def _pass_on(self, body: bytes | None, fault: Fault) -> None:
        headers = {k: v for k, v in self.headers.items() if k in {"Accept", "Content-Type", "User-Agent"}}
        try:
            response = self._ask(body, headers)
        except HTTPError:
            self._hang_up()
            return
        with contextlib.closing(response), contextlib.suppress(OSError, HTTPError):
            if "watch=true" in self.path and response.status == 200:
                with self.proxy.streaming(response):
                    self._stream(response, fault)
            else:
                self._answer(response, fault)

    def _ask(self, body: bytes | None, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        return self.proxy.pool.request(
            self.command,
            self.proxy.server + self.path,
            body=body,
            headers=headers,
            preload_content=False,
            retries=False,
            timeout=urllib3.Timeout(connect=5, read=320),
        )

    def _answer(self, response: Any, fault: Fault) -> None:
        data = response.read()
        if self.proxy.version and self.path == "/version":
            data = json.dumps({**json.loads(data), "gitVersion": self.proxy.version}).encode()
        if fault.then:
            fault.then()
        if fault.hang_up:
            self._hang_up()
            return
        self.send_response(response.status)
        for name in ("Content-Type", "Retry-After"):
            if name in response.headers:
                self.send_header(name, response.headers[name])
        self.send_header("Content-Length", str(len(data)))
        if fault.closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if fault.cut else data)
        if fault.cut:
            self._hang_up()

    def _stream(self, response: Any, fault: Fault) -> None:
        if fault.then:
            fault.then()
        if fault.hang_up or fault.cut:
            self._hang_up()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in [_GONE] if fault.is_gone else response.stream(1 << 16):
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, status: int, retry_after_s: int) -> None:
        data = json.dumps({"kind": "Status", "status": "Failure", "code": status, "message": "made up"}).encode()
        self.send_response(status)
        if retry_after_s:
            self.send_header("Retry-After", str(retry_after_s))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        return
