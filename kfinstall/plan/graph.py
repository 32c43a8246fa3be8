"""Graphs of resource ids: order, depth, cycles, reversal. Nothing here recurses, so depth has no limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush

from kfinstall.errors import InputError
from kfinstall.plan.model import Edge
from kfinstall.resource import Origin, ResourceId

Successors = Mapping[ResourceId, Sequence[ResourceId]]


def order(
    ids: Sequence[ResourceId], edges: Iterable[Edge], origins: Mapping[ResourceId, Origin] | None = None
) -> tuple[ResourceId, ...]:
    """Give the ids so that what is waited for comes first, else in the order given.

    In:      edges with an end that is not among the ids are left out; `origins` are for the error.
    Raises:  InputError that prints a cycle.
    """
    place = {id: n for n, id in enumerate(ids)}
    inner = [edge for edge in edges if edge.before in place and edge.after in place]
    after, missing = _successors(inner), _count_before(ids, inner)
    ready = [place[id] for id, count in missing.items() if not count]
    done: list[ResourceId] = []
    while ready:
        done.append(ids[heappop(ready)])
        for id in after[done[-1]]:
            missing[id] -= 1
            if not missing[id]:
                heappush(ready, place[id])
    if len(done) < len(place):
        raise cycle_error(inner, origins or {})
    return tuple(done)


def _successors(edges: Iterable[Edge]) -> dict[ResourceId, list[ResourceId]]:
    after: dict[ResourceId, list[ResourceId]] = defaultdict(list)
    for edge in edges:
        after[edge.before].append(edge.after)
    return after


def _count_before(ids: Iterable[ResourceId], edges: Iterable[Edge]) -> dict[ResourceId, int]:
    missing = dict.fromkeys(ids, 0)
    for edge in edges:
        missing[edge.after] += 1
    return missing


def waves(ids: Sequence[ResourceId], edges: Sequence[Edge]) -> dict[ResourceId, int]:
    """Give each id its depth: 0 when it waits for nothing, else one more than the deepest it waits for.

    An edge that is only `applied` from a claim adds no depth: the claim may wait for its first pod.
    """
    before: dict[ResourceId, list[Edge]] = defaultdict(list)
    for edge in edges:
        before[edge.after].append(edge)
    depth: dict[ResourceId, int] = {}
    for id in order(ids, edges):
        depth[id] = max((depth[e.before] + _step(e) for e in before[id] if e.before in depth), default=0)
    return depth


def _step(edge: Edge) -> int:
    return 0 if edge.until == "applied" and edge.before.kind == "PersistentVolumeClaim" else 1


def reverse(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Give the same edges backwards: for removal, where all is waited for until it is gone."""
    return tuple(Edge(edge.after, edge.before, "healthy", edge.reason) for edge in edges)


def knots(edges: Sequence[Edge]) -> dict[ResourceId, ResourceId]:
    """Give each id on a cycle the id that stands for its knot: ids with the same one all wait for each other.

    Source:  Tarjan's strongly connected components, without recursion.
    """
    after = _successors(edges)
    found: dict[ResourceId, ResourceId] = {}
    seen: dict[ResourceId, int] = {}
    for root in list(after):
        if root not in seen:
            for component in _components(root, after, seen):
                found |= dict.fromkeys(component, component[0]) if len(component) > 1 else {}
    return found


def _components(root: ResourceId, after: Successors, seen: dict[ResourceId, int]) -> Iterator[list[ResourceId]]:
    low: dict[ResourceId, int] = {}
    open_: list[ResourceId] = []
    waiting: set[ResourceId] = set()
    path = [(root, iter(_enter(root, after, seen, low, open_, waiting)))]
    while path:
        id, rest = path[-1]
        following = next((other for other in rest if other not in seen or other in waiting), None)
        if following is None:
            path.pop()
            if path:
                parent = path[-1][0]
                low[parent] = min(low[parent], low[id])
            if low[id] == seen[id]:
                yield _close(id, open_, waiting)
        elif following in waiting:
            low[id] = min(low[id], seen[following])
        else:
            path.append((following, iter(_enter(following, after, seen, low, open_, waiting))))


def _enter(
    id: ResourceId,
    after: Successors,
    seen: dict[ResourceId, int],
    low: dict[ResourceId, int],
    open_: list[ResourceId],
    waiting: set[ResourceId],
) -> Sequence[ResourceId]:
    seen[id] = low[id] = len(seen)
    open_.append(id)
    waiting.add(id)
    return after.get(id, ())


def _close(id: ResourceId, open_: list[ResourceId], waiting: set[ResourceId]) -> list[ResourceId]:
    component = []
    while True:
        component.append(open_.pop())
        waiting.discard(component[-1])
        if component[-1] == id:
            return component


def find_cycle(edges: Sequence[Edge]) -> list[Edge]:
    """Give the edges of one shortest cycle through the first id that is on one; none when there is none."""
    knot = knots(edges)
    inner = [e for e in edges if e.before in knot and knot[e.before] == knot.get(e.after)]
    if not inner:
        return []
    start = min(inner).before
    outgoing: dict[ResourceId, list[Edge]] = defaultdict(list)
    for edge in inner:
        outgoing[edge.before].append(edge)
    return _path_back(start, outgoing)


def _path_back(start: ResourceId, outgoing: Mapping[ResourceId, Sequence[Edge]]) -> list[Edge]:
    came_by: dict[ResourceId, Edge] = {}
    queue = [start]
    for id in queue:
        for edge in outgoing[id]:
            if edge.after not in came_by:
                came_by[edge.after] = edge
                queue.append(edge.after)
    path = [came_by[start]]
    while path[-1].before != start:
        path.append(came_by[path[-1].before])
    return path[::-1]


def cycle_error(edges: Sequence[Edge], origins: Mapping[ResourceId, Origin]) -> InputError:
    """Give the error that prints a cycle, one edge a line, at the place of its first resource."""
    cycle = find_cycle(edges)
    explicit = [edge for edge in cycle if "it says" in edge.reason or "sync wave" in edge.reason]
    blamed = (explicit or cycle)[0].after
    return InputError(
        "these resources wait for each other:",
        origin=origins.get(blamed),
        hint="remove a depends-on or sync-wave annotation that closes the circle" if explicit else "",
        details=[f"{edge.after} waits for {edge.before} ({edge.reason})" for edge in cycle],
    )
