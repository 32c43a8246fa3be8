"""Reading files below a kustomization's folder: bounds, restrictions, and errors that say what is there instead.

Where the files are, on disk or in memory, is behind the protocol `Files`. Nothing here touches a disk itself.
"""

from __future__ import annotations

from os.path import normpath
from posixpath import basename, dirname, splitext

from kfinstall.build.repository import is_url, without_secrets
from kfinstall.errors import InputError, did_you_mean
from kfinstall.light import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from kfinstall.build.reading.remotes import Remotes
    from kfinstall.resource import Origin

MOST_NAMES = 6
MOST_COMPARED = 2000
"""Names of a folder that are looked at for one that is near to a mistyped one."""
MAX_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
ROOT_ONLY, NO_RESTRICTION = "rootOnly", "none"
FAR = "nothing where it leads has a name like it"


class Status(NamedTuple):
    """What stands at a path."""

    kind: Literal["file", "folder", "link", "other", "nothing"]
    size_bytes: int = 0


NOTHING = Status("nothing")
UNREADABLE = Status("other")


class Files(Protocol):
    """Where files are read from. Paths are absolute, but for the one a person named.

    Raises: OSError as the functions of `os` do, FileNotFoundError or NotADirectoryError where nothing is; ValueError
            for what can be no path.
    """

    def status(self, path: str) -> Status:
        """Give what stands at a path; a symlink is not followed."""

    def real_path(self, path: str) -> str:
        """Give the absolute path without symlinks of something that is there."""

    def read(self, path: str) -> bytes:
        """Give the content of a file."""

    def names(self, path: str) -> Sequence[str]:
        """Give the names in a folder, sorted."""


class TooMuchError(Exception):
    """One build has read more than it may."""


class Bounded(NamedTuple):
    """The files of one build: all of them together have a limit, and a folder is listed once.

    `listed`: path of a folder -> its names; `read_bytes`: how much was read, in one place, of `most_bytes`.
    """

    files: Files
    listed: dict[str, Sequence[str]]
    read_bytes: list[int]
    most_bytes: int

    def status(self, path: str) -> Status:
        """Give what stands at a path; a symlink is not followed."""
        return self.files.status(path)

    def real_path(self, path: str) -> str:
        """Give the absolute path without symlinks of something that is there."""
        return self.files.real_path(path)

    def read(self, path: str) -> bytes:
        """Give the content of a file.

        Raises: TooMuchError, beside what reading raises.
        """
        self.counted(b"")
        return self.counted(self.files.read(path))

    def counted(self, content: bytes) -> bytes:
        """Give content that is read, from wherever it is, after adding it to what was read so far.

        Raises: TooMuchError when more had been read than may be.
        """
        if self.read_bytes[0] > self.most_bytes:
            raise TooMuchError
        self.read_bytes[0] += len(content)
        return content

    def names(self, path: str) -> Sequence[str]:
        """Give the names in a folder, sorted."""
        if path not in self.listed:
            self.listed[path] = self.files.names(path)
        return self.listed[path]


def bounded(files: Files, most_bytes: int = MAX_TOTAL_BYTES) -> Bounded:
    """Give the files of one build, of which nothing was read yet."""
    return Bounded(files, {}, [0], most_bytes)


class Folder(NamedTuple):
    """A folder that is read from: its real, absolute path, how a person would write it, which files it may name.

    In a repository that was fetched, `clone` is the real path of that, `entered` is what was written where it is the
    folder another named, and `prefix` is what people see before the path in it.
    """

    files: Bounded
    remotes: Remotes
    real: str
    path: str
    restrictor: str = ROOT_ONLY
    clone: str = ""
    entered: str = ""
    prefix: str = ""

    @property
    def shown(self) -> str:
        """How a person would write it."""
        return self.prefix + self.path

    def join(self, path: str) -> str:
        """Give the real folder's path with another behind it; symlinks are not followed yet."""
        return normpath(f"{self.real}/{path}" if path[:1] != "/" else path)

    def relative(self, path: str) -> str:
        """Give a path that is relative to this folder as seen from where its own path starts."""
        return normpath(f"{self.path}/{path}" if path[:1] != "/" else path)

    def show(self, path: str) -> str:
        """Give how a person would write a path that is relative to this folder."""
        return without_secrets(path) if is_url(path) else self.prefix + self.relative(path)


def look(files: Files, path: str) -> Status:
    """Give what stands at a path, behind symlinks too; never raises."""
    try:
        status = files.status(path)
        return files.status(files.real_path(path)) if status.kind == "link" else status
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return NOTHING
    except OSError:
        return UNREADABLE


def open_folder(folder: Folder) -> Folder:
    """Give the folder a person named, in `path`, with its real path.

    Raises: InputError when there is none.
    """
    path, files = folder.path, folder.files
    found = look(files, path)
    if found.kind == "folder":
        return folder._replace(real=files.real_path(path))
    if found.kind == "file":
        hint = "name the folder it is in"
        raise InputError(f"'{path}' is a file, not a folder with a kustomization", hint=hint)
    raise missing_error(files, path, path, "folder", None)


def find_kustomization(folder: Folder, origin: Origin | None) -> str:
    """Give the name of the folder's kustomization file.

    Raises: InputError when there is none, or more than one.
    """
    names = [name for name in KUSTOMIZATION_NAMES if _is_readable(folder, name)]
    if len(names) == 1:
        return names[0]
    if names:
        from kfinstall.resource import Origin

        message, place = f"'{folder.shown}' has {' and '.join(names)}", origin or Origin(folder.show(names[1]))
        raise InputError(message, origin=place, hint="keep one of them")
    near = did_you_mean("kustomization.yaml", _names_in(folder.files, folder.real)[:MOST_COMPARED])
    hint = near or "a folder needs a file kustomization.yaml"
    raise InputError(f"'{folder.shown}' has no kustomization", origin=origin, hint=hint)


def read_file(folder: Folder, path: str, origin: Origin | None) -> bytes:
    """Give the content of a file that a kustomization in `folder` names.

    Raises: InputError for what is missing, no file, too large, or outside the folder, or cannot be fetched.
    """
    try:
        folder.files.counted(b"")
        if is_url(path):
            return folder.files.counted(folder.remotes.fetch(path, origin))
        real, status = _resolve(folder, path)
        problem = _problem(folder, path, real, status, origin)
        if problem is None:
            return folder.files.read(real)
    except (FileNotFoundError, NotADirectoryError):
        problem = missing_error(folder.files, path, folder.join(path), "file", origin)
    except TooMuchError:
        hint = "build parts of the tree by themselves"
        most = folder.files.most_bytes // 2**20
        message = f"the files of one build have more than {most} MiB: '{without_secrets(path)}' is one too many"
        problem = InputError(message, origin=origin, hint=hint)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = InputError(f"cannot read '{path}': {reason}", origin=origin, hint="make it readable, or name another")
    raise problem from None


def _resolve(folder: Folder, path: str) -> tuple[str, Status]:
    """Give the real path of a file and what is there.

    The folder's own path is real already, so for most files nothing but the file is looked at, once.

    Raises: OSError when it does not exist.
    """
    full = folder.join(path)
    status = folder.files.status(full)
    if status.kind != "link" and dirname(full) == folder.real:
        return full, status
    real = folder.files.real_path(full)
    return real, folder.files.status(real) if status.kind == "link" else status


def _problem(folder: Folder, path: str, real: str, status: Status, origin: Origin | None) -> InputError | None:
    if status.kind == "folder":
        return InputError(f"'{path}' is a folder, not a file", origin=origin, hint="name a file in it")
    if status.kind != "file":
        return InputError(f"'{path}' is no regular file", origin=origin, hint="name a file")
    if status.size_bytes > MAX_BYTES:
        size = f"{status.size_bytes // 2**20} MiB; the limit is {MAX_BYTES // 2**20}"
        return InputError(f"'{path}' has {size}", origin=origin, hint="split it")
    if folder.restrictor == ROOT_ONLY and not is_within(dirname(real), folder.real):
        hint = "move it below the folder of the kustomization"
        hint += "" if folder.clone else ", or use --load-restrictor LoadRestrictionsNone"
        return InputError(f"'{path}' is outside '{folder.shown}'", origin=origin, hint=hint)
    return None


def is_within(folder: str, root: str) -> bool:
    """Say whether a real folder is another one or below it."""
    return folder == root or root == "/" or folder.startswith(root + "/")


def missing_error(files: Files, path: str, full: str, what: str, origin: Origin | None) -> InputError:
    """Give the error for a path that does not exist, with the nearest name that does, or what else is there."""
    from difflib import get_close_matches

    while look(files, dirname(full) or ".").kind != "folder" and dirname(full) not in (full, ""):
        full = dirname(full)
    names = _names_in(files, dirname(full) or ".")
    stems = {splitext(name)[0]: name for name in names[:MOST_COMPARED] if not name.startswith(".")}

    near = get_close_matches(splitext(basename(full))[0], stems, n=1)
    there = f"there is {', '.join(names)}" if 0 < len(names) <= MOST_NAMES else FAR
    hint = f"did you mean '{stems[near[0]]}'?" if near else there
    return InputError(f"no such {what}: '{path}'", origin=origin, hint=hint)


def _is_readable(folder: Folder, name: str) -> bool:
    try:
        real, status = _resolve(folder, name)
    except OSError:
        return False
    return status.kind == "file" and (folder.restrictor != ROOT_ONLY or is_within(dirname(real), folder.real))


def _names_in(files: Files, path: str) -> Sequence[str]:
    try:
        return files.names(path)
    except (OSError, ValueError):
        return ()
