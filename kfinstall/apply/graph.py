"""What may go next: a graph of ids that is worked off edge by edge. No I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kfinstall.plan.model import Edge, Until
from kfinstall.resource import ResourceId


class Skip(NamedTuple):
    """An id that will not be tried, the one it needed, and the one whose failure is the cause."""

    id: ResourceId
    needed: ResourceId
    cause: ResourceId


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


def make_frontier(ids: Sequence[ResourceId], edges: Iterable[Edge]) -> Frontier:
    """Give the frontier of a graph; edges whose ends are not both among the ids are left out."""
    pending = dict.fromkeys(ids, 0)
    after: dict[ResourceId, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.before in pending and edge.after in pending:
            pending[edge.after] += 1
            after[edge.before].append(edge)
    return Frontier(pending, after)
