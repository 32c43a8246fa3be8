"""Lists of a kind, page by page: pure but for the function that sends a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from kfinstall.cluster.http import Request
from kfinstall.cluster.paths import path_of, resource_name
from kfinstall.cluster.refusals import Call
from kfinstall.cluster.watch import Page
from kfinstall.errors import ClusterError
from kfinstall.plan.model import KindInfo
from kfinstall.resource import Manifest

PAGE_SIZE: Final = 1000
GONE: Final = 410
Send: TypeAlias = Callable[[Request], Mapping[str, Any]]
"""Request -> the body of its answer."""
Read: TypeAlias = Callable[[Manifest, Mapping[str, Any]], Manifest]
"""(item, body it came in) -> what is kept of it."""


class Asked(NamedTuple):
    """What is to be listed: a kind, where, which of it, in what form and version."""

    info: KindInfo
    namespace: str | None
    selectors: Mapping[str, str]
    accept: str
    version: str = ""


def collect(asked: Asked, send: Send, read: Read) -> Page:
    """Give all that is asked for. A list that took too long to be gone on with is begun anew, in one piece."""
    try:
        return _joined(pages(asked, send), read)
    except ClusterError as error:
        if error.status != GONE:
            raise
        return _joined(pages(asked, send, size=0), read)


def pages(asked: Asked, send: Send, *, size: int = PAGE_SIZE) -> Iterator[Mapping[str, Any]]:
    """Give the answers to a list, one for each page; 0 is one page for all."""
    info, namespace = asked.info, asked.namespace or ""
    call, path = Call("list", resource_name(info), namespace=namespace), path_of(info, asked.version, namespace, "")
    query: dict[str, str | int] = {key: it for key, it in asked.selectors.items() if it}
    if size:
        query["limit"] = size
    while True:
        body = send(Request(call, "GET", path, query, accept=asked.accept))
        yield body
        if not (token := (body.get("metadata") or {}).get("continue")):
            return
        query = {**query, "continue": token}


def _joined(answers: Iterator[Mapping[str, Any]], read: Read) -> Page:
    items: list[Manifest] = []
    version = ""
    for body in answers:
        items += [read(item, body) for item in body.get("items") or ()]
        version = str((body.get("metadata") or {}).get("resourceVersion") or "")
    return Page(items, version)
