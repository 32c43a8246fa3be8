"""What each value of each parameter of a prototype changes in the manifests, as a diff.

`make golden` writes the files anew; the change is reviewed.
"""

import os
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest

from kfinstall.prototypes import Prototype, prototype, prototypes
from tests.prototypes.making import settings_of, text_of

HERE = Path(__file__).parent / "prototypes"
WRITE = os.environ.get("KFINSTALL_GOLDEN") == "write"
NAMES = [found.name for found in prototypes()]


def changes(found: Prototype) -> Iterator[str]:
    for label, without, values in settings_of(found):
        before, after = (body(text_of(found.name, **chosen)) for chosen in (without, values))
        yield from unified_diff(before, after, "default", label, n=1)


def body(text: str) -> list[str]:
    return text.splitlines(keepends=True)[1:]


@pytest.mark.parametrize("name", NAMES)
def test_what_each_parameter_changes_is_the_golden_diff(name: str) -> None:
    path = HERE / f"{name}.diff"
    text = "".join(changes(prototype(name)))
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text, "run `make golden` and review what changed"


def test_there_is_no_golden_diff_without_its_prototype() -> None:
    assert {path.stem for path in HERE.glob("*.diff")} == set(NAMES)
