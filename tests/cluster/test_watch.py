from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.watch import WatchEvent, pause_s
from kfinstall.resource import GroupKind
from tests.cluster.scripted import Reply, refuse, serve

PODS = {
    "resource": "pods",
    "responseKind": {"kind": "Pod"},
    "scope": "Namespaced",
    "verbs": ["list", "watch"],
}
GROUPS = {
    "kind": "APIGroupDiscoveryList",
    "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [PODS]}]}],
}


def pod(name: str, version: int) -> dict:
    metadata = {"name": name, "namespace": "a", "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def listing(version: int, *items: dict) -> Reply:
    return Reply(
        200, {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": str(version)}, "items": items}
    )


def stream(*events: tuple[str, dict]) -> Reply:
    return Reply(200, b"".join(json.dumps({"type": kind, "object": it}).encode() + b"\n" for kind, it in events))


def watched(folder: Path, lists: list[Reply], streams: list[Reply], count: int) -> tuple[list[WatchEvent], list[str]]:
    """Watch a server that gives these answers in turn; give the first events and the paths that were asked for."""
    listings, followed = iter(lists), iter(streams)

    def answer(method: str, path: str) -> Reply:
        if path in {"/api", "/apis"}:
            return Reply(200, GROUPS if path == "/api" else {"kind": "APIGroupDiscoveryList"})
        return next(followed, refuse(410)) if "watch=true" in path else next(listings, lists[-1])

    inbox: SimpleQueue[WatchEvent] = SimpleQueue()
    with serve(answer, folder) as server, connect(server.kubeconfig) as cluster:
        watch = cluster.watch(GroupKind("", "Pod"), None, inbox.put, label_selector="app=x")
        events = list(_first(inbox, count))
        watch.close()
        return events, [path for _, path, _ in server.asked if "pods" in path]


def _first(inbox: SimpleQueue[WatchEvent], count: int) -> Iterator[WatchEvent]:
    for _ in range(count):
        yield inbox.get(timeout=30)


def said(events: list[WatchEvent]) -> list[tuple[str, str]]:
    return [(event.type, event.manifest["metadata"]["name"] if event.manifest else "") for event in events]


def test_a_watch_begins_with_what_is_there_and_then_tells_what_changes(tmp_path: Path):
    changes = stream(("MODIFIED", pod("a", 6)), ("ADDED", pod("b", 7)), ("DELETED", pod("a", 8)))
    events, paths = watched(tmp_path, [listing(5, pod("a", 4))], [changes], 5)
    assert said(events) == [("ADDED", "a"), ("SYNCED", ""), ("MODIFIED", "a"), ("ADDED", "b"), ("DELETED", "a")]
    assert "resourceVersion=5" in paths[1]
    assert all("labelSelector=app%3Dx" in path for path in paths)


def test_a_watch_that_ends_goes_on_where_it_was(tmp_path: Path):
    first = stream(("ADDED", pod("a", 6)), ("BOOKMARK", pod("", 9)))
    events, paths = watched(tmp_path, [listing(5)], [first, stream(("ADDED", pod("b", 10)))], 3)
    assert said(events) == [("SYNCED", ""), ("ADDED", "a"), ("ADDED", "b")]
    assert "resourceVersion=9" in paths[2]


def test_a_watch_whose_version_is_gone_lists_anew_and_tells_what_was_missed(tmp_path: Path):
    gone = stream(("ERROR", {"kind": "Status", "code": 410}))
    lists = [listing(5, pod("a", 4), pod("b", 4)), listing(50, pod("b", 49))]
    events, _ = watched(tmp_path, lists, [gone], 6)
    assert said(events) == [
        ("ADDED", "a"),
        ("ADDED", "b"),
        ("SYNCED", ""),
        ("DELETED", "a"),
        ("ADDED", "b"),
        ("SYNCED", ""),
    ]


def test_a_watch_that_is_forbidden_says_that_it_gave_up(tmp_path: Path):
    events, _ = watched(tmp_path, [refuse(403, "Forbidden", 'User "x" cannot list')], [], 1)
    assert events[0].type == "LOST"
    assert "may not list pods" in events[0].reason


NO_EVENTS = [
    b"<html>\n",
    b"[]\n",
    b"null\n",
    b'{"type": "ADDED"}\n',
    b'{"type": "ADDED", "object": {"metadata": {}}}\n',
    b"{\n",
]


@pytest.mark.parametrize("line", NO_EVENTS)
def test_a_watch_that_is_answered_with_no_event_is_begun_anew(tmp_path: Path, line: bytes):
    lists = [listing(1, pod("one", 1)), listing(2, pod("one", 1), pod("two", 2))]
    events, _ = watched(tmp_path, lists, [Reply(200, line)], 5)
    names = [event.manifest["metadata"]["name"] if event.manifest else event.type for event in events]
    assert names == ["one", "SYNCED", "one", "two", "SYNCED"]


def test_after_each_failure_in_a_row_it_waits_longer():
    assert [pause_s(failures) for failures in (0, 1, 2, 3, 6, 100)] == [0.0, 0.4, 0.8, 1.6, 10.0, 10.0]


def test_a_server_that_never_has_the_version_it_gave_is_not_asked_without_a_pause(tmp_path: Path):
    gone, lists = stream(("ERROR", {"kind": "Status", "code": 410})), [listing(5)]
    listings, again, a_second = 0, threading.Event(), threading.Event()

    def answer(method: str, path: str) -> Reply:
        nonlocal listings
        if path in {"/api", "/apis"}:
            return Reply(200, GROUPS if path == "/api" else {"kind": "APIGroupDiscoveryList"})
        if "watch=true" in path:
            return gone
        listings += 1
        if listings == 2:
            again.set()
        return lists[0]

    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster:
        watch = cluster.watch(GroupKind("", "Pod"), None, lambda event: None)
        assert again.wait(30)
        a_second.wait(1)
        watch.close()
    assert listings <= 4  # after the second it waits 0.4, 0.8 and 1.6 s
