"""Anchors, aliases and merge keys, bounded so that a few lines cannot stand for millions.

Expanded values are shared, not copied; the bound is on what walking them costs.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

MAX_EXPANDED = 1_000_000


class _Open:
    """Stands for a container whose end has not been read."""


OPEN = _Open()


class AliasError(Exception):
    """An alias or a merge key that cannot be followed; the reader adds the line."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Anchors(NamedTuple):
    """The anchored values of one document; `weights` has the size of the containers among them, by identity.

    `children` gives what a container holds, nothing for a scalar.
    """

    children: Callable[[Any], Iterable[Any]]
    values: dict[str, Any]
    weights: dict[int, int]
    expanded: list[int]


def children_of(value: Any) -> Iterable[Any]:
    """Give what plain data holds."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def no_anchors(children: Callable[[Any], Iterable[Any]] = children_of) -> Anchors:
    """Give the anchors of a document that has just begun."""
    return Anchors(children, {}, {}, [0])


def begin(anchors: Anchors, name: str) -> None:
    """Take note of an anchor whose value has just begun."""
    anchors.values[name] = OPEN


def remember(anchors: Anchors, name: str, value: Any) -> None:
    """Keep an anchored value that has been read to its end."""
    anchors.values[name] = value
    if anchors.children(value):
        anchors.weights[id(value)] = _weigh(value, anchors)


def follow(anchors: Anchors, name: str) -> Any:
    """Give the value an alias stands for.

    Raises: AliasError for an unknown anchor, a value that contains itself, and too much text in all.
    """
    value = anchors.values.get(name, anchors)
    if value is anchors:
        raise AliasError(  # without its name: it may be a password that begins with '*'
            "unknown anchor", "put quotes around a text that begins with '*', or define the anchor with & above"
        )
    if value is OPEN:
        raise AliasError(f"anchor '{name}' contains itself", "write the value out")
    anchors.expanded[0] += _weigh(value, anchors)
    if anchors.expanded[0] > MAX_EXPANDED:
        raise AliasError(f"aliases stand for more than {MAX_EXPANDED} values", "split the file")
    return value


def merged(mapping: dict[str, Any], sources: list[Any]) -> dict[str, Any]:
    """Give a mapping with what its `<<` keys name; its own keys win, then the earlier source.

    Raises: AliasError for a source that is no mapping.
    """
    result: dict[str, Any] = {}
    for source in reversed(_flat(sources)):
        if not isinstance(source, dict):
            raise AliasError("the key '<<' takes a mapping or a list of mappings", "name an anchor: '<<: *name'")
        result |= source
    return result | mapping


def _flat(sources: list[Any]) -> list[Any]:
    return [one for source in sources for one in (source if isinstance(source, list) else [source])]


def _weigh(value: Any, anchors: Anchors) -> int:
    known = anchors.weights.get(id(value))
    return known if known is not None else 1 + sum(_weigh(child, anchors) for child in anchors.children(value))
