"""What people say to the planner in annotations. Malformed is never a default: each reader raises ValueError."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from kfinstall.errors import InputError, did_you_mean
from kfinstall.health.stated import statements_of
from kfinstall.plan.conflicts import conflict_rules
from kfinstall.resource import Manifest, Resource, ResourceId

DEPENDS_ON = "config.kubernetes.io/depends-on"
SYNC_WAVE = "argocd.argoproj.io/sync-wave"
WAVE_GENERATED = "kfinstall.dev/wave-generated"
GENERATES = "kfinstall.dev/generates"
PRUNE = "kfinstall.dev/prune"
_WAVE = re.compile(r"[+-]?\d+")

_Read = TypeVar("_Read")

CHOICES: Mapping[str, tuple[str, ...]] = {
    PRUNE: ("never",),
    "kfinstall.dev/on-immutable": ("fail", "recreate"),
}
"""The words that our own annotations take."""


class Generated(NamedTuple):
    """A Secret that a Job makes in the cluster, and the keys it will have."""

    name: str
    keys: tuple[str, ...]


def annotations_of(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the annotations of a manifest or a pod template, empty when there are none."""
    return (manifest.get("metadata") or {}).get("annotations") or {}


def wave_of(manifest: Mapping[str, Any]) -> int | None:
    """Give the hand-written Argo CD sync wave; None when there is none, or when we wrote it ourselves."""
    annotations = annotations_of(manifest)
    text = annotations.get(SYNC_WAVE)
    if text is None or WAVE_GENERATED in annotations:
        return None
    if not _WAVE.fullmatch(str(text)):
        raise ValueError(f"{SYNC_WAVE} is '{text}', which is no whole number")
    return int(text)


def dependencies_of(manifest: Mapping[str, Any]) -> tuple[ResourceId, ...]:
    """Give the ids that a resource says it depends on.

    Source:  cli-utils v0.37.2, pkg/object/dependson: `GROUP/namespaces/NAMESPACE/KIND/NAME` or `GROUP/KIND/NAME`,
             several with commas between; the core group is empty.
    """
    text = annotations_of(manifest).get(DEPENDS_ON)
    return tuple(_parse_reference(one.strip()) for one in str(text).split(",")) if text is not None else ()


def _parse_reference(text: str) -> ResourceId:
    parts = text.split("/")
    if len(parts) == 5 and parts[1] == "namespaces" and all(parts[2:]):
        return ResourceId(parts[0], parts[3], parts[2], parts[4])
    if len(parts) == 3 and all(parts[1:]):
        return ResourceId(parts[0], parts[1], "", parts[2])
    raise ValueError(
        f"{DEPENDS_ON} has '{text}', which is neither GROUP/namespaces/NAMESPACE/KIND/NAME nor GROUP/KIND/NAME"
    )


def generated_by(template: Mapping[str, Any]) -> tuple[Generated, ...]:
    """Give the Secrets that a pod template says its container makes."""
    text = annotations_of(template).get(GENERATES)
    if text is None:
        return ()
    try:
        return tuple(Generated(str(entry["name"]), tuple(map(str, entry["keys"]))) for entry in json.loads(text))
    except (ValueError, TypeError, KeyError):
        shape = '[{"name": "…", "keys": ["…"]}]'
        raise ValueError(f"{GENERATES} is no JSON list of the shape {shape}") from None


def lenient(read: Callable[[Mapping[str, Any]], _Read], manifest: Mapping[str, Any]) -> _Read | None:
    """Read an annotation that may be malformed: None then, for nobody is to be told off for what is live already."""
    try:
        return read(manifest)
    except ValueError:
        return None


def check_annotations(
    resource: Resource,
    templates: Iterable[Mapping[str, Any]],
    more: Iterable[Callable[[Mapping[str, Any]], object]] = (),
) -> list[InputError]:
    """Give an error for each annotation of a resource that cannot be understood.

    In:      `more`: readers of others' annotations, which raise ValueError.
    """
    on_resources: list[Callable[[Any], object]] = [wave_of, dependencies_of, statements_of, conflict_rules, *more]
    readers: list[tuple[Callable[[Any], object], Any]] = [(read, resource.manifest) for read in on_resources]
    readers += [(generated_by, template) for template in templates]
    problems = [problem for read, where in readers if (problem := _problem(read, where))]
    problems += _wrong_words(resource.manifest)
    return [InputError(f"{resource.id}: {text}", origin=resource.origin, hint=hint) for text, hint in problems]


def _problem(read: Callable[[Any], object], where: Any) -> tuple[str, str] | None:
    try:
        read(where)
    except ValueError as error:
        return str(error), ""
    return None


def _wrong_words(manifest: Manifest) -> list[tuple[str, str]]:
    annotations = annotations_of(manifest)
    return [
        (
            f"{name} is '{annotations[name]}'",
            did_you_mean(str(annotations[name]), words) or f"it may be: {', '.join(words)}",
        )
        for name, words in CHOICES.items()
        if name in annotations and annotations[name] not in words
    ]
