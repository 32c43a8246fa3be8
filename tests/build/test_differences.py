"""What `kfinstall build` does differently on purpose: each row of docs/kustomize.md has a case, and each case a row.

`want.yaml` or `want-error.txt` is what it gives, written by `make golden`; `kustomize.yaml` or `kustomize-error.txt`
what the real tool gives. Neither is there where the real tool's answer varies.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rendering import KUBECTL, check_golden

CASES = Path(__file__).parent / "differences"
NAMES = sorted(path.name for path in CASES.iterdir())
DOCS = Path(__file__).resolve().parents[2] / "docs" / "kustomize.md"


@pytest.mark.parametrize("name", NAMES)
def test_a_case_gives_what_is_wanted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / name)
    check_golden()


@pytest.mark.parametrize("name", NAMES)
def test_the_real_tool_does_differently(name: str, tmp_path: Path) -> None:
    shutil.copytree(CASES / name / "in", tmp_path / "in")
    done = subprocess.run([KUBECTL, "kustomize", tmp_path / "in"], capture_output=True, text=True)
    text, error = CASES / name / "kustomize.yaml", CASES / name / "kustomize-error.txt"
    if text.exists():
        assert done.stdout == text.read_text()
        assert not (want := CASES / name / "want.yaml").exists() or want.read_text() != done.stdout
    elif error.exists():
        assert done.returncode
        assert error.read_text().strip() in done.stderr


def test_every_case_has_a_row_and_every_row_a_case_or_a_test() -> None:
    section = DOCS.read_text().partition("## Done differently")[2].partition("\n## ")[0]
    rows = [row for row in section.splitlines() if row.startswith("| ") and not row.startswith("| ---")][1:]
    shown = [re.findall(r"`([^`]+)`", row.rstrip(" |").rpartition("|")[2]) for row in rows]
    assert all(shown), "a row has nothing that shows it"
    named = [name for row in shown for name in row]
    assert sorted(name for name in named if not name.startswith("tests/")) == NAMES
    for test in (name for name in named if name.startswith("tests/")):
        path, _, function = test.partition("::")
        assert f"def {function}(" in (DOCS.parents[1] / path).read_text(), test
