"""Empty namespaces that are going anyway, in the five seconds in which Kubernetes does nothing about them.

What is swept is ours by label, inert, and in a namespace that was asked to go: it is lost in any case, and nothing
waits for it. But as Kubernetes does, pods come first: a policy or a right is not taken from one that is still ending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from kfinstall.apply.engine import Engine
from kfinstall.apply.messages import Swept
from kfinstall.apply.protocols import Cluster
from kfinstall.apply.removal import POD
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, ResourceId

SWEEP_AFTER_S: Final = 0.5
SWEEP_EVERY_S: Final = 1.0


@dataclass(slots=True)
class Sweeping:
    """Namespaces that are going and still hold what is ours. What fails here is left to Kubernetes."""

    engine: Engine
    label: str
    kinds: dict[ResourceId, frozenset[GroupKind]] = field(default_factory=dict)

    def begin(self, id: ResourceId, inert: Iterable[ResourceId]) -> None:
        """Have a namespace that was asked to go emptied of resources of these kinds, as soon as no pod is in it."""
        if kinds := frozenset(one.group_kind for one in inert):
            self.kinds[id] = kinds
            self.engine.wake(id, SWEEP_AFTER_S)

    def look_at(self, id: ResourceId) -> bool:
        """Sweep a namespace; False when it is not to be, or was."""
        kinds = self.kinds.pop(id, None)
        if kinds is None:
            return False
        self.engine.submit(
            lambda: sweep(id, kinds, self.label, self.engine.cluster), lambda error: Swept(id, error=error)
        )
        return True

    def take(self, message: Swept) -> None:
        """Take in what came of it."""
        if message.error is not None and not isinstance(message.error, ClusterError):
            raise message.error
        if message.left:
            self.kinds[message.id] = message.left
            self.engine.wake(message.id, SWEEP_EVERY_S)


def sweep(namespace: ResourceId, kinds: Collection[GroupKind], label: str, cluster: Cluster) -> Swept:
    """Delete all of these kinds that carry a label in a namespace, unless a pod is in it.

    Raises:  ClusterError; what is still there goes with the namespace.
    """
    if cluster.list_metadata(POD, namespace.name):
        return Swept(namespace, frozenset(kinds))
    for group_kind in sorted(kinds):
        cluster.delete_all(group_kind, namespace.name, label)
    return Swept(namespace)
