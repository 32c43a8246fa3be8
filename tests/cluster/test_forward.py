"""A port of this machine leads to a pod, through the API server."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall.cluster.forward import Backend, find_backend, forward, open_tunnel
from kfinstall.cluster.kubeconfig import Access, load_access
from kfinstall.errors import ClusterError
from tests.fake_clock import FakeClock
from tests.fake_portforward import say, shouting_pods
from tests.fakes import FakeCluster


def access_to(server: str, folder: Path) -> Access:
    path = folder / "kubeconfig"
    config = {
        "current-context": "there",
        "contexts": [{"name": "there", "context": {"cluster": "there", "user": "me"}}],
        "clusters": [{"name": "there", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "secret-token"}}],
    }
    path.write_text(yaml.safe_dump(config))
    return load_access(path)


def test_what_is_said_here_is_answered_by_the_pod(tmp_path: Path) -> None:
    with shouting_pods() as (server, heads), socket.create_server(("127.0.0.1", 0)) as listener:
        access = access_to(server, tmp_path)
        dial = lambda: open_tunnel(access, "kubeflow", Backend("hub-0", 8000))  # noqa: E731
        threading.Thread(target=forward, args=(listener, dial, pytest.fail), daemon=True).start()
        address = listener.getsockname()
        assert [say(address, b"hello"), say(address, b"x" * 300)] == [b"HELLO", b"X" * 300]
    assert heads[0].startswith("GET /api/v1/namespaces/kubeflow/pods/hub-0/portforward?ports=8000 HTTP/1.1")
    assert "authorization: Bearer secret-token" in heads[0]


def test_who_cannot_be_connected_is_turned_away_with_the_reason(tmp_path: Path) -> None:
    said: list[ClusterError] = []
    with shouting_pods() as (server, _), socket.create_server(("127.0.0.1", 0)) as listener:
        access = access_to(server, tmp_path)
        dial = lambda: open_tunnel(access, "kubeflow", Backend("forbidden", 80))  # noqa: E731
        threading.Thread(target=forward, args=(listener, dial, said.append), daemon=True).start()
        assert say(listener.getsockname(), b"hello") == b""
    assert "the API server opens no way to the pod forbidden: Handshake status 403" in said[0].message
    assert "secret-token" not in str(said[0])


def service(target: Any) -> dict[str, Any]:
    spec = {"selector": {"app": "hub"}, "ports": [{"port": 80, "targetPort": target}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hub", "namespace": "ns"}, "spec": spec}


def pod(name: str, ready: str = "True", app: str = "hub") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "ns", "labels": {"app": app, "more": "x"}},
        "spec": {"containers": [{"name": "c", "image": "i", "ports": [{"name": "http", "containerPort": 8000}]}]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def cluster_of(*manifests: dict[str, Any]) -> FakeCluster:
    cluster = FakeCluster(FakeClock(), "ns")
    for manifest in manifests:
        cluster.put(manifest)
    return cluster


@pytest.mark.parametrize(("target", "port"), [("http", 8000), (8081, 8081)])
def test_a_ready_pod_of_the_service_is_found_and_the_port_it_listens_on(target: Any, port: int) -> None:
    cluster = cluster_of(service(target), pod("other", app="other"), pod("starting", "False"), pod("up"))
    assert find_backend(cluster, "ns", "hub", 80) == Backend("up", port)


def test_a_service_that_is_not_there_is_said() -> None:
    with pytest.raises(ClusterError, match="there is no Service hub in the namespace ns") as caught:
        find_backend(cluster_of(pod("up")), "ns", "hub", 80)
    assert "kfinstall status" in caught.value.hint


def test_a_service_without_a_ready_pod_is_said() -> None:
    with pytest.raises(ClusterError, match="no pod behind the Service hub is ready"):
        find_backend(cluster_of(service(80), pod("starting", "False")), "ns", "hub", 80)
