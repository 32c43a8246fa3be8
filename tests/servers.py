"""Servers on loopback for what is remote: Git over HTTP, and files; each ends with the test that started it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

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
def serve(pages: Mapping[str, bytes | Answer | Page], repositories: Path | None = None) -> Iterator[Web]:
    """Serve pages by path, and below `/git/` the repositories of a folder, as `git http-backend` does."""
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self.path, dict(self.headers.items()))
            asked.append(request)
            if repositories is not None and self.path.startswith("/git/"):
                self.answer(_backend(repositories, self.command, self.path, self.headers, self.rfile))
                return
            page = pages.get(urlsplit(self.path).path, Answer(b"nothing here", 404))
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
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Web(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _backend(repositories: Path, method: str, path: str, headers, body) -> Answer:  # type: ignore[no-untyped-def]
    """Answer a request of Git's own protocol."""
    parts = urlsplit(path)
    environ = {
        **os.environ,
        **GIT,
        "GIT_PROJECT_ROOT": str(repositories),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path.removeprefix("/git"),
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
    }
    content = body.read(int(headers.get("Content-Length") or 0))
    run = subprocess.run(["git", "http-backend"], env=environ, input=content, capture_output=True, check=False)
    head, _, rest = run.stdout.partition(b"\r\n\r\n")
    found = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    return Answer(rest, int(found.pop("Status", "200").split()[0]), found)
