"""Killed, stopped and cut off on a real control plane: the next run makes it right."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kfinstall.apply import Installation, Options, read_inventory
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.resource import ResourceId, id_of
from tests.apply.real import apply, delete, twelve_in
from tests.proxy import Asked, Fault, open_proxy

ROOT = Path(__file__).parents[2]


def start(kubeconfig: Path, namespace: str, what: str = "apply") -> subprocess.Popen[str]:
    """Start an installer as a process of its own."""
    command = [sys.executable, "-m", "tests.apply.child", str(kubeconfig), namespace, what]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def labelled(cluster: ApiCluster, namespace: str) -> set[ResourceId]:
    """All that carries the label of the installation."""
    label = f"{PART_OF}={applyset_id('test', namespace)}"
    kinds = {resource.id.group_kind for resource in twelve_in(namespace)}
    cluster.kinds(refresh=True)
    return {id_of(manifest) for kind in kinds for manifest in cluster.list(kind, None, label)}


def recorded(cluster: ApiCluster, namespace: str) -> set[ResourceId]:
    """All that the record names."""
    inventory = read_inventory(Installation("test", namespace), cluster)
    return {member.id for member in inventory.members} if inventory else set()


@pytest.mark.parametrize("number", [8, 15, 20, 25, 30])
def test_killed_at_a_request_nothing_is_orphaned_and_the_next_run_converges(
    number: int, cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    with open_proxy(plane.kubeconfig, tmp_path) as proxy:
        child = start(proxy.kubeconfig, namespace)
        kill = Fault(then=child.kill, hang_up=True)
        proxy.fault = lambda asked: kill if asked.number == number else None
        assert child.wait(timeout=120) == -signal.SIGKILL
    assert labelled(cluster, namespace) <= recorded(cluster, namespace)
    assert apply(cluster, namespace, twelve_in(namespace)).errors == []
    wanted = {resource.id for resource in twelve_in(namespace)}
    assert labelled(cluster, namespace) == recorded(cluster, namespace) == wanted
    assert delete(cluster, namespace, Options(timeout_s=60, delete_data=True)).errors == []
    assert labelled(cluster, namespace) == recorded(cluster, namespace) == set()


def test_who_was_stopped_and_overtaken_finds_out_before_it_writes(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    def stop(asked: Asked) -> Fault | None:
        is_first = asked.method == "PATCH" and not any(a.method == "PATCH" for a in proxy.asked[: asked.number - 1])
        return Fault(then=lambda: child.send_signal(signal.SIGSTOP), is_before=True) if is_first else None

    with open_proxy(plane.kubeconfig, tmp_path) as proxy:
        child = start(proxy.kubeconfig, namespace)
        proxy.fault = stop
        while not any(asked.method == "PATCH" for asked in proxy.asked):
            assert child.poll() is None
        overtaking = apply(cluster, namespace, twelve_in(namespace), Options(timeout_s=60, lock_ttl_s=60))
        assert overtaking.errors == []
        before = len(proxy.asked)
        child.send_signal(signal.SIGCONT)
        said, _ = child.communicate(timeout=120)
        writes = [asked for asked in proxy.asked[before:] if asked.method in {"PATCH", "POST", "DELETE"}]
    assert "was lost to" in said
    assert writes == []


FAULTS = {
    "busy": Fault(status=429),
    "internal error": Fault(status=500),
    "unavailable": Fault(status=503),
    "timed out": Fault(status=504),
    "reset before": Fault(hang_up=True, is_before=True),
    "reset after": Fault(hang_up=True),
    "cut short": Fault(cut=True),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_connection_that_fails_now_and_then_fails_no_run(
    name: str, cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    with open_proxy(plane.kubeconfig, tmp_path) as proxy, connect(proxy.kubeconfig) as shaky:
        proxy.fault = lambda asked: FAULTS[name] if asked.number % 5 == 0 and not asked.is_watch else None
        assert apply(shaky, namespace, twelve_in(namespace)).errors == []
        again = apply(shaky, namespace, twelve_in(namespace))
        assert again.summary == "nothing to do: 12 resources are as wanted"
        assert delete(shaky, namespace, Options(timeout_s=90, delete_data=True)).errors == []
    assert labelled(cluster, namespace) == set()
