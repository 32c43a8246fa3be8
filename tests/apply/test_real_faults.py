"""Stopped, killed elsewhere, and a server that is away, on a real control plane; see also `tests/faults`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from kfinstall.apply import Installation, Options, read_inventory
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.cluster.limit import START
from kfinstall.localplane import Plane
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.resource import ResourceId, id_of
from tests.apply.real import apply, twelve_in
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


def clean_up(cluster: ApiCluster, namespace: str) -> None:
    """Delete what a test made outside its namespace, and wait for nothing."""
    for resource in twelve_in(namespace):
        if not resource.id.namespace:
            cluster.delete(resource.id)


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
    # What had passed the check when it was stopped may still arrive: one request a worker, the stopped one left out.
    assert len(writes) <= START, writes
    clean_up(cluster, namespace)


def test_who_was_killed_elsewhere_is_taken_over_after_its_time_to_live_as_observed_here(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    with open_proxy(plane.kubeconfig, tmp_path) as proxy:
        child = start(proxy.kubeconfig, namespace)
        kill = Fault(then=child.kill, hang_up=True)
        proxy.fault = lambda asked: kill if asked.method == "PATCH" else None
        assert child.wait(timeout=120) == -signal.SIGKILL
    lease = cluster.get(ResourceId("coordination.k8s.io", "Lease", namespace, "test"))
    assert lease is not None
    cluster.update({**lease, "metadata": {**lease["metadata"], "annotations": {}}})  # nothing says that it was here
    overtaking = apply(cluster, namespace, twelve_in(namespace))
    assert overtaking.errors == []
    waiting, taking, taken = overtaking.of("lock")
    assert "must give no sign of life for 9 s" in waiting.reason
    assert "no sign of life from" in taking.reason
    assert taking.at_s - waiting.at_s >= 9
    assert "lock taken by" in taken.reason
    clean_up(cluster, namespace)


def test_a_server_that_is_away_for_some_seconds_fails_no_run(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    away: list[float] = []

    def outage(asked: Asked) -> Fault | None:
        if asked.number >= 22 and not away:
            away.append(time.monotonic())
        is_away = bool(away) and time.monotonic() - away[0] < 5
        return Fault(hang_up=True, is_before=True) if is_away else None

    with open_proxy(plane.kubeconfig, tmp_path) as proxy, connect(proxy.kubeconfig) as shaky:
        proxy.fault = outage
        assert apply(shaky, namespace, twelve_in(namespace)).errors == []
    assert away
    assert labelled(cluster, namespace) == recorded(cluster, namespace)
    clean_up(cluster, namespace)


def test_a_second_run_asks_for_each_kind_once_and_little_more(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    assert apply(cluster, namespace, twelve_in(namespace)).errors == []
    with open_proxy(plane.kubeconfig, tmp_path) as proxy, connect(proxy.kubeconfig) as counted:
        assert apply(counted, namespace, twelve_in(namespace)).summary.startswith("nothing to do")
    kinds = {resource.id.group_kind for resource in twelve_in(namespace)}
    assert {asked.method for asked in proxy.asked} == {"GET"}
    assert len(proxy.asked) <= len(kinds) + 5
    clean_up(cluster, namespace)
