"""Rules of health for whole kinds, from a file in the form that Flux has for them.

    healthCheckExprs:
    - apiVersion: example.com/v1
      kind: Thing
      current: status.phase == 'Running'
      failed: status.phase == 'Error'

A rule becomes the annotation of each resource of its kind: what is in the cluster says itself how it is to be judged,
so that `status` and everybody else need no file.

Source:  fluxcd/kustomize-controller v1, KustomizationSpec.healthCheckExprs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kfinstall.errors import InputError, did_you_mean, raise_all
from kfinstall.health.stated import HEALTH_ANNOTATION, STATED_PREFIXES, statements_of
from kfinstall.manifest import Node, parse_node
from kfinstall.plan.annotations import annotations_of
from kfinstall.resource import GroupKind, Origin, Resource

FIELD: Final = "healthCheckExprs"
_REQUIRED: Final = ("apiVersion", "kind", "current")
_PREFIXES: Final[Mapping[str, str]] = {"inProgress": "in-progress:", "failed": "failed:", "current": ""}


class HealthRule(NamedTuple):
    """One kind, and what the annotation of its resources is to state."""

    kind: GroupKind
    stated: str
    origin: Origin


def read_health_rules(text: str | bytes, path: str) -> tuple[HealthRule, ...]:
    """Give the rules of a file: a mapping with `healthCheckExprs`, or a Flux Kustomization as it is.

    Raises:  InputError, or a group of them: every mistake in the file, with its line.
    """
    root = parse_node(text, path).node
    spec = root.value.get("spec", root) if root and isinstance(root.value, dict) else root
    found = spec.value.get(FIELD) if spec and isinstance(spec.value, dict) else None
    if found is None or not isinstance(found.value, list):
        hint = f"write '{FIELD}:' and below it a list of apiVersion, kind, current, inProgress and failed"
        raise InputError(f"there is no list '{FIELD}'", origin=Origin(path, root.line if root else 1), hint=hint)
    problems = [problem for node in found.value for problem in _mistakes(node, path)]
    raise_all(problems)
    rules = tuple(_rule(node, path) for node in found.value)
    raise_all([problem for rule in rules for problem in _unreadable(rule)])
    return rules


def _mistakes(node: Node, path: str) -> Iterator[InputError]:
    if not isinstance(node.value, dict):
        yield InputError(f"an entry of {FIELD} must be a mapping", origin=Origin(path, node.line))
        return
    known = (*_REQUIRED, *_PREFIXES)
    for name, value in node.value.items():
        origin = Origin(path, value.key_line)
        if name not in known:
            yield InputError(f"unknown field '{name}' in {FIELD}", origin=origin, hint=did_you_mean(name, known))
        elif not isinstance(value.value, str) or not value.value.strip():
            yield InputError(f"{name} must be text", origin=origin)
    for name in _REQUIRED:
        if name not in node.value:
            yield InputError(f"field '{name}' is missing", origin=Origin(path, node.line))


def _rule(node: Node, path: str) -> HealthRule:
    fields = {name: " ".join(map(str.strip, value.value.strip().splitlines())) for name, value in node.value.items()}
    group = fields["apiVersion"].rpartition("/")[0]
    stated = (prefix + _spelled(fields[name]) for name, prefix in _PREFIXES.items() if name in fields)
    return HealthRule(GroupKind(group, fields["kind"]), "; ".join(stated), Origin(path, node.line))


def _spelled(text: str) -> str:
    """Give a statement as the annotation has it: what says nothing else is CEL."""
    return text if text.startswith(STATED_PREFIXES) else f"cel={text}"


def _unreadable(rule: HealthRule) -> Iterator[InputError]:
    try:
        statements_of({"metadata": {"annotations": {HEALTH_ANNOTATION: rule.stated}}})
    except ValueError as error:
        yield InputError(f"{rule.kind}: {str(error).removeprefix(f'{HEALTH_ANNOTATION}: ')}", origin=rule.origin)


def with_health_rules(resources: Sequence[Resource], rules: Sequence[HealthRule]) -> tuple[Resource, ...]:
    """Give the resources with what the rule of their kind states; one that states something itself is left as it is."""
    stated = {rule.kind: rule.stated for rule in rules}
    return tuple(
        _with(resource, stated[resource.gvk.group_kind])
        if resource.gvk.group_kind in stated and HEALTH_ANNOTATION not in annotations_of(resource.manifest)
        else resource
        for resource in resources
    )


def _with(resource: Resource, stated: str) -> Resource:
    metadata = resource.manifest["metadata"]
    annotations = {**annotations_of(resource.manifest), HEALTH_ANNOTATION: stated}
    return resource._replace(manifest={**resource.manifest, "metadata": {**metadata, "annotations": annotations}})


def unused(resources: Sequence[Resource], rules: Sequence[HealthRule]) -> Iterator[str]:
    """Say of each rule that is for no resource where it stands: its kind may be misspelled."""
    kinds = {resource.gvk.group_kind for resource in resources}
    for rule in rules:
        if rule.kind not in kinds:
            yield f"{rule.origin}: the health rule for {rule.kind} is for none of the resources"
