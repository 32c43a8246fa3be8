"""Matches regular expressions in time that is bounded whatever the pattern and the text.

All the ways a pattern could match are followed side by side, as in RE2, so none is tried again and again.
"""

from __future__ import annotations

from kfinstall.build.patterns.characters import Characters, contains
from kfinstall.build.patterns.parts import Assertion, Choice, Repeat, Sequence, SyntaxProblem
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from kfinstall.build.patterns.parts import Part

MAX_STEPS = 20_000
MAX_WORK = 10_000_000
MAX_KEPT = 200_000
MATCH = 0
"""The step of a program that is reached when it matches."""

States: TypeAlias = "frozenset[int]"


class TooMuchWork(Exception):  # noqa: N818 the error a person sees is an InputError
    """A pattern and a text that together take too long."""


class Step(NamedTuple):
    """One step of a program: a character or an assertion, none for a mere fork, and the steps that follow."""

    test: Characters | Assertion | None
    following: tuple[int, ...]


class Program(NamedTuple):
    """A pattern as steps; the last one says where it begins.

    `known`: what was found out while matching; `weights` has the size of it.
    """

    steps: tuple[Step, ...]
    has_assertions: bool
    known: dict[tuple[States, str, str], States]
    weights: list[int]


def make_program(part: Part) -> Program:
    """Give the steps of a pattern.

    Raises: SyntaxProblem for a pattern that is too large.
    """
    steps: list[Step] = []
    match = _add(steps, None, ())
    start = _build(part, match, steps)
    steps.append(Step(None, (start,)))
    return Program(tuple(steps), any(isinstance(step.test, Assertion) for step in steps), {}, [0])


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


def run(program: Program, text: str) -> bool:
    """Say whether the pattern is in a text.

    Where the states lead is worked out the first time, and looked up after that.

    Raises: TooMuchWork when that takes too long to tell.
    """
    states = _closed(program, program.steps[-1].following, "", _kind(text[:1]))
    work = 0
    for at, char in enumerate(text):
        if MATCH in states:
            return True
        key = (states, char, _kind(text[at + 1 : at + 2]) if program.has_assertions else "")
        reached = program.known.get(key)
        if reached is None:
            reached = _next(program, states, char, key[2])
            work += len(states) + len(reached)
            _keep(program, key, reached)
        if work > MAX_WORK:
            raise TooMuchWork
        states = reached
    return MATCH in states


def _next(program: Program, states: States, char: str, after: str) -> States:
    """Give the states behind one more character; the pattern may begin there, too."""
    moved = [
        one
        for state in states
        if isinstance(test := program.steps[state].test, Characters) and contains(test, char)
        for one in program.steps[state].following
    ]
    return _closed(program, (*moved, *program.steps[-1].following), _kind(char), after)


def _closed(program: Program, starts: Iterable[int], before: str, after: str) -> States:
    """Give the states that can be reached without a character, between two characters of given kinds."""
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        state = waiting.pop()
        if state in found:
            continue
        found.add(state)
        test = program.steps[state].test
        if test is None or (isinstance(test, Assertion) and HOLDS[test.kind](before, after)):
            waiting += program.steps[state].following
    return frozenset(one for one in found if one == MATCH or isinstance(program.steps[one].test, Characters))


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


def _keep(program: Program, key: tuple[States, str, str], reached: States) -> None:
    """Keep what was found out, as long as it is not too much."""
    if program.weights[0] > MAX_KEPT:
        program.known.clear()
        program.weights[0] = 0
    program.known[key] = reached
    program.weights[0] += len(reached) + 1
