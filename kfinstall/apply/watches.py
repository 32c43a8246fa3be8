"""The watches of a run: one for each kind it waits for, and some for what explains why something is not healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from kfinstall.apply.messages import Message, Seen
from kfinstall.apply.protocols import Closable, Cluster
from kfinstall.apply.surroundings import Place
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, ResourceId


class Watches:
    """Owner of watches; what they see goes to `tell`. `close` ends them all."""

    def __init__(
        self, cluster: Cluster, tell: Callable[[Message], None], label: str, ids: Iterable[ResourceId]
    ) -> None:
        """In: `ids` are all that the run may wait for; where one namespace has all of a kind, only that is watched."""
        self._cluster = cluster
        self._tell = tell
        self._label = label
        self._narrow: set[GroupKind] = set()
        self._namespaces: dict[GroupKind, set[str]] = {}
        for id in ids:
            self._namespaces.setdefault(id.group_kind, set()).add(id.namespace)
        self._open: dict[tuple[GroupKind, str | None, str], Closable] = {}

    def close(self) -> None:
        """End all watches."""
        for watch in self._open.values():
            watch.close()
        self._open.clear()

    def follow(self, id: ResourceId, *, is_member: bool = True) -> None:
        """Watch the kind of a resource, unless it is watched already. What is not a member has no label of ours."""
        if is_member:
            namespaces = self._namespaces.get(id.group_kind, set()) | {id.namespace}
            namespace = id.namespace if len(namespaces) == 1 or id.group_kind in self._narrow else ""
            self._start(id.group_kind, namespace or None, self._label, is_related=False)
        else:
            self._start(id.group_kind, id.namespace or None, "", is_related=False)

    def follow_in(self, group_kind: GroupKind, namespaces: Iterable[str]) -> None:
        """Watch a kind in each namespace, after the whole cluster was forbidden."""
        self._narrow.add(group_kind)
        for namespace in sorted(set(namespaces)):
            self._start(group_kind, namespace, self._label, is_related=False)

    def surround(self, places: Sequence[Place]) -> None:
        """Watch the kinds that explain a resource's health, where they are not watched already."""
        for group_kind, namespace in places:
            with suppress(ClusterError):
                self._start(group_kind, namespace or None, "", is_related=True)

    def _start(self, group_kind: GroupKind, namespace: str | None, label: str, *, is_related: bool) -> None:
        key = (group_kind, namespace, "related" if is_related else label)
        if key not in self._open:
            self._open[key] = self._cluster.watch(
                group_kind,
                namespace,
                lambda event: self._tell(Seen(group_kind, namespace, event, is_related)),
                label_selector=label,
            )
