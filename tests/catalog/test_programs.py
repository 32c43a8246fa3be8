"""The programs that travel in ConfigMaps: each can at least be read by what runs it."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import pytest

from kfinstall import catalog

BASES = catalog.root() / "base"
PYTHON = sorted(BASES.glob("*/*.py"))
SHELL = sorted(BASES.glob("*/*.sh"))


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_python_program_says_what_it_is_for_and_can_be_read(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", SHELL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_shell_program_can_be_read(path: Path) -> None:
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0


@pytest.mark.parametrize(
    ("script", "variable"), [("kvc/copy.sh", "KVC_SOURCE"), ("model-server/fetch.sh", "MODEL_SOURCE")]
)
def test_without_a_source_nothing_is_copied_and_that_is_no_error(script: str, variable: str) -> None:
    done = subprocess.run(
        ["sh", "-e", BASES / script], env={**os.environ, variable: ""}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no source is set: ")
