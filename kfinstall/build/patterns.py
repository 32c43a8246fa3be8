"""Regular expressions as Go reads them, matched in time that is bounded whatever the pattern and the text.

All the ways a pattern could match are followed side by side, as in RE2, so none is tried again and again. What Go
refuses (look-around, back-references) is refused here too: a pattern means the same to both.
"""

from __future__ import annotations

from kfinstall.build.pattern_classes import Characters, contains
from kfinstall.build.pattern_syntax import Assertion, Choice, Repeat, Sequence, SyntaxProblem, parse_pattern
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple, remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from kfinstall.build.pattern_syntax import Part
    from kfinstall.resource import Origin

MAX_STEPS = 20_000
MAX_WORK = 10_000_000
MAX_KEPT = 200_000
MATCH = 0
"""The step of a program that is reached when it matches."""
HINT = "Go's syntax holds here: https://golang.org/s/re2syntax"

States: TypeAlias = "frozenset[int]"


class Step(NamedTuple):
    """One step of a program: a character or an assertion, none for a mere fork, and the steps that follow."""

    test: Characters | Assertion | None
    following: tuple[int, ...]


class Pattern(NamedTuple):
    """A regular expression, ready to be used.

    `literal`: the text it stands for, where it is no more than that; `is_whole`: with an end of the text on both sides.
    `steps`: a program; the last one says where it begins. `known`: what was found out while matching; `weights` has the
    size of it.
    """

    text: str
    literal: str | None
    is_whole: bool
    steps: tuple[Step, ...]
    has_assertions: bool
    known: dict[tuple[States, str, str], States]
    weights: list[int]

    def search(self, text: str) -> bool:
        """Is it in the text?

        Raises: InputError when that takes too long to tell.
        """
        if self.literal is None:
            return _run(self, text)
        return self.literal == text if self.is_whole else self.literal in text


def compile_pattern(pattern: str, origin: Origin, *, is_whole: bool = False) -> Pattern:
    """Give the compiled form of a pattern; with `is_whole` it has to match all of a text.

    Raises: InputError when it is not a regular expression for Go.
    """
    try:
        return _compiled(f"^(?:{pattern})$" if is_whole else pattern)
    except SyntaxProblem as error:
        raise InputError(f"'{pattern}' is not a regular expression: {error}", origin=origin, hint=HINT) from None


@remembered(256)
def _compiled(pattern: str) -> Pattern:
    part = parse_pattern(pattern)
    steps: list[Step] = []
    match = _add(steps, None, ())
    start = _build(part, match, steps)
    steps.append(Step(None, (start,)))  # the last one is where to begin
    has_assertions = any(isinstance(step.test, Assertion) for step in steps)
    items = _flat(part)
    is_whole = items[:1] == [Assertion("begin")] and items[-1:] == [Assertion("end")]
    literal = _literal(items[1:-1] if is_whole else items)
    return Pattern(pattern, literal, is_whole, tuple(steps), has_assertions, {}, [0])


def _flat(part: Part) -> list[Part]:
    return [one for item in part.items for one in _flat(item)] if isinstance(part, Sequence) else [part]


def _literal(chars: Iterable[Part]) -> str | None:
    """Give the text that a pattern stands for; None where it stands for more than one."""
    texts = []
    for one in chars:
        if not isinstance(one, Characters) or one.folds or one.is_negated or one.categories or one.parts:
            return None
        if len(one.ranges) != 1 or one.ranges[0][0] != one.ranges[0][1]:
            return None
        texts.append(chr(one.ranges[0][0]))
    return "".join(texts)


def _add(steps: list[Step], test: Characters | Assertion | None, following: tuple[int, ...]) -> int:
    if len(steps) >= MAX_STEPS:
        raise SyntaxProblem("it is too large")
    steps.append(Step(test, following))
    return len(steps) - 1


def _build(part: Part, after: int, steps: list[Step]) -> int:
    """Add the steps of a part that is followed by the step `after`; give the first of them."""
    if isinstance(part, Characters | Assertion):
        return _add(steps, part, (after,))
    if isinstance(part, Choice):
        return _add(steps, None, tuple(_build(item, after, steps) for item in part.items))
    if isinstance(part, Sequence):
        for item in reversed(part.items):
            after = _build(item, after, steps)
        return after
    return _build_repeat(part, after, steps)


def _build_repeat(part: Repeat, after: int, steps: list[Step]) -> int:
    if part.high is None:
        fork = _add(steps, None, (after,))
        steps[fork] = Step(None, (_build(part.item, fork, steps), after))
        first = fork
    else:
        first = after
        for _ in range(part.high - part.low):
            first = _add(steps, None, (_build(part.item, first, steps), after))
    for _ in range(part.low):
        first = _build(part.item, first, steps)
    return first


def _run(pattern: Pattern, text: str) -> bool:
    """Follow all ways at once; where one leads from there is worked out the first time, and looked up after that."""
    states = _closed(pattern, pattern.steps[-1].following, "", _kind(text[:1]))
    work = 0
    for at, char in enumerate(text):
        if MATCH in states:
            return True
        key = (states, char, _kind(text[at + 1 : at + 2]) if pattern.has_assertions else "")
        reached = pattern.known.get(key)
        if reached is None:
            reached = _next(pattern, states, char, key[2])
            work += len(states) + len(reached)
            _keep(pattern, key, reached)
        if work > MAX_WORK:
            hint = "make it simpler, or the text shorter"
            raise InputError(f"the pattern '{pattern.text}' takes too long on {len(text)} characters", hint=hint)
        states = reached
    return MATCH in states


def _next(pattern: Pattern, states: States, char: str, after: str) -> States:
    """Give the states behind one more character; the pattern may begin there, too."""
    moved = [
        one
        for state in states
        if isinstance(test := pattern.steps[state].test, Characters) and contains(test, char)
        for one in pattern.steps[state].following
    ]
    return _closed(pattern, (*moved, *pattern.steps[-1].following), _kind(char), after)


def _closed(pattern: Pattern, starts: Iterable[int], before: str, after: str) -> States:
    """Give the states that can be reached without a character, between two characters of given kinds."""
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        state = waiting.pop()
        if state in found:
            continue
        found.add(state)
        test = pattern.steps[state].test
        if test is None or (isinstance(test, Assertion) and HOLDS[test.kind](before, after)):
            waiting += pattern.steps[state].following
    return frozenset(one for one in found if one == MATCH or isinstance(pattern.steps[one].test, Characters))


def _kind(char: str) -> str:
    """Give the kind of a character: none at an end of the text, a line feed, `w` for one of a word, `x` for another."""
    if not char or char == "\n":
        return char
    return "w" if char == "_" or (char.isascii() and char.isalnum()) else "x"


HOLDS: dict[str, Callable[[str, str], bool]] = {
    "begin": lambda before, after: not before,
    "end": lambda before, after: not after,
    "line begin": lambda before, after: before in ("", "\n"),
    "line end": lambda before, after: after in ("", "\n"),
    "boundary": lambda before, after: (before == "w") is not (after == "w"),
    "inside": lambda before, after: (before == "w") is (after == "w"),
}
"""Assertion -> does it hold between two characters of given kinds?"""


def _keep(pattern: Pattern, key: tuple[States, str, str], reached: States) -> None:
    """Keep what was found out, as long as it is not too much."""
    if pattern.weights[0] > MAX_KEPT:
        pattern.known.clear()
        pattern.weights[0] = 0
    pattern.known[key] = reached
    pattern.weights[0] += len(reached) + 1
