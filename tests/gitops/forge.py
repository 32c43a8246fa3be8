"""GitHub's and GitLab's API for comments, as far as the jobs ask for it: on loopback, with a token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

TOKEN = "t0ken-t0ken"
LIST = re.compile(r"/repos/o/r/issues/7/comments(\?per_page=100)?|/projects/5/merge_requests/7/notes(\?per_page=100)?")
ONE = re.compile(r"/(?:repos/o/r/issues/comments|projects/5/merge_requests/7/notes)/(\d+)")


@dataclass
class Forge:
    """The comments of the one pull request there is, by id; what was asked that must not be."""

    url: str = ""
    comments: dict[int, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


class Server(ThreadingHTTPServer):
    forge: Forge


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        found = [{"id": id, "body": body} for id, body in self.server.forge.comments.items()]
        self.answer(200, found) if self.may(LIST) else self.refuse()

    def do_POST(self) -> None:
        comments = self.server.forge.comments
        self.keep(len(comments) + 1, 201) if self.may(LIST) else self.refuse()

    def do_PATCH(self) -> None:
        found = ONE.fullmatch(self.path)
        self.keep(int(found[1]), 200) if found and self.may(ONE) else self.refuse()

    do_PUT = do_PATCH

    def may(self, path: re.Pattern[str]) -> bool:
        given = self.headers.get("PRIVATE-TOKEN"), self.headers.get("Authorization")
        return bool(path.fullmatch(self.path)) and given in ((TOKEN, None), (None, f"Bearer {TOKEN}"))

    def keep(self, id: int, status: int) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers.get("Content-Type") == "application/json"
        self.server.forge.comments[id] = json.loads(text)["body"] if is_json else parse_qs(text)["body"][0]
        self.answer(status, {})

    def refuse(self) -> None:
        self.server.forge.refused.append(f"{self.command} {self.path}")
        self.answer(404, {})

    def answer(self, status: int, value: object) -> None:
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve_forge() -> Iterator[Forge]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.forge = Forge(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.forge
        server.shutdown()
