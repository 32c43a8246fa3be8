"""Where a resource, or one of its fields, got what it has: told while a tree is built.

Steps are compared by what they left as it was: a transform gives back the same object where it changes nothing.
"""

from __future__ import annotations

from itertools import zip_longest

from kfinstall.build.field_paths import lookup, parse_field_path
from kfinstall.build.field_specs import PathError
from kfinstall.build.ids import kind_of, metadata_of, name_of, with_manifest
from kfinstall.build.keyed_lists import MISSING, Value
from kfinstall.build.pipeline import build_resources
from kfinstall.build.state import Step
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.annotations import mapped_annotations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree
    from kfinstall.resource import Origin, Resource

ANNOTATION = "kfinstall.dev/origin"
AS_WRITTEN = "as written"


class Trace(NamedTuple):
    """A resource, and the steps that made and changed it, first to last, with the manifest after each.

    There are none for a resource that is as it was written.
    """

    resource: Resource
    steps: tuple[tuple[Step, Value], ...]


class Explanation(NamedTuple):
    """The value a field has in one resource, and what wrote it last."""

    resource: Resource
    value: Value
    kind: str
    origin: Origin


def build_with_history(
    tree: Tree, *, reorder: str = "legacy", managed_by: bool = False, programs: Programs | None = None
) -> list[Trace]:
    """Give the resources a tree comes to, each with the steps that changed it and the manifest after each.

    Raises: InputError, or a group of them.
    """
    steps: dict[int, tuple[tuple[Step, Value], ...]] = {}
    # by the id of the manifest: others change what is noted of a resource. It is only good while the object lives
    alive: list[Sequence[Resource]] = []

    def watch(step: Step, before: Sequence[Resource], after: Sequence[Resource]) -> None:
        alive.append(after)
        for old, new in _pairs(before, after):
            if old is None:
                steps[id(new.manifest)] = ((Step(step.kind, new.origin), new.manifest),)
            elif old.manifest is not new.manifest:
                written = ((Step(AS_WRITTEN, old.origin), old.manifest),)
                steps[id(new.manifest)] = (*steps.get(id(old.manifest), written), (step, new.manifest))

    done = build_resources(tree, reorder=reorder, managed_by=managed_by, watch=watch, programs=programs)
    last = {_key(one): steps.get(id(one.manifest), ()) for one in (alive[-1] if alive else ())}
    return [Trace(resource, last.get(_key(resource), ())) for resource in done]


def _key(resource: Resource) -> tuple[object, ...]:
    return resource.origin, kind_of(resource), name_of(resource), metadata_of(resource.manifest).get("namespace")


def _pairs(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[tuple[Resource | None, Resource]]:
    """Give each resource with what it was; None for one that is new. The order stays: some may be gone, or added."""
    if len(after) >= len(before):
        yield from zip_longest(before, after)
        return
    waiting = iter(before)
    for new in after:
        yield next((old for old in waiting if _is_successor(old, new)), None), new


def _is_successor(old: Resource, new: Resource) -> bool:
    return new is old or (new.origin == old.origin and new.former_ids[: len(old.former_ids)] == old.former_ids)


def explain(tree: Tree, target: str, programs: Programs | None = None) -> list[Explanation]:
    """Say what wrote a field last, for every resource that has it.

    In:     `target`: a field path such as `spec.replicas`, for one resource with `Kind/name:` before it.
    Raises: InputError when no resource has the field, or the tree cannot be built.
    """
    where, _, text = target.rpartition(":")
    path = parse_field_path(text)
    found = []
    for trace in build_with_history(tree, programs=programs):
        if where and where != f"{kind_of(trace.resource)}/{name_of(trace.resource)}":
            continue
        value = _value(trace.resource.manifest, path)
        if value is not MISSING:
            found.append(_explained(trace, path, value))
    if not found:
        hint = "write it as in 'Deployment/web:spec.template.spec.containers.[name=web].image'"
        raise InputError(f"no resource has the field '{target}'", hint=hint)
    return found


def _explained(trace: Trace, path: tuple[str, ...], value: Value) -> Explanation:
    """Find the last step after which the field had another value than before."""
    for at in range(len(trace.steps) - 1, 0, -1):
        step, manifest = trace.steps[at]
        if _value(manifest, path) != _value(trace.steps[at - 1][1], path):
            return Explanation(trace.resource, value, step.kind, step.origin)
    first = trace.steps[0][0] if trace.steps else Step(AS_WRITTEN, trace.resource.origin)
    return Explanation(trace.resource, value, first.kind, first.origin)


def _value(manifest: Value, path: tuple[str, ...]) -> Value:
    try:
        return lookup(manifest, path)
    except PathError:
        return MISSING


def build_with_origins(
    tree: Tree, *, reorder: str = "legacy", managed_by: bool = False, programs: Programs | None = None
) -> tuple[Resource, ...]:
    """Give the resources with the files and lines that shaped them in an annotation, one a line.

    Raises: InputError, or a group of them.
    """
    traces = build_with_history(tree, reorder=reorder, managed_by=managed_by, programs=programs)
    return tuple(map(_annotated, traces))


def _annotated(trace: Trace) -> Resource:
    steps = [step for step, _ in trace.steps] or [Step(AS_WRITTEN, trace.resource.origin)]
    lines = [f"{step.origin} {step.kind}" for step in steps]
    manifest = trace.resource.manifest
    metadata = metadata_of(manifest)
    annotations = {**mapped_annotations(manifest), ANNOTATION: "\n".join(dict.fromkeys(lines)) + "\n"}
    return with_manifest(trace.resource, {**manifest, "metadata": {**metadata, "annotations": annotations}})
