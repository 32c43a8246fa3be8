"""Project -> disk: each file appears whole or not at all, also when the machine stops in between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp

from kfinstall.errors import InputError


def write_files(root: Path, contents: Mapping[str, bytes]) -> list[str]:
    """Write files below a folder, those that differ from what is there; give their paths, sorted.

    All are written beside their place first, then moved: what cannot be written is found before anything changes.
    """
    changed = {path: content for path, content in contents.items() if _content(root / path) != content}
    staged: dict[Path, Path] = {}
    try:
        for path, content in changed.items():
            staged[root / path] = _stage(root / path, content)
        for target, temporary in staged.items():
            os.replace(temporary, target)  # noqa: PTH105 atomic; Path.replace is the same by another name
    except OSError as error:
        raise InputError(
            f"cannot write '{error.filename}': {error.strerror}", hint="nothing was changed; make room for it"
        ) from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
    return sorted(changed)


def remove_files(root: Path, paths: list[str]) -> None:
    """Remove files below a folder, and the folders that are empty then."""
    for path in paths:
        (root / path).unlink(missing_ok=True)
        for parent in (root / path).parents:
            if parent == root or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()


def swap_folder(target: Path, contents: Mapping[str, bytes]) -> None:
    """Put a folder with these files in the place of another, all at once."""
    fresh, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    write_files(fresh, contents)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _stage(target: Path, content: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(prefix=f".{target.name}.", dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    Path(name).chmod(mode)
    return Path(name)
