"""Two installers at once on a real API server never interleave: judged from the server's own order of all writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from kfinstall.apply import Installation, Options, SystemClock, install
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import Origin, Resource, ResourceId
from tests.apply.sets import Outcome
from tests.faults.journal import Entry, holder_of, interleaved, keep_journal

RACES: Final = 1000
PAIRS: Final = 8
"""So many installations are fought for at once, each by two installers."""


class Impatient(SystemClock):
    """A clock on which whoever waits for a lock looks at it often."""

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.02))


def wanted(of: str, by: str, namespace: str, *, has_own: bool) -> tuple[Resource, ...]:
    """Give what an installer wants: a ConfigMap that the other wants otherwise, and perhaps one that it does not."""
    names = [f"{of}-shared", *([f"{of}-{by[0]}"] if has_own else [])]
    return tuple(Resource(_config_map(name, namespace, {"of": of, "by": by}), Origin("race", 1)) for name in names)


def _config_map(name: str, namespace: str, data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


class Arena:
    """Where two installers meet again and again, and who held the lock by the name that a Lease has for it."""

    def __init__(self, plane: Plane, namespace: str) -> None:
        self.plane = plane
        self.namespace = namespace
        self.holders: dict[str, str] = {}
        self.waited = 0

    def fight(self, of: str, rounds: range) -> None:
        """Run the races of one installation."""
        with (
            connect(self.plane.kubeconfig) as left,
            connect(self.plane.kubeconfig) as right,
            ThreadPoolExecutor(2) as pool,
        ):
            for number in rounds:
                gate = threading.Barrier(2)
                runs = [
                    pool.submit(self._run, cluster, of, f"{side}{number}", gate, number % 4 == 0)
                    for side, cluster in (("a", left), ("b", right))
                ]
                for run in runs:
                    assert run.result().errors == []

    def _run(self, cluster: ApiCluster, of: str, by: str, gate: threading.Barrier, has_own: bool) -> Outcome:
        target = Installation(of, self.namespace)
        resources = wanted(of, by, self.namespace, has_own=has_own)
        gate.wait(60)
        outcome = Outcome(install(resources, target, cluster, Impatient(), Options()))
        said = [event.reason for event in outcome.of("lock")]
        self.holders[by] = said[-1].removeprefix("lock taken by ")
        self.waited += len(said) > 1
        return outcome


def test_two_installers_never_interleave(plane: Plane, cluster: ApiCluster, races: str, figure: Callable[[str], None]):
    arena = Arena(plane, races)
    share = RACES // PAIRS
    with keep_journal(cluster, races) as journal:
        with ThreadPoolExecutor(PAIRS) as pool:
            work = [pool.submit(arena.fight, f"i{n}", range(n * share, (n + 1) * share)) for n in range(PAIRS)]
            for one in work:
                one.result()
        last = cluster.update({**cluster.get(_lease("i0", races)), "spec": {}})
        end = cluster.create(_config_map("the-end", races, {}))
        entries = journal.until(min(int(it["metadata"]["resourceVersion"]) for it in (last, end)))
    assert interleaved(entries, arena.holders) == []
    writes = sum(entry.manifest["kind"] == "ConfigMap" for entry in entries)
    assert len(arena.holders) == 2 * RACES
    assert arena.waited >= RACES // 2
    for n in range(PAIRS):
        shared = cluster.get(ResourceId("", "ConfigMap", races, f"i{n}-shared"))
        assert shared is not None
        holders = [holder_of(e) for e in entries if e.manifest["kind"] == "Lease" and e.name == f"i{n}"]
        assert arena.holders[shared["data"]["by"]] == [holder for holder in holders if holder][-1]
    figure(f"races of two installers: {RACES}, {arena.waited} waited for the lock; of {writes} writes none interleaved")


def test_the_judge_sees_a_write_of_who_has_lost_the_lock():
    def lease(version: int, holder: str) -> Entry:
        return Entry(
            version, "MODIFIED", {"kind": "Lease", "metadata": {"name": "i"}, "spec": {"holderIdentity": holder}}
        )

    def write(version: int, name: str, **data: str) -> Entry:
        return Entry(version, "MODIFIED", {"kind": "ConfigMap", "metadata": {"name": name}, "data": data})

    holders = {"a1": "left", "b1": "right"}
    fine = [
        lease(1, "left"),
        write(2, "i", revision="1"),
        write(3, "x", of="i", by="a1"),
        lease(4, ""),
        lease(5, "right"),
    ]
    assert interleaved([*fine, write(6, "i", revision="2"), write(7, "x", of="i", by="b1")], holders) == []
    assert interleaved([*fine, write(6, "x", of="i", by="a1")], holders) == ["x by a1 at 6, the lock at 'right'"]
    assert interleaved([*fine, write(6, "i", revision="1")], holders) == ["revision 1 of i at 6, the lock at 'right'"]
    assert interleaved([write(1, "i", revision="1")], holders) == ["revision 1 of i at 1, the lock at ''"]


def _lease(name: str, namespace: str) -> ResourceId:
    return ResourceId("coordination.k8s.io", "Lease", namespace, name)
