"""What may go next: a graph of ids that is worked off edge by edge. No I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple, TypeAlias

from kfinstall.plan.model import Edge, Until
from kfinstall.resource import ResourceId

Ranks: TypeAlias = Mapping[ResourceId, tuple[int, int]]
"""Id -> the slow ones, and all, on the longest way that begins with it."""


class Skip(NamedTuple):
    """An id that will not be tried, the one it needed, and the one whose failure is the cause."""

    id: ResourceId
    needed: ResourceId
    cause: ResourceId


class Ready:
    """What may go next, what most depends on first; else in the order in which it came."""

    def __init__(self, ids: Iterable[ResourceId], ranks: Ranks) -> None:
        self._ranks = ranks
        self._numbers = count()
        self._heap: list[tuple[int, int, int, ResourceId]] = []
        self.extend(ids)

    def __bool__(self) -> bool:
        return bool(self._heap)

    def extend(self, ids: Iterable[ResourceId]) -> None:
        """Add some."""
        for id in ids:
            slow, all_ = self._ranks.get(id, (0, 0))
            heappush(self._heap, (-slow, -all_, next(self._numbers), id))

    def pop(self) -> ResourceId:
        """Take the next one out."""
        return heappop(self._heap)[-1]


@dataclass(slots=True)
class Frontier:
    """Counts what each id still waits for. `reach` and `fail` are told what happened and say what follows."""

    _pending: dict[ResourceId, int]
    _after: dict[ResourceId, list[Edge]]
    _reached: dict[ResourceId, set[Until]] = field(default_factory=lambda: defaultdict(set))
    _done: set[ResourceId] = field(default_factory=set)

    def start(self) -> list[ResourceId]:
        """Give the ids that wait for nothing, in the order given to `make_frontier`."""
        return [id for id, count in self._pending.items() if count == 0]

    def reach(self, id: ResourceId, until: Until) -> list[ResourceId]:
        """Note that an id is applied (or healthy); give the ids that wait for nothing any more."""
        if until in self._reached[id]:
            return []
        self._reached[id].add(until)
        ready = []
        for edge in self._after.get(id, ()):
            if edge.until == until and edge.after not in self._done:
                self._pending[edge.after] -= 1
                if self._pending[edge.after] == 0:
                    ready.append(edge.after)
        return ready

    def fail(self, id: ResourceId) -> list[Skip]:
        """Note that an id gets no further; give all that can never be tried now, each once."""
        skipped: list[Skip] = []
        stack = [id]
        while stack:
            needed = stack.pop()
            for edge in self._unreached(needed):
                if edge.after not in self._done:
                    self._done.add(edge.after)
                    skipped.append(Skip(edge.after, needed, id))
                    stack.append(edge.after)
        return skipped

    def _unreached(self, id: ResourceId) -> Iterator[Edge]:
        return (edge for edge in self._after.get(id, ()) if edge.until not in self._reached[id])


def ranks(ids: Sequence[ResourceId], edges: Iterable[Edge], slow: Callable[[ResourceId], bool]) -> Ranks:
    """Give each id how much comes after it at most, so that the longest way can be begun first.

    In:      ids in a topological order; `slow` says what takes long to become healthy: one outweighs all others.
    """
    after: dict[ResourceId, list[ResourceId]] = defaultdict(list)
    for edge in edges:
        after[edge.before].append(edge.after)
    found: dict[ResourceId, tuple[int, int]] = {}
    for id in reversed(ids):
        slow_after, any_after = max((found[one] for one in after[id] if one in found), default=(0, 0))
        found[id] = (slow_after + slow(id), any_after + 1)
    return found


def make_frontier(ids: Sequence[ResourceId], edges: Iterable[Edge]) -> Frontier:
    """Give the frontier of a graph; edges whose ends are not both among the ids are left out."""
    pending = dict.fromkeys(ids, 0)
    after: dict[ResourceId, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.before in pending and edge.after in pending:
            pending[edge.after] += 1
            after[edge.before].append(edge)
    return Frontier(pending, after)
