"""Killed after any request of an install, an upgrade or a delete, on a real API server: the next run makes it right."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import ResourceId
from tests.faults.installers import run_to_the_end
from tests.faults.judge import uids, undisturbed
from tests.faults.killing import Moment, Scene, is_survived
from tests.faults.subjects import ACTS, Act, small
from tests.proxy import open_proxy

LANES: Final = 12
"""So many installations are worked on at once: a delete waits most of the time, for namespaces to go."""


@dataclass(slots=True)
class Moments:
    """The moments that are still to be tried, and how many each act had."""

    is_before_a_write: bool
    acts: tuple[Act, ...] = tuple(ACTS)
    tried: Counter[Act] = field(default_factory=Counter)
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> tuple[Moment, tuple[Act, ...]] | None:
        """Give the next moment and the acts that may have it."""
        with self._lock:
            self._number += 1
            return (Moment(self._number, self.is_before_a_write), self.acts) if self.acts else None

    def note(self, acts: frozenset[Act]) -> None:
        """Note which acts had a moment; one that had not has no later one."""
        with self._lock:
            self.tried.update(acts)
            self.acts = tuple(act for act in self.acts if act in acts)


def work(scene: Scene, moment: Moment, acts: tuple[Act, ...]) -> frozenset[Act]:
    """Install, upgrade and delete, killed at a moment of these acts; give those that have such a moment.

    What is deleted was installed; it need not have been upgraded.
    """
    subject = small(f"killed{moment.number}{'w' if moment.is_before_a_write else 'r'}")
    had = set()
    for act in ACTS:
        if act in acts and is_survived(scene, subject, act, moment):
            had.add(act)
        elif act not in acts and act != "upgrade":
            run_to_the_end(scene.kubeconfig, subject, act, scene.folder)
    return frozenset(had)


@pytest.mark.parametrize("is_before_a_write", [False, True], ids=["after-each-request", "before-each-write"])
def test_killed_at_any_moment_the_next_run_converges(
    is_before_a_write: bool,
    plane: Plane,
    cluster: ApiCluster,
    bystanders: Mapping[ResourceId, str],
    tmp_path: Path,
    figure: Callable[[str], None],
):
    moments = Moments(is_before_a_write)
    reference = undisturbed(plane.kubeconfig, cluster, small("undisturbed"), tmp_path)

    def lane(number: int) -> None:
        folder = tmp_path / f"lane-{number}"
        folder.mkdir()
        with open_proxy(plane.kubeconfig, folder) as proxy, connect(plane.kubeconfig) as its_own:
            scene = Scene(plane.kubeconfig, its_own, proxy, folder, reference)
            while (next_one := moments.take()) is not None:
                moments.note(work(scene, *next_one))

    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(lane, range(LANES)))
    assert all(moments.tried[act] >= 15 for act in ACTS), moments.tried
    assert uids(cluster, bystanders) == bystanders
    what = "before the n-th write" if is_before_a_write else "after the n-th request"
    points = ", ".join(f"{number} of {act}" for act, number in moments.tried.items())
    total = moments.tried.total()
    figure(f"killed {what}, for every n: {points}; {total} of {total} converged on the next run")
