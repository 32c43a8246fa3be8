"""The catalogue inside a project: a copy, pinned by checksums, which nothing but `kfinstall upgrade` changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from kfinstall import __version__
from kfinstall.errors import InputError, KfinstallError, raise_all
from kfinstall.project.layout import CATALOGUE, LOCK
from kfinstall.resource import Origin

PARTS = ("base", "platforms")
"""What of a catalogue a project builds from."""
SUMS = "SHA256SUMS"
RESTORE = "bring it back from version control, or write the catalogue anew with 'kfinstall upgrade --restore'"


class Lock(NamedTuple):
    """Which catalogue it is: its version, where it came from, and the checksum of its list of checksums."""

    version: str
    source: str
    sha256: str


def catalogue_files(root: Path) -> Mapping[str, bytes]:
    """Give the files of a catalogue that belong into a project: path below its root -> content."""
    paths = sorted(path for part in PARTS for path in (root / part).rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if "__pycache__" not in path.parts}


def sums_text(files: Mapping[str, bytes]) -> str:
    """Give the checksums as `sha256sum -c` reads them."""
    return "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))


def vendored_texts(files: Mapping[str, bytes], source: str = f"kfinstall {__version__}") -> Mapping[str, bytes]:
    """Give what a project holds of a catalogue: path below the project -> content."""
    sums = sums_text(files).encode()
    lock = f"""\
# Which catalogue is in {CATALOGUE}/, and its checksum. kfinstall writes this; 'kfinstall upgrade' changes it.
version: "{__version__}"
source: {source}
sha256: {hashlib.sha256(sums).hexdigest()}
"""
    below = {f"{CATALOGUE}/{path}": content for path, content in files.items()}
    return {**below, f"{CATALOGUE}/{SUMS}": sums, LOCK: lock.encode()}


def read_lock(root: Path) -> Lock:
    """Give which catalogue a project has.

    Raises: InputError when the file says it in no way kfinstall understands.
    """
    path = root / LOCK
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Lock(str(data["version"]), str(data["source"]), str(data["sha256"]))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"not YAML: {error.problem}", origin=Origin(str(path), line), hint=RESTORE) from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, OSError):
        message = "this does not say which catalogue the project has"
        raise InputError(message, origin=Origin(str(path), 1), hint=RESTORE) from None


def check_catalogue(root: Path) -> None:
    """Raise for every file of the catalogue that is not as it was written: changed, missing, or added."""
    folder = root / CATALOGUE
    lock, listed = read_lock(root), folder / SUMS
    sums = listed.read_bytes() if listed.is_file() else b""
    if hashlib.sha256(sums).hexdigest() != lock.sha256:
        message = f"the checksum of {CATALOGUE}/{SUMS} is not the one in {LOCK}"
        raise InputError(message, origin=Origin(str(root / LOCK), _line_of(root / LOCK, "sha256")), hint=RESTORE)
    expected = {path: digest for digest, _, path in (line.partition("  ") for line in sums.decode().splitlines())}
    found = {path: hashlib.sha256(content).hexdigest() for path, content in catalogue_files(folder).items()}
    raise_all([_error(folder, path, expected, found) for path in _differing(expected, found)])


def changed_files(root: Path) -> list[str]:
    """Give the files of the catalogue that are not as they were written."""
    folder = root / CATALOGUE
    listed = folder / SUMS
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
    expected = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    found = {path: hashlib.sha256(content).hexdigest() for path, content in catalogue_files(folder).items()}
    return _differing(expected, found)


def _differing(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return [path for path in sorted({*expected, *found}) if expected.get(path) != found.get(path)]


def _error(folder: Path, path: str, expected: Mapping[str, str], found: Mapping[str, str]) -> KfinstallError:
    what = "is missing" if path not in found else "was changed" if path in expected else "is not of the catalogue"
    hint = "a change of your own goes into changes/kustomization.yaml as a patch; " + RESTORE
    return InputError(f"the catalogue's file {path} {what}", origin=Origin(str(folder / path), 1), hint=hint)


def _line_of(path: Path, field: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((at for at, line in enumerate(lines, 1) if line.startswith(f"{field}:")), 1)
