"""Many pods with one trouble are one finding, about what they belong to."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import event_time, explain
from kfinstall.resource import Manifest, ResourceId, id_of

Key = TypeVar("Key", bound=Hashable)


def by_workload(
    pods: Iterable[tuple[Manifest, Key]], snapshot: Snapshot
) -> Iterator[tuple[ResourceId, Key, tuple[Manifest, ...]]]:
    """Give (what the pods belong to, the trouble, the pods) for pods that have the same owner and the same trouble."""
    groups: dict[tuple[ResourceId, Key], list[Manifest]] = {}
    for pod, trouble in pods:
        groups.setdefault((id_of(snapshot.top_owner(pod)), trouble), []).append(pod)
    for (owner, trouble), found in groups.items():
        yield owner, trouble, tuple(found)


def ids(manifests: Iterable[Manifest]) -> tuple[ResourceId, ...]:
    """Give the ids of manifests."""
    return tuple(map(id_of, manifests))


def said(manifests: Iterable[Manifest], snapshot: Snapshot, *reasons: str) -> tuple[str, ...]:
    """Give what events say of some manifests, each sentence once, the newest first, three at most."""
    events = [event for manifest in manifests for event in snapshot.events(manifest, *reasons)]
    words = (explain(event) for event in sorted(events, key=event_time, reverse=True))
    return tuple(dict.fromkeys(filter(None, words)))[:3]


def names(found: Iterable[str], limit: int = 3) -> str:
    """Give a list of names to read: `a, b, c and 4 more`."""
    several = list(dict.fromkeys(found))
    rest = len(several) - limit
    return ", ".join(several[:limit]) + (f" and {rest} more" if rest > 0 else "")


def place(id: ResourceId) -> str:
    """Give the namespace as kubectl takes it, with a space behind; empty for cluster scope."""
    return f"-n {id.namespace} " if id.namespace else ""


def ref(id: ResourceId) -> str:
    """Give a resource as kubectl takes it: `deployment/web`."""
    kind = id.kind.lower() if not id.group or "." not in id.group else f"{id.kind.lower()}.{id.group}"
    return f"{kind}/{id.name}"


def pod_spec(pod: Manifest) -> Manifest:
    """Give a pod's spec."""
    return dict(part(pod, "spec"))


def pods_in_words(pods: tuple[Manifest, ...]) -> str:
    """Name a pod, or the first of several of one workload."""
    first = pods[0]["metadata"]["name"]
    return f"pod '{first}'" if len(pods) == 1 else f"each of {len(pods)} pods ('{first}' …)"


def counted(number: int, one: str, several: str) -> str:
    """Give a number with the words for one or for several."""
    return f"{number} {one if number == 1 else several}"
