"""Golden cases: a folder's name is what it shows. `make golden` writes what is wanted anew."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rendering import build_text, errors_of, judge_text

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())
IS_WRITING = os.environ.get("KFINSTALL_GOLDEN") == "write"


def _outcome(case: Path) -> tuple[str, str]:
    """Give the name of the golden file, and what it should hold."""
    try:
        return "want.yaml", build_text(Path("in"))
    except Exception as problem:  # noqa: BLE001 errors_of tells mistakes from bugs
        return "want-error.txt", "".join(f"{error}\n" for error in errors_of(problem))


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_case_gives_what_is_wanted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / name)
    file, text = _outcome(CASES / name)
    if IS_WRITING:
        for old in ("want.yaml", "want-error.txt"):
            Path(old).unlink(missing_ok=True)
        Path(file).write_text(text)
    assert Path(file).is_file(), f"the case ended with {file}:\n{text}"
    assert text == Path(file).read_text()


def test_the_real_tool_agrees_with_every_golden_case(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        judged = dict(zip(NAMES, pool.map(lambda name: judge_text(_copy(name, tmp_path)), NAMES), strict=True))
    for name, text in judged.items():
        wanted = CASES / name / "want.yaml"
        assert text == (wanted.read_text() if wanted.exists() else None), name


def _copy(name: str, folder: Path) -> Path:
    shutil.copytree(CASES / name / "in", folder / name)
    return folder / name
