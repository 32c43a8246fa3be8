"""Where resources are found by what selectors say: an index, so that many patches do not look at all of many resources.

It gives too many rather than too few: what a selector says is held against each that is found.
"""

from __future__ import annotations

from kfinstall.build.ids import all_ids
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfinstall.resource import Resource


class Places(NamedTuple):
    """The places of the resources that have, or had, a name or a kind, among so many."""

    by_name: dict[str, set[int]]
    by_kind: dict[str, set[int]]
    size: int


def index_places(resources: Iterable[Resource]) -> Places:
    """Index resources by their place."""
    resources = list(resources)
    places = Places({}, {}, len(resources))
    for at, resource in enumerate(resources):
        note_place(places, at, resource)
    return places


def note_place(places: Places, at: int, resource: Resource) -> None:
    """Take note of what a resource is called now; what it was called before still leads to it."""
    for one in all_ids(resource):
        places.by_name.setdefault(one.name, set()).add(at)
        places.by_kind.setdefault(one.kind, set()).add(at)


def find_places(places: Places, name: str, kind: str) -> Iterable[int]:
    """Give the places where a selector is worth a look, in order.

    In: patterns for the whole of a name and a kind; an empty one is for all.
    """
    if _is_plain(name):
        return sorted(places.by_name.get(name, ()))
    if _is_plain(kind):
        return sorted(places.by_kind.get(kind, ()))
    return range(places.size)


def _is_plain(pattern: str) -> bool:
    """Does a pattern mean its own text and nothing else?"""
    return pattern.replace("-", "").isalnum()
