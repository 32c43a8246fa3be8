"""A list followed by a watch, for as long as it is wanted: resumes after a lost connection, lists anew after 410."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import urllib3
from urllib3.exceptions import HTTPError

from kfinstall.cluster.retries import TransientError
from kfinstall.errors import ClusterError
from kfinstall.resource import Manifest

log = logging.getLogger(__name__)
SERVER_TIMEOUT_S = 290
"""After so long the server ends a watch in good order, and the next one begins where it ended."""


class WatchEvent(NamedTuple):
    """`type` is ADDED, MODIFIED, DELETED, or SYNCED (no manifest) once a list is complete, or LOST (no manifest)
    when the watch gave up; `reason` then says why.
    """

    type: str
    manifest: Manifest | None = None
    reason: str = ""


class Page(NamedTuple):
    """The resources of one kind and the version of the whole list."""

    items: list[Manifest]
    resource_version: str


class Watch:
    """Owner of a thread that lists, watches, and calls `on_event`; `close` ends it at once."""

    def __init__(
        self,
        list_all: Callable[[], Page],
        open_from: Callable[[str], urllib3.BaseHTTPResponse],
        on_event: Callable[[WatchEvent], None],
    ) -> None:
        self._list_all = list_all
        self._open_from = open_from
        self._on_event = on_event
        self._known: dict[str, Manifest] = {}
        self._is_closed = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self._thread = threading.Thread(target=self._run, name="kfinstall-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the watch; no event comes after it."""
        self._is_closed.set()
        if self._response is not None:
            _shut(self._response)

    def _run(self) -> None:
        failures = in_vain = 0
        while not self._is_closed.is_set():
            try:
                version = self._synchronise()
                failures = 0
                in_vain = 0 if self._follow(version) else in_vain + 1
                if in_vain:
                    log.info("the server has nothing to watch from; listing again (%d)", in_vain)
                    self._is_closed.wait(pause_s(in_vain - 1))
            except (ClusterError, TransientError) as error:
                failures += 1
                log.info("a watch ended (%s) and is opened again", error)
                if failures > 8 or _is_final(error):
                    self._emit(WatchEvent("LOST", reason=str(error)))
                    return
                self._is_closed.wait(pause_s(failures))

    def _synchronise(self) -> str:
        page = self._list_all()
        live = {_uid(manifest): manifest for manifest in page.items}
        for uid, manifest in self._known.items():
            if uid not in live:
                self._emit(WatchEvent("DELETED", manifest))
        self._known = {uid: _stub(manifest) for uid, manifest in live.items()}
        for manifest in live.values():
            self._emit(WatchEvent("ADDED", manifest))
        self._emit(WatchEvent("SYNCED"))
        return page.resource_version

    def _follow(self, version: str) -> bool:
        """Watch from a version on until the server says it is gone; a connection that merely ends is reopened.

        Out:     whether it told of anything.
        """
        is_told = False
        while version and not self._is_closed.is_set():
            with contextlib.closing(self._open_from(version)) as response:
                self._response = response
                for line in _lines(response):
                    version = self._take(_event(line))
                    if not version or self._is_closed.is_set():
                        return is_told
                    is_told = True
            self._response = None
            self._is_closed.wait(0.05)
        return is_told

    def _take(self, event: _Event) -> str:
        """Pass one event on; give the version to resume from, empty when a new list is needed."""
        kind, manifest, version = event
        if kind == "ERROR":
            return ""
        if kind == "DELETED":
            self._known.pop(_uid(manifest), None)
        elif kind != "BOOKMARK":
            self._known[_uid(manifest)] = _stub(manifest)
        if kind != "BOOKMARK":
            self._emit(WatchEvent(kind, manifest))
        return version

    def _emit(self, event: WatchEvent) -> None:
        if not self._is_closed.is_set():
            self._on_event(event)


def pause_s(failures: int) -> float:
    """Give the seconds to wait after so many failures in a row; none after none."""
    return min(0.2 * 2.0**failures, 10.0) if failures else 0.0


class _Event(NamedTuple):
    """One line of a watch."""

    type: str
    manifest: Manifest
    version: str


def _event(line: bytes) -> _Event:
    """Read one line.

    Raises: TransientError when it is none that an API server sends.
    """
    try:
        event = json.loads(line)
        manifest = event["object"]
        if event["type"] == "ERROR":
            return _Event("ERROR", manifest, "")
        named = manifest["metadata"]
        if event["type"] != "BOOKMARK" and not (isinstance(named["name"], str) and isinstance(manifest["kind"], str)):
            raise ValueError
        return _Event(str(event["type"]), manifest, str(named["resourceVersion"]))
    except (KeyError, TypeError, ValueError):
        error = ClusterError("a watch was answered with what is no event", reason="Truncated")
        raise TransientError("reset", error) from None


def _uid(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("uid") or manifest["metadata"]["name"])


def _stub(manifest: Manifest) -> Manifest:
    """What must be remembered to tell of a deletion that was missed."""
    kept = {key: manifest["metadata"].get(key) for key in ("name", "namespace", "uid", "resourceVersion")}
    return {"apiVersion": manifest.get("apiVersion"), "kind": manifest.get("kind"), "metadata": kept}


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    try:
        for chunk in response.stream(1 << 16):
            *complete, rest = (rest + chunk).split(b"\n")
            yield from (line for line in complete if line.strip())
    except (HTTPError, OSError, ValueError) as error:
        log.debug("watch ended: %s", type(error).__name__)


def _is_final(error: Exception) -> bool:
    return isinstance(error, ClusterError) and error.status in {401, 403, 404, 405}


def _shut(response: urllib3.BaseHTTPResponse) -> None:
    """Wake the thread that reads: shut the socket down below the TLS layer, which is not safe to touch from here."""
    connection = getattr(response, "connection", None)
    held = getattr(connection, "sock", None)
    with contextlib.suppress(OSError, AttributeError, ValueError):
        twin = socket.socket(fileno=os.dup(held.fileno()))  # type: ignore[union-attr]  # suppressed when there is none
        with contextlib.closing(twin):
            twin.shutdown(socket.SHUT_RDWR)
