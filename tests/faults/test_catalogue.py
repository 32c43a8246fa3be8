"""The same with the packaged catalogue: a few moments of each act, or all of them with `make test-faults`.

`make test-faults EVERY=20 FIRST=7` tries the 7th request and each 20th from there: twenty such runs are all of it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from tests.faults.breaking import MIXED, Mixed
from tests.faults.installers import run_to_the_end
from tests.faults.judge import look, recorded
from tests.faults.killing import Moment, Scene, is_survived
from tests.faults.subjects import ACTS, Act, Subject, whole_catalogue
from tests.proxy import open_proxy

STRATA: Final = 2
"""So many parts each act's requests are divided into; one request of each is tried, in its middle."""
EVERY: Final = int(os.environ.get("KFINSTALL_KILL_EVERY", "0"))
"""Where it is set, one of each so many requests is tried, from the one numbered `FIRST`."""
FIRST: Final = int(os.environ.get("KFINSTALL_KILL_FIRST", "1"))


@pytest.fixture
def plane() -> Iterator[Plane]:
    """Give a control plane that has nothing else."""
    with localplane.up("kind") as plane:
        yield plane


@pytest.fixture
def cluster(plane: Plane) -> Iterator[ApiCluster]:
    with connect(plane.kubeconfig) as connection:
        yield connection


def chosen(total: int) -> Sequence[int]:
    """Give the numbers of the requests to kill after."""
    if EVERY:
        return range(FIRST, total + 1, EVERY)
    return [(2 * part + 1) * total // (2 * STRATA) for part in range(STRATA)]


def calm(scene: Scene, subject: Subject, totals: Counter[Act]) -> None:
    """Note what is there after each act that nothing disturbs, and how many requests it took."""
    for act in ACTS:
        before = len(scene.proxy.asked)
        run_to_the_end(scene.proxy.kubeconfig, subject, act, scene.folder)
        totals[act] = len(scene.proxy.asked) - before
        scene.reference[act] = look(scene.cluster, subject)


def test_killed_during_the_catalogue_the_next_run_converges(
    plane: Plane, cluster: ApiCluster, tmp_path: Path, figure: Callable[[str], None]
):
    subject, totals, tried = whole_catalogue(), Counter[Act](), Counter[Act]()
    with open_proxy(plane.kubeconfig, tmp_path) as proxy:
        scene = Scene(plane.kubeconfig, cluster, proxy, tmp_path, {})
        calm(scene, subject, totals)
        numbers = {act: chosen(totals[act]) for act in ACTS}
        for turn in range(max(map(len, numbers.values()))):
            for act in ACTS:
                if turn < len(numbers[act]):
                    print(f"{act}: after request {numbers[act][turn]} of {totals[act]}", flush=True)
                    tried[act] += is_survived(scene, subject, act, Moment(numbers[act][turn]))
                elif act != "upgrade":
                    run_to_the_end(scene.kubeconfig, subject, act, scene.folder)
    assert all(tried[act] >= STRATA - 1 for act in ACTS), tried
    points = ", ".join(f"{tried[act]} of the {totals[act]} requests of {act}" for act in ACTS)
    figure(f"killed during the catalogue, after {points}; {tried.total()} of {tried.total()} converged on the next run")


def test_each_request_of_the_catalogue_may_fail_and_the_run_succeeds(
    plane: Plane, cluster: ApiCluster, tmp_path: Path, figure: Callable[[str], None]
):
    subject, made = whole_catalogue(), 0
    for first in range(len(MIXED) if EVERY == 1 else 1):
        for act in ACTS:
            with open_proxy(plane.kubeconfig, tmp_path) as proxy:
                proxy.fault = mixed = Mixed(first)
                run_to_the_end(proxy.kubeconfig, subject, act, tmp_path)
            made += mixed.made
            seen = look(cluster, subject)
            assert set(seen.uids) == recorded(cluster, subject) == {one.id for one in subject.wanted[act]}
    figure(f"requests of the catalogue that went wrong, in one of {len(MIXED)} ways each: {made}; every run succeeded")
