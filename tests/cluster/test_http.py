from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.http import Request, Transport
from kfinstall.cluster.kubeconfig import load_access
from kfinstall.cluster.limit import START, Limit
from kfinstall.cluster.refusals import Call
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, ResourceId
from tests.cluster.scripted import Reply, refuse, serve, write_kubeconfig

VERSION = Reply(200, {"gitVersion": "v1.36.3"})


def version_after(*replies: Reply, folder: Path) -> tuple[str, list[str]]:
    """Ask for the version of a server that gives these answers first; give it, and the retries that were told."""
    queue = iter([*replies, VERSION])
    retries: list[str] = []
    with serve(lambda *_: next(queue), folder) as server, connect(server.kubeconfig) as cluster:
        bound = cluster.bound(guard=lambda: None, on_retry=lambda retry: retries.append(str(retry)))
        return bound.server_version(), retries


def test_a_server_that_is_busy_is_asked_again_after_the_time_it_names(tmp_path: Path):
    busy = refuse(429, "TooManyRequests")._replace(headers={"Retry-After": "1"})
    version, retries = version_after(busy, folder=tmp_path)
    assert version == "v1.36.3"
    assert retries == ["429, again in 1.0 s"]


def test_a_server_that_is_busy_gets_fewer_requests_at_a_time_and_more_again_once_it_keeps_up(tmp_path: Path):
    limit = Limit()
    queue = iter([refuse(429, "TooManyRequests"), *[VERSION] * 100])
    request = Request(Call("get", "version"), "GET", "/version")
    with serve(lambda *_: next(queue), tmp_path) as server:
        transport = Transport(load_access(server.kubeconfig), 5.0, limit)
        transport.send(request)
        assert limit.allowed == 4
        for _ in range(60):
            transport.send(request)
        transport.close()
    assert limit.allowed == 8


def test_a_server_far_away_gets_more_requests_at_a_time_than_at_the_start(tmp_path: Path):
    limit, pause = Limit(), threading.Event()

    def answer(method: str, path: str) -> Reply:
        pause.wait(0.5)  # long beside what a busy machine adds
        return VERSION

    request = Request(Call("patch", "pods"), "PATCH", "/version", body={})
    with serve(answer, tmp_path) as server:
        transport = Transport(load_access(server.kubeconfig), 30.0, limit)
        with ThreadPoolExecutor(40) as pool:
            list(pool.map(lambda _: transport.send(request), range(80)))
        transport.close()
    assert limit.allowed > START


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_stumbles_is_asked_again(tmp_path: Path, status: int):
    assert version_after(refuse(status), folder=tmp_path)[0] == "v1.36.3"


def test_an_answer_that_is_cut_off_is_asked_for_again(tmp_path: Path):
    assert version_after(Reply(200, b'{"gitVer', cut=True), folder=tmp_path)[0] == "v1.36.3"


def test_what_the_server_refuses_is_not_asked_again(tmp_path: Path):
    with serve(lambda *_: refuse(403, "Forbidden", "no"), tmp_path) as server:
        with connect(server.kubeconfig) as cluster, pytest.raises(ClusterError):
            cluster.server_version()
        assert len(server.asked) == 1


def test_a_server_that_does_not_listen_is_named_with_a_hint(tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = write_kubeconfig(tmp_path / "config", f"https://127.0.0.1:{port}", {})
    with connect(path) as cluster, pytest.raises(ClusterError) as caught:
        cluster.server_version()
    assert f"cannot reach the API server https://127.0.0.1:{port} of context 'here'" in caught.value.message
    assert "kfinstall local up" in caught.value.hint
    assert caught.value.status == 0


def test_a_server_that_speaks_no_tls_is_a_clear_error(tmp_path: Path):
    with serve(lambda *_: VERSION, tmp_path) as server:
        path = write_kubeconfig(tmp_path / "tls", server.url.replace("http:", "https:"), {})
        with connect(path) as cluster, pytest.raises(ClusterError, match="no trusted connection") as caught:
            cluster.server_version()
    assert "no TLS" in caught.value.hint


def test_expired_credentials_say_so(tmp_path: Path):
    expired = refuse(401, "Unauthorized", "Unauthorized")
    with (
        serve(lambda *_: expired, tmp_path, {"token": "old"}) as server,
        connect(server.kubeconfig) as cluster,
        pytest.raises(ClusterError, match="credentials") as caught,
    ):
        cluster.list(GroupKind("", "Pod"))
    assert "log in again" in caught.value.hint


def test_each_repeat_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)  # as with -v
    version_after(refuse(503), folder=tmp_path)
    assert "GET /version: 503, again in 0.5 s" in caplog.text


def test_no_token_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with serve(lambda *_: VERSION, tmp_path, {"token": "s3cret-token"}) as server:
        with connect(server.kubeconfig) as cluster:
            cluster.server_version()
        assert server.asked[0][2] == "Bearer s3cret-token"
    assert "s3cret-token" not in caplog.text


def test_a_guard_that_refuses_stops_each_try_of_a_write(tmp_path: Path):
    def guard() -> None:
        raise ClusterError("the lock was lost")

    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
    groups = {
        "kind": "APIGroupDiscoveryList",
        "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [_CONFIG_MAPS]}]}],
    }
    with serve(lambda *_: Reply(200, groups), tmp_path) as server, connect(server.kubeconfig) as cluster:
        with pytest.raises(ClusterError, match="the lock was lost"):
            cluster.bound(guard=guard, on_retry=lambda _: None).apply(manifest)
        assert {method for method, _, _ in server.asked} == {"GET"}


def test_a_write_that_waited_for_its_turn_is_guarded_after_the_wait(tmp_path: Path):
    said: list[str] = []
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
    go_on, is_guarded = threading.Event(), threading.Event()
    under_way = threading.Semaphore(0)

    def answer(method: str, path: str) -> Reply:
        if path == "/version":
            under_way.release()
            go_on.wait(30)
            return VERSION
        return Reply(200, _discovery(path) if method == "GET" else manifest)

    def guard() -> None:
        said.append("guarded")
        is_guarded.set()

    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster, ThreadPoolExecutor(9) as pool:
        cluster.kinds()
        reads = [pool.submit(cluster.server_version) for _ in range(8)]
        for _ in reads:
            assert under_way.acquire(timeout=30)
        write = pool.submit(cluster.bound(guard=guard, on_retry=lambda _: None).apply, manifest)
        is_guarded.wait(0.2)  # that it is not, not yet, is what nothing tells
        said.append("it is its turn")
        go_on.set()
        assert write.result(30) == manifest
    assert said == ["it is its turn", "guarded"]


def test_the_renewal_of_a_lock_waits_for_no_turn(tmp_path: Path):
    """Else the guard of a write, which has its turn, would wait for a renewal that waits for its turn."""
    metadata = {"name": "a", "namespace": "b"}
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}

    def answer(method: str, path: str) -> Reply:
        return Reply(200, _discovery(path) if method == "GET" else manifest)

    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster, ThreadPoolExecutor(8) as pool:
        cluster.kinds()
        bound = cluster.bound(guard=lambda: turns.wait(30) and cluster.update(lease) and None, on_retry=lambda _: None)
        turns = threading.Barrier(8)
        writes = [pool.submit(bound.apply, manifest) for _ in range(8)]
        assert all(write.result(30) == manifest for write in writes)


def _discovery(path: str) -> dict[str, Any]:
    """Give what a server says that has ConfigMaps and Leases."""
    leases = {
        "resource": "leases",
        "responseKind": {"group": "coordination.k8s.io", "version": "v1", "kind": "Lease"},
        "scope": "Namespaced",
        "verbs": ["get"],
    }
    name, resource = ("", _CONFIG_MAPS) if path == "/api" else ("coordination.k8s.io", leases)
    group = {"metadata": {"name": name}, "versions": [{"version": "v1", "resources": [resource]}]}
    return {"kind": "APIGroupDiscoveryList", "items": [group]}


def test_a_kind_that_vanished_since_discovery_has_nothing(tmp_path: Path):
    def answer(method: str, path: str) -> Reply:
        return Reply(200, _discovery(path)) if path in {"/api", "/apis"} else Reply(404, {"code": 404})

    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster:
        assert cluster.list(GroupKind("", "ConfigMap")) == []


def serve_pages(*pages: Reply) -> Callable[[str, str], Reply]:
    """Give what answers discovery, and the pages in turn to those who list ConfigMaps."""
    queue = iter(pages)

    def answer(method: str, path: str) -> Reply:
        if path in {"/api", "/apis"}:
            groups = {
                "kind": "APIGroupDiscoveryList",
                "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [_CONFIG_MAPS]}]}],
            }
            return Reply(200, groups if path == "/api" else {"kind": "APIGroupDiscoveryList"})
        return next(queue)

    return answer


def page(*names: str, token: str = "") -> Reply:
    """Give a list of ConfigMaps; with a token there are more."""
    items = [{"metadata": {"name": name}} for name in names]
    metadata = {"continue": token} if token else {}
    return Reply(200, {"kind": "ConfigMapList", "apiVersion": "v1", "items": items, "metadata": metadata})


def test_long_lists_are_read_page_by_page(tmp_path: Path):
    answer = serve_pages(page("a", token="next"), page("b"))
    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster:
        items = cluster.list(GroupKind("", "ConfigMap"))
        assert [path for _, path, _ in server.asked if "continue=next" in path] == [server.asked[-1][1]]
    assert [item["metadata"]["name"] for item in items] == ["a", "b"]
    assert {(item["apiVersion"], item["kind"]) for item in items} == {("v1", "ConfigMap")}


def test_a_list_that_took_too_long_to_be_gone_on_with_is_read_anew_in_one_piece(tmp_path: Path):
    expired = refuse(410, "Expired", "The provided continue parameter is too old")
    answer = serve_pages(page("a", "gone-since", token="next"), expired, page("a", "b"))
    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster:
        items = cluster.list(GroupKind("", "ConfigMap"))
        assert "limit=" not in server.asked[-1][1]
    assert [item["metadata"]["name"] for item in items] == ["a", "b"]


@pytest.mark.parametrize("name", ["a?force=true", "a b#c", "system:node", "ä"])
def test_whatever_is_in_a_name_it_is_one_step_of_the_path(name: str, tmp_path: Path):
    gone = refuse(404, "NotFound", name=name, kind="configmaps")
    with serve(serve_pages(gone), tmp_path) as server, connect(server.kubeconfig) as cluster:
        assert cluster.get(ResourceId("", "ConfigMap", "demo", name)) is None
        path = server.asked[-1][1]
    assert path == f"/api/v1/namespaces/demo/configmaps/{quote(name, safe=':')}"


_CONFIG_MAPS = {
    "resource": "configmaps",
    "responseKind": {"group": "", "version": "v1", "kind": "ConfigMap"},
    "scope": "Namespaced",
    "verbs": ["list"],
}


def test_a_server_without_aggregated_discovery_is_asked_group_by_group(tmp_path: Path):
    plain = {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["list"]}
    scale = {"name": "deployments/scale", "kind": "Scale", "namespaced": True, "verbs": ["get"]}
    deployments = {"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["list"]}
    versions = [{"version": "v1beta1"}, {"version": "v1"}]
    apps = {"name": "apps", "versions": versions, "preferredVersion": {"version": "v1"}}
    broken = {"name": "metrics.k8s.io", "versions": [{"version": "v1"}]}
    answers = {
        "/api": Reply(200, {"kind": "APIVersions", "versions": ["v1"]}),
        "/apis": Reply(200, {"kind": "APIGroupList", "groups": [apps, broken]}),
        "/api/v1": Reply(200, {"resources": [plain]}),
        "/apis/apps/v1": Reply(200, {"resources": [deployments, scale]}),
        "/apis/apps/v1beta1": Reply(200, {"resources": [deployments]}),
    }
    missing = refuse(404)
    with serve(lambda _, path: answers.get(path, missing), tmp_path) as server, connect(server.kubeconfig) as cluster:
        kinds = cluster.kinds()
        assert cluster.broken_groups() == ("metrics.k8s.io/v1",)
    assert set(kinds) == {GroupKind("", "ConfigMap"), GroupKind("apps", "Deployment")}
    assert kinds[GroupKind("apps", "Deployment")].versions == ("v1", "v1beta1")


@pytest.mark.parametrize(
    "body", [b"<html>log in</html>", b"[]", b"null", b'"x"'], ids=["html", "a-list", "null", "text"]
)
def test_a_page_in_place_of_an_answer_is_named(tmp_path: Path, body: bytes):
    headers = {"Content-Type": "text/html" if b"<" in body else "application/json"}
    with serve(lambda *_: Reply(200, body, headers), tmp_path) as server, connect(server.kubeconfig) as cluster:
        for ask in (cluster.server_version, cluster.kinds, lambda: cluster.list(GroupKind("", "Pod"))):
            with pytest.raises(ClusterError, match=r"what answers at .* is no API server \(status 200\)") as caught:
                ask()
            assert "log in" in caught.value.hint


@pytest.mark.parametrize("ask", ["get", "list"])
def test_a_version_that_is_served_no_longer_is_not_taken_for_nothing_being_there(ask: str, tmp_path: Path):
    """Else what an older connection knows of a definition would make all of its kind look gone."""
    served = iter([["v1", "v2"], ["v2"]])
    one = {"apiVersion": "example.com/v2", "kind": "Thing", "metadata": {"name": "one"}}

    def answer(method: str, path: str) -> Reply:
        if path == "/api":
            return Reply(200, {"kind": "APIGroupDiscoveryList"})
        if path == "/apis":
            kind = {"group": "example.com", "kind": "Thing"}
            resource = {"resource": "things", "responseKind": kind, "scope": "Namespaced", "verbs": ["list"]}
            versions = [{"version": version, "resources": [resource]} for version in next(served)]
            group = {"metadata": {"name": "example.com"}, "versions": versions}
            return Reply(200, {"kind": "APIGroupDiscoveryList", "items": [group]})
        if "/v1/" in path:
            return refuse(404, "NotFound")
        return Reply(
            200, one if ask == "get" else {"apiVersion": "example.com/v2", "kind": "ThingList", "items": [one]}
        )

    with serve(answer, tmp_path) as server, connect(server.kubeconfig) as cluster:
        if ask == "get":
            assert cluster.get(ResourceId("example.com", "Thing", "demo", "one")) == one
        else:
            assert cluster.list(GroupKind("example.com", "Thing")) == [one]
