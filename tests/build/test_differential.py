"""Trees made up at random, and cases changed at random: what is built is what the real tool builds, and what it
refuses is refused, with the place and a hint.

What differs is cut down to the lines it takes. The examples are the same in every run, but for `make compare`,
which tries other ones each time: `make compare EXAMPLES=20000`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from judging import Judge
from mutations import Case, mutated
from odd_trees import make_odd_tree
from rendering import build_text, errors_of, judge_text
from scalar_trees import make_scalar_tree
from schema_trees import make_schema_tree
from shrinking import smallest
from trees import make_tree

from tests.judge import write_tree

ASKED = int(os.environ.get("KFINSTALL_DIFFERENTIAL", "0"))
ASK_AGAIN = 4
MOST_TREES = 4
STRICTER = re.compile(
    "is already defined|is not text|of the JSON patch has|is not a label selector|is not a regular expression"
    "|a key is a mapping or a list|the file is empty|in openapi|holds no OpenAPI definitions"
    "|'annotations' must be a mapping, not a list|a name suffix is made for|did not find expected <document start>"
)
"""What is refused here though kustomize may build it: see docs/kustomize.md, "Refused"."""


class Court(NamedTuple):
    """A folder to lay trees in, and the judge of them."""

    folder: Path
    judge: Judge


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    with TemporaryDirectory() as name, Judge() as judge:
        yield Court(Path(name), judge)


class Outcome(NamedTuple):
    """What came of a tree on both sides: the text, or None and the mistakes."""

    theirs: str | None
    ours: str | None
    mistakes: tuple[str, ...]


Test: TypeAlias = Callable[[Court, int], None]


def examples(count: int, share: float) -> Callable[[Test], Test]:
    """Run a test with so many seeds: each below `count`, or its share of the other ones that were asked for.

    All seeds of a range that is as large as what is tried: which ones hypothesis would choose of more depends on the
    modules that happen to be loaded.
    """
    chosen = settings(
        max_examples=int(ASKED * share) or count,
        derandomize=not ASKED,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: chosen(given(seed=st.integers(0, 2**64 if ASKED else count - 1))(test))


def _compare(folder: Path, judge: Judge) -> Outcome:
    """Build a folder here while the judge builds it, too."""
    judge.ask(folder)
    ours, mistakes = None, ()
    try:
        ours = build_text(folder)
    except Exception as problem:  # noqa: BLE001 errors_of tells mistakes from bugs
        mistakes = tuple(str(error) for error in errors_of(problem))
    return Outcome(judge.answer(), ours, mistakes)


def _is_different(found: Outcome) -> bool:
    return found.ours != found.theirs and not any(map(STRICTER.search, found.mistakes))


def _check_until_built(make: Callable[[Random], Case], seed: int, court: Court) -> None:
    """Compare trees, up to the first that can be built: what is refused on both sides shows little."""
    random = Random(seed)
    for _ in range(MOST_TREES):
        case = make(random)
        if _check(case.files, case.folder, court):
            return


def _overlay(make: Callable[[Random], Mapping[str, str | bytes]]) -> Callable[[Random], Case]:
    return lambda random: Case("", dict(make(random)), "overlay")


def _check(files: Mapping[str, str | bytes], folder: str, court: Court) -> bool:
    """Compare a tree; one that differs is cut down first. Say whether it can be built."""
    built = False

    def differs(files: Mapping[str, str | bytes]) -> bool:
        root = Path(mkdtemp(dir=court.folder))
        write_tree(root, files)
        found = _compare(root / folder, court.judge)
        nonlocal built
        built = found.theirs is not None
        is_different = _is_different(found)
        if is_different:  # its answer may vary: it goes through its maps in any order
            is_different = {judge_text(root / folder) for _ in range(ASK_AGAIN)} == {found.theirs}
        rmtree(root)
        return is_different

    if differs(files):
        files = smallest(files, differs)
        write_tree(court.folder / "smallest", files)
        found = _compare(court.folder / "smallest" / folder, court.judge)
        shown = "\n".join(f"--- {path}\n{content!r}" for path, content in files.items())
        assert found.ours == found.theirs, "\n".join([*found.mistakes, f"to build: {folder}", shown])
        raise AssertionError(f"the two differ now and then:\n{shown}")
    return built


@examples(1400, 0.2)
def test_random_trees_build_to_the_bytes_of_the_real_tool(court: Court, seed: int) -> None:
    _check_until_built(_overlay(make_tree), seed, court)


@examples(800, 0.3)
def test_odd_trees_build_to_the_bytes_of_the_real_tool(court: Court, seed: int) -> None:
    _check_until_built(_overlay(make_odd_tree), seed, court)


@examples(600, 0.15)
def test_scalars_that_are_written_over_are_those_of_the_real_tool(court: Court, seed: int) -> None:
    _check_until_built(_overlay(make_scalar_tree), seed, court)


@examples(400, 0.1)
def test_schemas_hold_where_those_of_the_real_tool_do(court: Court, seed: int) -> None:
    _check_until_built(_overlay(make_schema_tree), seed, court)


@examples(800, 0.25)
def test_changed_cases_build_to_the_bytes_of_the_real_tool(court: Court, seed: int) -> None:
    _check_until_built(mutated, seed, court)


def test_what_differs_is_cut_down() -> None:
    files = {"a": "one\ntwo\nthree\n", "b": "four\nfive", "c": ""}
    assert smallest(files, lambda left: b"two" in left.get("a", b"") and b"five" in left.get("b", b"")) == {
        "a": b"two",
        "b": b"five",
    }
