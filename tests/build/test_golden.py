"""Golden cases: a folder's name is what it shows. `make golden` writes what is wanted anew."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rendering import build_text, check_golden, errors_of, judge_text, require_actionable

from kfinstall.errors import InputError

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_case_gives_what_is_wanted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / name)
    check_golden()
    if Path("want-error.txt").exists():
        with pytest.raises((InputError, ExceptionGroup)) as caught:
            build_text(Path("in"))
        for error in errors_of(caught.value):
            require_actionable(error)


def test_the_real_tool_agrees_with_every_golden_case(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        judged = dict(zip(NAMES, pool.map(lambda name: judge_text(_copy(name, tmp_path)), NAMES), strict=True))
    for name, text in judged.items():
        wanted = CASES / name / "want.yaml"
        assert text == (wanted.read_text() if wanted.exists() else None), name


def _copy(name: str, folder: Path) -> Path:
    shutil.copytree(CASES / name / "in", folder / name)
    return folder / name
