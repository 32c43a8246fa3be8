"""Which resources a patch or a replacement is for: patterns on their ids, selectors on labels and annotations."""

from __future__ import annotations

from kfinstall.build.ids import (
    BuildId,
    effective_namespace,
    group_version,
    kind_of,
    metadata_of,
    name_of,
    original_id,
    text_of,
)
from kfinstall.build.patterns import compile_pattern
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple, lazy_pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from kfinstall.build.kustomization import Selector
    from kfinstall.resource import Origin, Resource

Test: TypeAlias = "Callable[[str], bool]"


class Requirement(NamedTuple):
    """One condition of a label selector; `operator` is one of `OPERATORS`."""

    key: str
    operator: str
    values: frozenset[str]


def _compare(wanted: Callable[[int, int], bool]) -> Callable[[str | None, frozenset[str]], bool]:
    def test(value: str | None, values: frozenset[str]) -> bool:
        try:
            return value is not None and wanted(int(value), int(next(iter(values))))
        except ValueError:
            return False

    return test


OPERATORS: Mapping[str, Callable[[str | None, frozenset[str]], bool]] = {
    "exists": lambda value, _: value is not None,
    "!": lambda value, _: value is None,
    "=": lambda value, values: value in values,
    "==": lambda value, values: value in values,
    "in": lambda value, values: value in values,
    "!=": lambda value, values: value not in values,
    "notin": lambda value, values: value not in values,
    ">": _compare(lambda have, limit: have > limit),
    "<": _compare(lambda have, limit: have < limit),
}
"""Operator -> does a label's value (None when it is not there) meet it?

Source: k8s.io/apimachinery/pkg/labels, as copied into kustomize v5.8.1.
"""

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_VALUE = rf"(?:{_NAME})?"
_KEY = rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}"
_REQUIREMENT = lazy_pattern(
    rf"\s*(?:(?P<absent>!)\s*(?P<absent_key>{_KEY})"
    rf"|(?P<key>{_KEY})\s*(?:(?P<sign>==|!=|=|<|>)\s*(?P<value>{_VALUE})"
    rf"|\s(?P<set>in|notin)\s*\((?P<values>(?:\s*{_VALUE}\s*,)*\s*{_VALUE}\s*)\))?)\s*(?:,(?=\s*\S)|\Z)"
)


def parse_label_selector(text: str, origin: Origin) -> tuple[Requirement, ...]:
    """Read a label selector such as `app=web,tier in (a, b),!canary`.

    Raises: InputError when it is not one.
    """
    requirements = []
    position = 0
    while text[position:].strip():
        found = _REQUIREMENT.match(text, position)
        if found is None:
            hint = "write it as for kubectl -l: 'a=b', 'a!=b', 'a in (b, c)', 'a', '!a', separated by commas"
            raise InputError(f"'{text}' is not a label selector", origin=origin, hint=hint)
        requirements.append(_requirement(found))
        position = found.end()
    return tuple(requirements)


def _requirement(found: re.Match[str]) -> Requirement:
    if found["absent"]:
        return Requirement(found["absent_key"], "!", frozenset())
    if found["set"]:
        return Requirement(found["key"], found["set"], frozenset(one.strip() for one in found["values"].split(",")))
    if found["sign"]:
        return Requirement(found["key"], found["sign"], frozenset([found["value"]]))
    return Requirement(found["key"], "exists", frozenset())


def meets(requirements: Iterable[Requirement], labels: Mapping[str, Any]) -> bool:
    """Do the labels meet all the conditions?"""
    return all(
        OPERATORS[one.operator](text_of(labels[one.key]) if one.key in labels else None, one.values)
        for one in requirements
    )


class Matcher(NamedTuple):
    """A selector, ready to be used; a test that is None lets everything through."""

    group: Test | None
    version: Test | None
    kind: Test | None
    name: Test | None
    namespace: Test | None
    labels: tuple[Requirement, ...]
    annotations: tuple[Requirement, ...]

    @property
    def is_on_ids(self) -> bool:
        """Does it say anything about ids?"""
        return any(test is not None for test in self[:5])


def make_matcher(selector: Selector) -> Matcher:
    """Compile a selector; its patterns must match the whole of what they are held against.

    Raises: InputError when a pattern or a label selector cannot be read.
    """

    def test(pattern: str) -> Test | None:
        if not pattern:
            return None
        return compile_pattern(pattern, selector.origin, is_whole=True).search

    return Matcher(
        test(selector.group),
        test(selector.version),
        test(selector.kind),
        test(selector.name),
        test(selector.namespace),
        parse_label_selector(selector.label_selector, selector.origin),
        parse_label_selector(selector.annotation_selector, selector.origin),
    )


def matches_kind(matcher: Matcher, group: str, version: str, kind: str) -> bool:
    """Is the selector for this group, version and kind?"""
    return (
        (matcher.group is None or matcher.group(group))
        and (matcher.version is None or matcher.version(version))
        and (matcher.kind is None or matcher.kind(kind))
    )


def matches_labels(matcher: Matcher, resource: Resource) -> bool:
    """Do its labels and annotations meet the selector?"""
    metadata = metadata_of(resource.manifest)
    return all(
        meets(requirements, pairs if isinstance(pairs := metadata.get(field), dict) else {})
        for requirements, field in ((matcher.labels, "labels"), (matcher.annotations, "annotations"))
    )


def selects(matcher: Matcher, resource: Resource) -> bool:
    """Is the resource selected by the target of a patch? Its first and its present id are tried.

    Source: kustomize v5.8.1, api/resmap, Select.
    """
    first: BuildId | None = original_id(resource) if resource.former_ids else None
    return (
        _either(matcher.namespace, first and first.namespace, effective_namespace(resource))
        and _either(matcher.name, first and first.name, name_of(resource))
        and matches_kind(matcher, *group_version(resource.manifest), kind_of(resource))
        and matches_labels(matcher, resource)
    )


def _either(test: Test | None, first: str | None, now: str) -> bool:
    return test is None or test(now) or (first is not None and test(first))
