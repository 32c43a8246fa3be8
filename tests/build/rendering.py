"""Building a folder, as text, and what the real tool makes of it."""

from __future__ import annotations

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
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def errors_of(problem: BaseException) -> list[KfinstallError]:
    """Give the mistakes that were raised; anything else is a bug and is raised again."""
    if isinstance(problem, KfinstallError):
        return [problem]
    if isinstance(problem, BaseExceptionGroup):
        return [error for inner in problem.exceptions for error in errors_of(inner)]
    raise problem


def write_tree(folder: Path, files: Mapping[str, str]) -> None:
    """Write a tree to disk."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
