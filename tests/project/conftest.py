from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kfinstall.cli.start import run

Run = Callable[..., int]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a new project, made once; tests change copies of it."""
    folder = tmp_path_factory.mktemp("pristine") / "my-ml"
    assert run(["init", str(folder), "--platform", "gke"]) == 0
    return folder


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a project of the test's own, and stand in its folder."""
    folder = tmp_path / "my-ml"
    shutil.copytree(pristine, folder)
    with contextlib.chdir(folder):
        yield folder


def snapshot(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def refused(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Give a function that runs a command which must be refused with nothing written; it gives what was said."""

    def do(*words: str) -> str:
        before = snapshot(project)
        capsys.readouterr()
        assert run(list(words)) == 2
        assert snapshot(project) == before
        said = capsys.readouterr().err
        assert "Traceback" not in said
        assert "hint:" in said
        return said

    return do
