"""Edges that people wrote: `config.kubernetes.io/depends-on` and hand-written sync waves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from kfinstall.plan.annotations import dependencies_of, lenient, wave_of
from kfinstall.plan.edges.scene import Scene
from kfinstall.plan.graph import order
from kfinstall.plan.model import Edge
from kfinstall.resource import Resource, ResourceId


def depends_on(scene: Scene) -> Iterator[Edge]:
    """What a resource says it depends on is healthy before it."""
    for resource in scene.resources:
        for before in lenient(dependencies_of, resource.manifest) or ():
            yield from scene.edge(before, resource.id, "healthy", "it says that it depends on it")


def depends_on_outside(resources: Sequence[Resource]) -> Iterator[Edge]:
    """Give the edges from what is not in the set: it has to be healthy in the cluster."""
    ids = {resource.id for resource in resources}
    for resource in resources:
        for before in lenient(dependencies_of, resource.manifest) or ():
            if before not in ids:
                yield Edge(before, resource.id, "healthy", "it says that it depends on it")


def waves(scene: Scene, known: Sequence[Edge]) -> Iterator[Edge]:
    """All of one hand-written sync wave is healthy before the next is sent.

    As in Argo CD, what says nothing is in wave 0; but it goes as early as something that needs it, such as a
    namespace whose content has a wave below 0, and as late as what it needs itself. Only the ends of
    each wave are joined: what is between them follows.
    """
    written = {r.id: wave for r in scene.resources if (wave := lenient(wave_of, r.manifest)) is not None}
    if not written:
        return
    wave_by_id = _effective([resource.id for resource in scene.resources], written, known)
    groups: dict[int, list[ResourceId]] = defaultdict(list)
    for id, wave in wave_by_id.items():
        groups[wave].append(id)
    numbers = sorted(groups)
    for earlier, later in pairwise(numbers):
        reason = f"is in sync wave {earlier}, before wave {later}"
        ends, starts = _ends(groups[earlier], wave_by_id, known), _starts(groups[later], wave_by_id, known)
        yield from (Edge(end, start, "healthy", reason) for end in ends for start in starts)


def _effective(
    ids: Sequence[ResourceId], written: Mapping[ResourceId, int], edges: Sequence[Edge]
) -> dict[ResourceId, int]:
    """Give each id its wave: the written one, else 0, but as late as what it waits for and as early as who waits."""
    ordered = order(ids, edges)
    needs, users = _neighbours((edge.after, edge.before) for edge in edges), _neighbours(edge[:2] for edge in edges)
    waves: dict[ResourceId, int] = {}
    for id in ordered:
        waves[id] = written.get(id, max([0, *(waves[need] for need in needs[id])]))
    for id in reversed(ordered):
        waves[id] = written.get(id, min([waves[id], *(waves[user] for user in users[id])]))
    return waves


def _neighbours(pairs: Iterable[tuple[ResourceId, ResourceId]]) -> Mapping[ResourceId, list[ResourceId]]:
    found: dict[ResourceId, list[ResourceId]] = defaultdict(list)
    for one, other in pairs:
        found[one].append(other)
    return found


def _ends(ids: Iterable[ResourceId], wave: Mapping[ResourceId, int], edges: Iterable[Edge]) -> list[ResourceId]:
    awaited = {e.before for e in edges if e.until == "healthy" and wave[e.before] == wave[e.after]}
    return [id for id in ids if id not in awaited]


def _starts(ids: Iterable[ResourceId], wave: Mapping[ResourceId, int], edges: Iterable[Edge]) -> list[ResourceId]:
    waiting = {e.after for e in edges if wave[e.before] == wave[e.after]}
    return [id for id in ids if id not in waiting]
