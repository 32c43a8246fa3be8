"""Edges from kapp's change groups and change rules, so that trees written for it keep their order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kfinstall.plan.annotations import annotations_of, lenient
from kfinstall.plan.edges.scene import Scene
from kfinstall.plan.model import Edge
from kfinstall.resource import ResourceId, gvk_of

GROUP = "kapp.k14s.io/change-group"
RULE = "kapp.k14s.io/change-rule"
_RULE = re.compile(r"(upsert|delete) (after|before) (upserting|deleting) (\S+)")
_PLACE = re.compile(r"\{([a-z-]+)\}")


class Rule(NamedTuple):
    """`upsert after upserting GROUP`: what is done to this resource, when, and to whom."""

    action: str
    when: str
    others: str
    group: str


def groups_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the change groups a manifest is in, their places such as `{namespace}` filled in.

    Raises:  ValueError for a place that is not known.
    Source:  kapp v0.60, pkg/kapp/diffgraph: the annotation, and any that continues it with a dot.
    """
    return tuple(_filled(value, manifest) for value in _values(manifest, GROUP))


def rules_of(manifest: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Give the change rules of a manifest.

    Raises:  ValueError for one that cannot be read, or that mixes applying with deleting: that is never one of our
             orders but `delete after upserting`, which always holds.
    """
    return tuple(_rule(_filled(value, manifest)) for value in _values(manifest, RULE))


def _values(manifest: Mapping[str, Any], key: str) -> list[str]:
    annotations = annotations_of(manifest)
    return [str(annotations[name]) for name in sorted(annotations) if name == key or name.startswith(f"{key}.")]


def _filled(text: str, manifest: Mapping[str, Any]) -> str:
    metadata, gvk = manifest.get("metadata") or {}, gvk_of(dict(manifest))
    names = (manifest.get("spec") or {}).get("names") or {}
    places = {
        "name": metadata.get("name"),
        "namespace": metadata.get("namespace"),
        "api-group": gvk.group,
        "kind": gvk.kind,
        "crd-kind": names.get("kind"),
        "crd-group": (manifest.get("spec") or {}).get("group"),
    }
    for place in _PLACE.findall(text):
        if places.get(place) is None:
            raise ValueError(f"'{text}' has the place {{{place}}}, which this resource has nothing for")
    return _PLACE.sub(lambda match: str(places[match[1]]), text)


def _rule(text: str) -> Rule:
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"{RULE} is '{text}', which is not like 'upsert after upserting GROUP'")
    rule = Rule(*match.groups())
    is_one_order = (rule.action == "upsert") == (rule.others == "upserting")
    if not is_one_order and rule[:3] != ("delete", "after", "upserting"):
        raise ValueError(f"{RULE} is '{text}'; what is removed is removed after all else was applied")
    return rule


def apply_order(scene: Scene) -> Iterator[Edge]:
    """What a rule says is upserted first is healthy first."""
    for rule, id, others in _rules(scene, "upsert"):
        for other in others:
            before, after = (other, id) if rule.when == "after" else (id, other)
            yield from scene.edge(before, after, "healthy", f"its change rule names the group {rule.group}")


def removal_order(scene: Scene) -> Iterator[Edge]:
    """What a rule says is deleted first comes last here: these edges are run backwards."""
    for rule, id, others in _rules(scene, "delete"):
        for other in others if rule.others == "deleting" else ():
            before, after = (id, other) if rule.when == "after" else (other, id)
            yield from scene.edge(before, after, "healthy", f"its change rule names the group {rule.group}")


def _rules(scene: Scene, action: str) -> Iterator[tuple[Rule, ResourceId, Sequence[ResourceId]]]:
    members: dict[str, list[ResourceId]] = defaultdict(list)
    for resource in scene.resources:
        for group in lenient(groups_of, resource.manifest) or ():
            members[group].append(resource.id)
    for resource in scene.resources:
        for rule in lenient(rules_of, resource.manifest) or ():
            if rule.action == action:
                yield rule, resource.id, members.get(rule.group, ())
