"""How close an apply of random graphs comes to their longest path, on a local control plane.

Each node is a Deployment that its controller calls available after some seconds. How long each really took, from made
to available, is read off a watch; the longest path is computed from that: what is left is the installer's own time, and
that of the API server to answer it. Where other programs keep the processors busy, it is mostly theirs: so the share of
the time in which something waited for a processor is printed beside it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from kfinstall import localplane
from kfinstall.apply import Installation, SystemClock, install
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.cluster.watch import WatchEvent
from kfinstall.resource import GroupKind, Origin, Resource, ResourceId

GRAPHS, NODES, MOST_NEEDS, SLOWEST_S = 10, 20, 3, 4
DEPLOYMENT = GroupKind("apps", "Deployment")


class Figures(NamedTuple):
    """One graph: its longest path, from the first Deployment made to the last available, and for each Deployment that
    needs others how long after the last of them was available it was made.
    """

    critical_path_s: float
    makespan_s: float
    steps_s: tuple[float, ...]


def report(rounds: int) -> Iterator[str]:
    """Apply `rounds` times the graphs there are, each in a namespace of its own; give lines with the ratios."""
    with localplane.up("kind") as plane, connect(plane.kubeconfig) as cluster:
        began_s, waited_s = time.monotonic(), pressure_s()
        found = [_measure(cluster, seed) for seed in range(GRAPHS * rounds)]
        busy = (pressure_s() - waited_s) / (time.monotonic() - began_s)
    ratios = sorted(one.makespan_s / one.critical_path_s for one in found)
    paths = [one.critical_path_s for one in found]
    yield f"{len(found)} random graphs of {NODES} Deployments, longest paths {min(paths):.1f} to {max(paths):.1f} s"
    yield f"makespan / longest path: median {median(ratios):.3f}, worst {ratios[-1]:.3f}"
    steps_ms = sorted(1000 * step_s for one in found for step_s in one.steps_s)
    tail_ms = steps_ms[len(steps_ms) * 95 // 100]
    yield "from the last that one needs being available to it being made:"
    yield f"  median {median(steps_ms):.0f} ms, 95 of 100 within {tail_ms:.0f} ms"
    yield f"something waited for a processor in {busy:.0%} of the time"


def _measure(cluster: ApiCluster, seed: int) -> Figures:
    dice, namespace = random.Random(seed), f"graph-{seed}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    needs = [dice.sample(range(n), min(n, dice.randint(0, MOST_NEEDS))) for n in range(NODES)]
    nodes = [_node(n, needs[n], namespace, dice.randint(0, SLOWEST_S)) for n in range(NODES)]
    made, up = dict[ResourceId, float](), dict[ResourceId, float]()

    def hear(event: WatchEvent) -> None:
        if event.manifest is not None:
            id = ResourceId("apps", "Deployment", namespace, event.manifest["metadata"]["name"])
            made.setdefault(id, time.monotonic())
            if (event.manifest.get("status") or {}).get("availableReplicas"):
                up.setdefault(id, time.monotonic())

    watch = cluster.watch(DEPLOYMENT, namespace, hear)
    for _ in install(nodes, Installation("graph", namespace), cluster, SystemClock()):
        pass
    while len(up) < NODES:  # this watch may hear the last of it a moment after the run's own
        time.sleep(0.01)
    watch.close()
    cluster.delete(ResourceId("", "Namespace", "", namespace))
    made_s, up_s = [made[node.id] for node in nodes], [up[node.id] for node in nodes]
    took = [end_s - start_s for start_s, end_s in zip(made_s, up_s, strict=True)]
    return Figures(longest_s(needs, took), max(up_s) - min(made_s), steps_s(needs, made_s, up_s))


def pressure_s(path: Path = Path("/proc/pressure/cpu")) -> float:
    """Give the seconds since the start of the machine in which something waited for a processor.

    Source:  https://docs.kernel.org/accounting/psi.html; `some`, in microseconds.
    """
    some = next(line for line in path.read_text().splitlines() if line.startswith("some"))
    return float(some.rpartition("total=")[2]) / 1e6


def steps_s(needs: Sequence[Sequence[int]], made_s: Sequence[float], up_s: Sequence[float]) -> tuple[float, ...]:
    """Give, for each node that needs others, how long after the last of them was up it was made."""
    return tuple(made_s[n] - max(up_s[m] for m in before) for n, before in enumerate(needs) if before)


def longest_s(needs: Sequence[Sequence[int]], took_s: Sequence[float]) -> float:
    """Give the longest path in seconds: by number, which nodes each needs and how long it takes itself."""
    ends: list[float] = []
    for before, own_s in zip(needs, took_s, strict=True):
        ends.append(own_s + max((ends[n] for n in before), default=0.0))
    return max(ends)


def _node(number: int, needs: Sequence[int], namespace: str, slow_s: int) -> Resource:
    references = ",".join(f"apps/namespaces/{namespace}/Deployment/d{other}" for other in needs)
    annotations = {"config.kubernetes.io/depends-on": references} if references else {}
    labels: Mapping[str, str] = {"app": f"d{number}"}
    containers = [{"name": "main", "image": "example.com/app:1"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"d{number}", "namespace": namespace, "annotations": annotations},
        "spec": {"minReadySeconds": slow_s, "selector": {"matchLabels": labels}, "template": template},
    }
    return Resource(manifest, Origin("graph.yaml", number + 1))
