"""What a regular expression is made of.

Source: Go's regexp/syntax, regexp.go.
"""

from __future__ import annotations

from kfinstall.build.patterns.characters import Characters
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias


class SyntaxProblem(Exception):  # noqa: N818 the error a person sees is an InputError
    """What Go refuses."""


class Assertion(NamedTuple):
    """Matches a place and no character: `begin`, `end`, `line begin`, `line end`, `boundary` or `inside`."""

    kind: str


class Sequence(NamedTuple):
    """One after the other."""

    items: tuple[Part, ...]


class Choice(NamedTuple):
    """One of several."""

    items: tuple[Part, ...]


class Repeat(NamedTuple):
    """From `low` to `high` times; None is without end."""

    item: Part
    low: int
    high: int | None


Part: TypeAlias = "Characters | Assertion | Sequence | Choice | Repeat"


def flat(part: Part) -> list[Part]:
    """Give the parts of a pattern that follow one another."""
    return [one for item in part.items for one in flat(item)] if isinstance(part, Sequence) else [part]


def literal(chars: Iterable[Part]) -> str | None:
    """Give the text that a pattern stands for; None where it stands for more than one."""
    texts = []
    for one in chars:
        if not isinstance(one, Characters) or one.folds or one.is_negated or one.categories or one.parts:
            return None
        if len(one.ranges) != 1 or one.ranges[0][0] != one.ranges[0][1]:
            return None
        texts.append(chr(one.ranges[0][0]))
    return "".join(texts)
