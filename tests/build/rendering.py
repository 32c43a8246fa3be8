"""Building a folder, as text, and what the real tool makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from kfinstall.build import build_resources
from kfinstall.errors import KfinstallError
from kfinstall.load import load_tree
from kfinstall.manifest import dump_resources

KUBECTL = Path(sys.executable).parent / "kubectl"


def build_text(
    folder: Path, *, reorder: str = "legacy", load_restrictor: str = "rootOnly", managed_by: bool = False
) -> str:
    """Give what `kfinstall build` prints."""
    tree = load_tree(folder, load_restrictor=load_restrictor)
    return dump_resources(build_resources(tree, reorder=reorder, managed_by=managed_by))


def judge_text(folder: Path) -> str | None:
    """Give what `kubectl kustomize` prints; None where it refuses."""
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True)
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def errors_of(problem: BaseException) -> list[KfinstallError]:
    """Give the mistakes that were raised; anything else is a bug and is raised again."""
    if isinstance(problem, KfinstallError):
        return [problem]
    if isinstance(problem, BaseExceptionGroup):
        return [error for inner in problem.exceptions for error in errors_of(inner)]
    raise problem


def require_actionable(error: KfinstallError) -> None:
    """Require that a mistake says where it is, in a file and at a line that are there, and what to do."""
    place = error.origin
    assert place, f"it has no file: {error}"
    lines = Path(place.path).read_text(errors="replace").splitlines()
    assert 1 <= place.line <= max(1, len(lines)), f"the line is not there: {error}"
    assert error.hint, f"it has no hint: {error}"
    assert len(str(error).splitlines()) == 2, f"it takes more than two lines: {error!r}"


def write_tree(folder: Path, files: Mapping[str, str]) -> None:
    """Write a tree to disk."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def check_golden() -> None:
    """Compare what the folder `in` here gives with the golden file beside it; write that anew if asked to."""
    try:
        file, text = Path("want.yaml"), build_text(Path("in"))
    except Exception as problem:  # noqa: BLE001 errors_of tells mistakes from bugs
        file, text = Path("want-error.txt"), "".join(f"{error}\n" for error in errors_of(problem))
    if os.environ.get("KFINSTALL_GOLDEN") == "write":
        for old in ("want.yaml", "want-error.txt"):
            Path(old).unlink(missing_ok=True)
        file.write_text(text)
    assert file.is_file(), f"the case ended with {file}:\n{text}"
    assert text == file.read_text()
