from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kfinstall.apply.lock import PROCESS, Lock, acquire
from kfinstall.errors import LockHeldError
from kfinstall.resource import ResourceId
from tests.apply.sets import TARGET, apply, new_cluster, twelve
from tests.fakes import FakeCluster, Killed

HOME = "kfinstall-system"
LEASE = ResourceId("coordination.k8s.io", "Lease", HOME, "demo")
TTL_S = 60.0


@pytest.fixture
def cluster() -> FakeCluster:
    return new_cluster(HOME)


@pytest.fixture
def held(cluster: FakeCluster) -> Iterator[Lock]:
    lock, _ = take(cluster)
    yield lock
    lock.release()


def take(cluster: FakeCluster) -> tuple[Lock, list[str]]:
    """Take the lock; give it and what was said meanwhile."""
    said = []
    taking = acquire(TARGET, cluster, cluster.clock, TTL_S, 0.0)
    while True:
        try:
            said.append(next(taking).reason)
        except StopIteration as end:
            return end.value, said


def test_a_free_lock_is_taken_at_once_and_names_its_owner(cluster: FakeCluster):
    lock, said = take(cluster)
    assert said == []
    spec = cluster.peek(LEASE)["spec"]
    assert spec["holderIdentity"] == lock.holder
    assert "process" in lock.holder
    assert spec["leaseDurationSeconds"] == 60
    lock.release()


def test_a_lock_that_was_given_back_is_taken_at_once(cluster: FakeCluster):
    lock, _ = take(cluster)
    lock.release()
    other, said = take(cluster)
    assert said == []
    assert cluster.peek(LEASE)["spec"]["holderIdentity"] == other.holder
    other.release()


def test_a_lock_whose_owner_lives_is_refused_and_its_owner_named(cluster: FakeCluster, held: Lock):
    def renew() -> None:
        held._renew()

    cluster.clock.call_in(10, renew)
    with pytest.raises(LockHeldError) as caught:
        take(cluster)
    assert caught.value.holder == held.holder
    assert held.holder in str(caught.value)
    assert caught.value.exit_code == 5


def test_a_lock_whose_owner_is_silent_is_taken_over_after_its_time_to_live(cluster: FakeCluster, held: Lock):
    began_s = cluster.clock.monotonic()
    lock, said = take(cluster)
    assert cluster.clock.monotonic() - began_s >= TTL_S
    assert said[-1].startswith("no sign of life")
    assert cluster.peek(LEASE)["spec"]["leaseTransitions"] == 1
    lock.release()


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_wrong_makes_a_lock_neither_free_nor_eternal(cluster: FakeCluster, held: Lock, hours: int):
    """What counts is how long the one who waits saw no sign of life, by its own clock."""

    def be_written_by_a_wrong_clock() -> None:
        live = cluster.peek(LEASE)
        time = (cluster.clock.now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        cluster.put({**live, "spec": {**live["spec"], "acquireTime": time, "renewTime": time}})

    be_written_by_a_wrong_clock()
    cluster.clock.call_in(TTL_S / 2, be_written_by_a_wrong_clock)
    with pytest.raises(LockHeldError):
        take(cluster)
    began_s = cluster.clock.monotonic()
    lock, _ = take(cluster)
    assert TTL_S <= cluster.clock.monotonic() - began_s < 2 * TTL_S
    lock.release()


def test_the_one_it_was_taken_from_finds_out_before_it_writes(cluster: FakeCluster, held: Lock):
    lock, _ = take(cluster)
    with pytest.raises(LockHeldError, match="was lost to"):
        held.ensure()
    lock.ensure()
    lock.release()


def test_who_stood_still_but_was_not_taken_over_goes_on(cluster: FakeCluster, held: Lock):
    cluster.clock.sleep(10 * TTL_S)
    held.ensure()
    assert cluster.peek(LEASE)["spec"]["holderIdentity"] == held.holder


def test_a_lock_with_time_to_spare_costs_no_request(cluster: FakeCluster, held: Lock):
    before = len(cluster.requests)
    held.ensure()
    assert len(cluster.requests) == before


def test_the_lock_is_renewed_when_less_is_left_than_a_request_may_take(cluster: FakeCluster, held: Lock):
    cluster.clock.sleep(TTL_S - cluster.request_timeout_s)
    held.ensure()
    assert cluster.requests[-1] == ("update", LEASE)


def test_a_renewal_whose_answer_was_lost_is_no_lost_lock(cluster: FakeCluster, held: Lock):
    live = cluster.peek(LEASE)
    cluster.put({**live, "spec": {**live["spec"], "renewTime": "2031-01-01T00:00:00.000000Z"}})
    cluster.clock.sleep(TTL_S)
    held.ensure()
    held.ensure()


def test_a_lease_that_someone_deleted_is_a_lost_lock(cluster: FakeCluster, held: Lock):
    cluster.take_away(LEASE)
    cluster.clock.sleep(TTL_S)
    with pytest.raises(LockHeldError, match="lost to nobody"):
        held.ensure()


def test_a_process_of_this_machine_that_is_gone_is_not_waited_for(cluster: FakeCluster, held: Lock):
    live = cluster.peek(LEASE)
    annotations = live["metadata"]["annotations"]
    gone = {name: f"{value.rpartition('#')[0]}#4194304.1" for name, value in annotations.items()}
    cluster.put({**live, "metadata": {**live["metadata"], "annotations": gone}})
    lock, said = take(cluster)
    assert said == []
    lock.release()


def test_a_dead_process_that_nobody_has_waited_for_is_not_waited_for(cluster: FakeCluster, held: Lock):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        place, _, _ = cluster.peek(LEASE)["metadata"]["annotations"][PROCESS].rpartition("#")
        stat = Path(f"/proc/{child.pid}/stat")
        started = stat.read_text().rpartition(")")[2].split()[19]
        live = cluster.peek(LEASE)
        named = {PROCESS: f"{place}#{child.pid}.{started}"}
        cluster.put({**live, "metadata": {**live["metadata"], "annotations": named}})
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert stat.read_text().rpartition(")")[2].split()[0] == "Z"
        lock, said = take(cluster)
    assert said == []
    lock.release()


def test_a_second_installer_that_finds_the_lock_held_writes_nothing(cluster: FakeCluster, held: Lock):
    before = len(cluster.writes)
    cluster.clock.call_in(10, held._renew)
    outcome = apply(cluster, twelve())
    assert [type(error) for error in outcome.errors] == [LockHeldError]
    assert all(request.id == LEASE for request in cluster.writes[before:])


def test_a_run_whose_lock_is_taken_away_writes_no_more(cluster: FakeCluster):
    def steal(_: int, request: object) -> None:
        live = cluster.peek(LEASE) if LEASE in cluster.ids else None
        if live and request == ("apply", ResourceId("", "Namespace", "", "app")):
            cluster.put({**live, "spec": {**live["spec"], "holderIdentity": "thief"}})
            cluster.clock.sleep(TTL_S)

    cluster.before.append(steal)
    outcome = apply(cluster, twelve())
    applied = [request.id for request in cluster.requests if request.verb == "apply"]
    assert applied == [ResourceId("", "Namespace", "", "app")]
    assert any(isinstance(error, LockHeldError) for error in outcome.errors)


def test_after_a_kill_the_lock_is_taken_over(cluster: FakeCluster):
    cluster.kill_at(30)
    with pytest.raises(Killed):
        apply(cluster, twelve())
    cluster.revive()
    outcome = apply(cluster, twelve())
    assert outcome.errors == []
    assert any("taking the lock over" in event.reason for event in outcome.of("lock"))
