"""Where a project's catalogue comes from: this kfinstall, or a Git repository at one of its commits."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kfinstall import __version__, catalog
from kfinstall.build.repository import without_secrets
from kfinstall.errors import InputError

TIMEOUT_S = 300.0
ALONE = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
"""Git asks nobody: a run in a pipeline must end."""


@contextmanager
def open_catalogue(reference: str | None) -> Iterator[tuple[Path, str]]:
    """Give a catalogue's folder, which is there until the block ends, and a line that says where it is from.

    In:     `reference`, REPOSITORY@REF as Git takes both; None for the catalogue of this kfinstall.
    Raises: InputError when there is no such repository, no such ref, or no catalogue in it.
    """
    if reference is None:
        yield catalog.root(), f"kfinstall {__version__}"
        return
    repository, _, ref = reference.rpartition("@")
    if not repository or not ref or repository.startswith("-") or ref.startswith("-"):
        hint = "write it as REPOSITORY@REF, such as https://host.example/kfinstall.git@v0.1.0"
        raise InputError(f"'{reference}' names no repository and ref", hint=hint)
    with TemporaryDirectory(prefix="kfinstall-") as scratch:
        folder = Path(scratch).resolve()
        commit = _fetch(repository, ref, folder)
        yield _catalogue_in(folder, reference), f"{without_secrets(repository)}@{commit}"


def _fetch(repository: str, ref: str, folder: Path) -> str:
    """Check out one commit of a repository; give its full name."""
    where = str(Path(repository).resolve()) if Path(repository).exists() else repository
    _git(folder, "init", "-q")
    _git(folder, "fetch", "-q", "--depth=1", "--no-tags", where, ref)
    _git(folder, "checkout", "-q", "--detach", "FETCH_HEAD")
    return _git(folder, "rev-parse", "FETCH_HEAD")


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "protocol.ext.allow=never", "-C", str(folder), *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **ALONE}, timeout=TIMEOUT_S
        )
    except FileNotFoundError:
        raise InputError("git is not in PATH", hint="install it, or leave out --catalog-ref") from None
    except subprocess.TimeoutExpired:
        raise InputError(f"git {words[0]} took more than {TIMEOUT_S:.0f} s", hint="is the host reached?") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        hint = "check the repository and the ref of --catalog-ref"
        why = without_secrets(said[-1]) if said else "it says nothing"
        raise InputError(f"git {words[0]} failed: {why}", hint=hint)
    return done.stdout.strip()


def _catalogue_in(folder: Path, reference: str) -> Path:
    for found in (folder, folder / "catalogue"):
        if (found / "base").is_dir() and (found / "platforms").is_dir():
            return found
    raise InputError(f"there is no catalogue in {reference}", hint="a catalogue has the folders base and platforms")
