"""Which of the namespaces that are to go hold something of others: read of all at once, while workloads still go.

Kubernetes empties a namespace five seconds after it was asked to delete it, so whoever asks late ends late. It is never
asked before it is known what is inside, and that knowledge is never old.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kfinstall.apply.engine import Engine
from kfinstall.apply.foreign import Held, survey
from kfinstall.apply.messages import Surveyed
from kfinstall.apply.model import Options
from kfinstall.errors import ClusterError
from kfinstall.resource import ResourceId

FRESH_S: Final = 2.0
"""A look that began so long before a namespace may go still counts; an older one is repeated."""


@dataclass(slots=True)
class Emptiness:
    """What is known of namespaces that are to go. `due`: those that wait for this alone, and since when."""

    engine: Engine
    options: Options
    ours: frozenset[str]
    names: set[str]
    """Those of which it has to be known and is not settled yet."""
    due: dict[ResourceId, float] = field(default_factory=dict)
    last: Surveyed | None = None
    is_asked: bool = False

    def look(self) -> None:
        """Begin to look into all of them, unless that is under way."""
        if self.is_asked or not self.names:
            return
        self.is_asked = True
        cluster, began_s = self.engine.cluster, self.engine.clock.monotonic()
        names, ours, ignore_data = sorted(self.names), self.ours, self.options.delete_data

        def work() -> Surveyed:
            return Surveyed(began_s, survey(names, cluster, ours, ignore_data=ignore_data))

        self.engine.submit(work, lambda error: Surveyed(began_s, {}, error))

    def want(self, id: ResourceId) -> None:
        """Note that a namespace may go as soon as it is known to hold nothing of others."""
        self.due[id] = self.engine.clock.monotonic()

    def take(self, message: Surveyed) -> None:
        """Take in what was seen."""
        if message.error is not None:
            if not isinstance(message.error, ClusterError):
                raise message.error
            message = message._replace(held=dict.fromkeys(self.names, message.error))
        self.last, self.is_asked = message, False

    def settle(self) -> Iterator[tuple[ResourceId, Held]]:
        """Give the namespaces of which it is known well enough, each once; look again for the others."""
        for id, since_s in list(self.due.items()):
            if self.last is not None and id.name in self.last.held and self._is_recent(self.last, since_s):
                del self.due[id]
                self.names.discard(id.name)
                yield id, self.last.held[id.name]
        if self.due:
            self.look()

    def _is_recent(self, last: Surveyed, since_s: float) -> bool:
        return last.began_s >= since_s or self.engine.clock.monotonic() - last.began_s <= FRESH_S
