"""Servers on loopback for what is remote: Git over HTTP, and files; each ends with the test that started it."""

from __future__ import annotations

import os
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GIT = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


class Request(NamedTuple):
    """One request that came in."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


class Answer(NamedTuple):
    """What a page answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


class Web(NamedTuple):
    """A server, and what it was asked."""

    url: str
    asked: list[Request]


Page = Callable[[Request], Answer]


def git(folder: Path, *arguments: str) -> str:
    """Run Git in a folder, as nobody in particular."""
    run = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env={**os.environ, **GIT},
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout.strip()


def make_repository(folder: Path, files: Mapping[str, str], *, branch: str = "main") -> Path:
    """Give a new repository with one commit of these files."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", branch)
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    commit(folder, files)
    return folder


def commit(folder: Path, files: Mapping[str, str], tag: str = "") -> str:
    """Commit files to a repository; give the commit's id."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    if tag:
        git(folder, "tag", tag)
    return git(folder, "rev-parse", "HEAD")


@contextmanager
def serve(
    pages: Mapping[str, bytes | Answer | Page], repositories: Path | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Web]:
    """Serve pages by path, and below `/git/` the repositories of a folder, as `git http-backend` does."""
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.path, dict(self.headers.items()), self.command, body)
            asked.append(request)
            if repositories is not None and self.path.startswith("/git/"):
                self.answer(backend(repositories, request))
                return
            page = pages.get(f"{self.headers['Host']}{urlsplit(self.path).path}") or pages.get(
                urlsplit(self.path).path, Answer(b"nothing here", 404)
            )
            page = page(request) if callable(page) else page
            self.answer(page if isinstance(page, Answer) else Answer(page))

        do_POST = do_GET

        def answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Web(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def backend(repositories: Path, request: Request) -> Answer:
    """Answer a request of Git's own protocol."""
    parts, headers = urlsplit(request.path), request.headers
    environ = {
        **os.environ,
        **GIT,
        "GIT_PROJECT_ROOT": str(repositories),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": parts.path.removeprefix("/git"),
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
    }
    run = subprocess.run(["git", "http-backend"], env=environ, input=request.body, capture_output=True, check=False)
    head, _, rest = run.stdout.partition(b"\r\n\r\n")
    found = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    return Answer(rest, int(found.pop("Status", "200").split()[0]), found)


class Internet(NamedTuple):
    """A proxy that leads to one server under the names of others, and the file of the CA that vouches for it."""

    proxy: str
    ca: Path
    asked: list[Request]


@contextmanager
def serve_as(
    hosts: Sequence[str], folder: Path, pages: Mapping[str, bytes | Answer | Page], repositories: Path | None = None
) -> Iterator[Internet]:
    """Serve over https under the names of other hosts; a page's key may begin with one of them."""
    ca = make_certificate(folder, hosts)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ca, folder / "key.pem")
    with serve(pages, repositories, tls) as web, _tunnel(urlsplit(web.url).port or 0) as proxy:
        yield Internet(proxy, ca, web.asked)


def make_certificate(folder: Path, hosts: Sequence[str]) -> Path:
    """Write `key.pem` and a certificate for some hosts that vouches for itself; give the latter's path."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    (folder / "ca.pem").write_bytes(certificate.public_bytes(encoding))
    return folder / "ca.pem"


@contextmanager
def _tunnel(port: int) -> Iterator[str]:
    """Run a proxy whose every CONNECT leads to one port of this machine."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with socket.create_connection(("127.0.0.1", port)) as end:
                there = threading.Thread(target=_copy, args=(self.connection, end), daemon=True)
                there.start()
                _copy(end, self.connection)
                there.join()

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
