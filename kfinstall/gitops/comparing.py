"""What two commits render to -> what differs between them, resource by resource. Values of Secrets are masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Literal, NamedTuple, TypeAlias

from kfinstall.gitops.file_names import OTHER, component_of
from kfinstall.manifest import dump_manifest
from kfinstall.plan.mask import mask_pair
from kfinstall.resource import Manifest, Resource, ResourceId

Action: TypeAlias = Literal["removed", "changed", "created"]
ACTIONS: tuple[Action, ...] = ("removed", "changed", "created")
"""In the order in which a reviewer should see them."""


class Difference(NamedTuple):
    """One resource that differs: what happens to it, and how, as a unified diff without colour."""

    action: Action
    component: str
    id: ResourceId
    diff: str


class Section(NamedTuple):
    """The sources that differ in the same way, such as environments, and how they do."""

    names: tuple[str, ...]
    differences: tuple[Difference, ...]


def compare(before: Sequence[Resource], after: Sequence[Resource]) -> tuple[Difference, ...]:
    """Give what differs between two sets of resources: removals first, then by component and name."""
    found = sorted(_differences(before, after), key=lambda one: (ACTIONS.index(one.action), one.component, one.id))
    return tuple(found)


def _differences(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[Difference]:
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    for id in {**old, **new}:
        was, will_be = old.get(id), new.get(id)
        if was is None or will_be is None or was.manifest != will_be.manifest:
            yield _difference(id, was, will_be)


def _difference(id: ResourceId, was: Resource | None, will_be: Resource | None) -> Difference:
    action: Action = "created" if was is None else "removed" if will_be is None else "changed"
    there = will_be or was
    assert there is not None
    text = _diff(id, was.manifest if was else {}, will_be.manifest if will_be else {})
    return Difference(action, component_of(there) or OTHER, id, text)


def _diff(id: ResourceId, was: Manifest, will_be: Manifest) -> str:
    before, after = (_lines(manifest) for manifest in mask_pair(was, will_be))
    return "".join(f"{line}\n" for line in unified_diff(before, after, f"before/{id}", f"after/{id}", lineterm=""))


def _lines(manifest: Manifest) -> list[str]:
    return dump_manifest(manifest).splitlines() if manifest else []


def together(compared: Mapping[str, tuple[Difference, ...]]) -> tuple[Section, ...]:
    """Give each way of differing once, with the sources that differ so; what does not differ is left out."""
    found: dict[tuple[Difference, ...], list[str]] = {}
    for name, differences in compared.items():
        if differences:
            found.setdefault(differences, []).append(name)
    return tuple(Section(tuple(names), differences) for differences, names in found.items())


def count_by_component(differences: Iterable[Difference]) -> Mapping[str, Counter[Action]]:
    """Count what happens, by component in order of name."""
    counts: dict[str, Counter[Action]] = {}
    for one in differences:
        counts.setdefault(one.component, Counter())[one.action] += 1
    return dict(sorted(counts.items()))


def said(differences: Sequence[Difference]) -> str:
    """Give the differences in a few words: `1 removed, 2 changed`."""
    counts = Counter(one.action for one in differences)
    return ", ".join(f"{counts[action]} {action}" for action in ACTIONS if counts[action]) or "no difference"
