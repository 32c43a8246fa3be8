"""Two renders of a project -> what differs between them, resource by resource. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff

from kfinstall.manifest import dump_manifest
from kfinstall.plan.mask import mask_pair
from kfinstall.resource import Manifest, Resource, ResourceId

Rendered = Mapping[str | None, Sequence[Resource]]
"""Environment, None for the project without one -> its resources."""


def differences(before: Rendered, after: Rendered) -> Mapping[tuple[str | None, ...], str]:
    """Give what differs as unified diffs, each once, with the environments in which it does.

    Out: values of Secrets masked; what does not differ is left out.
    """
    found: dict[str, list[str | None]] = {}
    for name, resources in after.items():
        text = "".join(_differing(before.get(name, ()), resources))
        if text:
            found.setdefault(text, []).append(name)
    return {tuple(names): text for text, names in found.items()}


def _differing(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[str]:
    old, new = {one.id: one.manifest for one in before}, {one.id: one.manifest for one in after}
    for id in [*old, *(id for id in new if id not in old)]:
        yield _diff(id, old.get(id, {}), new.get(id, {}))


def _diff(id: ResourceId, old: Manifest, new: Manifest) -> str:
    if old == new:
        return ""
    before, after = (_lines(manifest) for manifest in mask_pair(old, new))
    return "".join(f"{line}\n" for line in unified_diff(before, after, f"before/{id}", f"after/{id}", lineterm=""))


def _lines(manifest: Manifest) -> list[str]:
    return dump_manifest(manifest).splitlines() if manifest else []
