"""Files of the user's own repository as they were at a commit; its work tree, index and settings stay as they are."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kfinstall.errors import InputError
from kfinstall.load.git import DROPPED, QUIET, SETTINGS

INDEX = "index"
FILES = "files"


def find_repository(place: Path) -> Path:
    """Give the top folder of the repository that a folder, or a path that is no longer there, lies in.

    Raises: InputError where there is none.
    """
    folder = next(one for one in (place.absolute(), *place.absolute().parents) if one.is_dir())
    found = _git(folder, "rev-parse", "--show-toplevel")
    if found.returncode:
        hint = "go to a checkout of it, or make one of this folder with 'git init'"
        raise InputError(f"'{place}' is in no Git repository", hint=hint)
    return Path(os.fsdecode(found.stdout).removesuffix("\n"))


def commit_of(repository: Path, ref: str) -> str:
    """Give the id of the commit that a branch, a tag or the like names.

    Raises: InputError where there is none of that name here.
    """
    found = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode:
        hint = "'git fetch' brings what is missing; a CI job that fetches one commit alone needs more depth"
        raise InputError(f"there is no commit '{ref}' in this repository", hint=hint)
    return found.stdout.decode().strip()


@contextmanager
def checked_out(repository: Path, ref: str) -> Iterator[Path]:
    """Give a folder with all files of a commit, as a checkout would write them; it is gone when the block ends.

    Raises: InputError for a commit that is not here, or cannot be read.
    """
    commit = commit_of(repository, ref)
    with TemporaryDirectory(prefix="kfinstall-") as scratch:
        folder = Path(scratch).resolve() / FILES
        folder.mkdir()
        index = {"GIT_INDEX_FILE": str(folder.parent / INDEX)}
        _must(ref, _git(repository, "read-tree", commit, more=index))
        _must(ref, _git(repository, "checkout-index", "--all", "--quiet", f"--prefix={folder}/", more=index))
        yield folder


def differs(repository: Path, ref: str, path: Path) -> bool:
    """Say whether a folder is now, committed or not, another than it was at a commit."""
    commit = commit_of(repository, ref)
    changed = _git(repository, "diff", "--quiet", "--no-ext-diff", commit, "--", str(path.resolve()))
    if changed.returncode not in {0, 1}:
        _must(ref, changed)
    fresh = _git(repository, "ls-files", "--others", "--exclude-standard", "--", str(path.resolve()))
    return bool(changed.returncode or fresh.stdout)


def _must(ref: str, done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        problem = f"cannot read the files of '{ref}': {said[-1].removeprefix('fatal: ')}"
        raise InputError(problem, hint="see what Git says itself: git status, git fsck")


def _git(folder: Path, *words: str, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    environment = {name: value for name, value in os.environ.items() if name not in DROPPED} | QUIET | (more or {})
    try:
        return subprocess.run(
            ["git", *settings, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        raise InputError("there is no git to run", hint="install Git") from None
