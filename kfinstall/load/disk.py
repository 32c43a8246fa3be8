"""Reading files below a kustomization's folder: bounds, restrictions, and errors that say what is there instead."""

from __future__ import annotations

import stat
from difflib import get_close_matches
from os.path import normpath
from pathlib import Path
from typing import NamedTuple

from kfinstall.errors import InputError, did_you_mean
from kfinstall.load.remote import is_remote
from kfinstall.resource import Origin

MOST_NAMES = 6
MAX_BYTES = 64 * 1024 * 1024
KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
ROOT_ONLY, NO_RESTRICTION = "rootOnly", "none"
REMOTE_HINT = "download it into your tree and name the folder or the file"


class Folder(NamedTuple):
    """A folder: its real, absolute path, and how a person would write it."""

    real: str
    shown: str

    def join(self, path: str) -> Path:
        """Give the real folder's path with another behind it; symlinks are not followed yet."""
        return Path(normpath(f"{self.real}/{path}" if path[:1] != "/" else path))

    def show(self, path: str) -> str:
        """Give how a person would write a path that is relative to this folder."""
        return normpath(f"{self.shown}/{path}" if path[:1] != "/" else path)


def open_folder(path: str) -> Folder:
    """Give the folder a person named.

    Raises: InputError when there is none.
    """
    if is_remote(path):
        raise remote_error(path, None)
    full = Path(path)
    if not full.is_dir():
        if full.is_file():
            hint = "name the folder it is in"
            raise InputError(f"'{path}' is a file, not a folder with a kustomization", hint=hint)
        raise missing_error(path, full, "folder", None)
    return Folder(str(full.resolve()), path)


def find_kustomization(folder: Folder, restrictor: str, origin: Origin | None) -> str:
    """Give the name of the folder's kustomization file.

    Raises: InputError when there is none, or more than one.
    """
    names = [name for name in KUSTOMIZATION_NAMES if _is_readable(folder, name, restrictor)]
    if len(names) == 1:
        return names[0]
    if names:
        raise InputError(f"'{folder.shown}' has {' and '.join(names)}", origin=origin, hint="keep one of them")
    near = did_you_mean("kustomization.yaml", _names_in(Path(folder.real)))
    hint = near or "a folder needs a file kustomization.yaml"
    raise InputError(f"'{folder.shown}' has no kustomization", origin=origin, hint=hint)


def read_file(folder: Folder, path: str, restrictor: str, origin: Origin | None) -> bytes:
    """Give the content of a file that a kustomization in `folder` names.

    Raises: InputError for what is remote, missing, no file, too large, or outside the folder.
    """
    if is_remote(path):
        raise remote_error(path, origin)
    try:
        real = _resolve(folder, path)
        problem = _problem(folder, path, real, restrictor, origin)
        if problem is None:
            return real.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        problem = missing_error(path, folder.join(path), "file", origin)
    except (OSError, RuntimeError, ValueError) as error:
        problem = InputError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}", origin=origin)
    raise problem from None


def _resolve(folder: Folder, path: str) -> Path:
    """Give the real path of a file; the folder's own path is real already, so for most only the file is looked at.

    Raises: OSError when it does not exist.
    """
    full = folder.join(path)
    is_direct = str(full.parent) == folder.real and not stat.S_ISLNK(full.lstat().st_mode)
    return full if is_direct else full.resolve(strict=True)


def _problem(folder: Folder, path: str, real: Path, restrictor: str, origin: Origin | None) -> InputError | None:
    status = real.stat()
    if stat.S_ISDIR(status.st_mode):
        return InputError(f"'{path}' is a folder, not a file", origin=origin, hint="name a file in it")
    if not stat.S_ISREG(status.st_mode):
        return InputError(f"'{path}' is no regular file", origin=origin, hint="name a file")
    if status.st_size > MAX_BYTES:
        size = f"{status.st_size // 2**20} MiB; the limit is {MAX_BYTES // 2**20}"
        return InputError(f"'{path}' has {size}", origin=origin, hint="split it")
    if restrictor == ROOT_ONLY and not is_within(str(real.parent), folder.real):
        hint = "move it below the folder of the kustomization, or use --load-restrictor LoadRestrictionsNone"
        return InputError(f"'{path}' is outside '{folder.shown}'", origin=origin, hint=hint)
    return None


def is_within(folder: str, root: str) -> bool:
    """Say whether a real folder is another one or below it."""
    return folder == root or root == "/" or folder.startswith(root + "/")


def missing_error(path: str, full: Path, what: str, origin: Origin | None) -> InputError:
    """Give the error for a path that does not exist, with the nearest name that does, or what else is there."""
    while not full.parent.is_dir() and full.parent != full:
        full = full.parent
    names = _names_in(full.parent)
    stems = {Path(name).stem: name for name in names if not name.startswith(".")}
    near = get_close_matches(full.stem, stems, n=1)
    there = f"there is {', '.join(names)}" if 0 < len(names) <= MOST_NAMES else ""
    hint = f"did you mean '{stems[near[0]]}'?" if near else there
    return InputError(f"no such {what}: '{path}'", origin=origin, hint=hint)


def remote_error(path: str, origin: Origin | None) -> InputError:
    """Give the error for what would have to be fetched."""
    return InputError(f"'{path}' is remote, which is not supported yet", origin=origin, hint=REMOTE_HINT)


def _is_readable(folder: Folder, name: str, restrictor: str) -> bool:
    try:
        real = _resolve(folder, name)
    except (OSError, RuntimeError):
        return False
    return real.is_file() and (restrictor != ROOT_ONLY or is_within(str(real.parent), folder.real))


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
