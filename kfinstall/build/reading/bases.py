"""Opening the folder that another names, on disk or in a repository, after checking that it may be named.

Source: kustomize v5.8.1, api/internal/loader/fileloader.go.
"""

from __future__ import annotations

from posixpath import normpath

from kfinstall.build.reading.files import ROOT_ONLY, is_within, look, missing_error
from kfinstall.build.reading.remotes import FetchError
from kfinstall.build.repository import is_url, parse_repository, without_secrets
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from kfinstall.build.reading.files import Folder
    from kfinstall.build.repository import Repository
    from kfinstall.resource import Origin

Chain: TypeAlias = "tuple[Folder, ...]"
"""The folders that led to one, the outermost first."""

MAX_CHAIN = 64
NOT_FOUND = 404
FILE_ENDINGS = (".yaml", ".yml", ".json")
CYCLE_HINT = "remove one of these entries"


def open_base(path: str, chain: Chain, origin: Origin) -> Folder:
    """Give the folder an entry names: in a repository if it can be read as one, whatever there is on disk.

    Raises: InputError for what is not there, may not be named, or would be built of itself.
    """
    repository = parse_repository(path)
    if repository is None:
        base = _open_beside(path, chain[-1], origin)
    else:
        _refuse_named_before(repository, chain, origin)
        base = open_repository(repository, chain[-1], origin)
    _check_chain(path, base, chain, origin)
    return base


def open_repository(repository: Repository, folder: Folder, origin: Origin | None) -> Folder:
    """Give a folder of a repository, which is fetched.

    Raises: InputError when it cannot be had, or leads out of the repository.
    """
    name = without_secrets(repository.written)
    if not repository.query.is_readable:
        raise InputError(f"what follows the '?' in '{name}' cannot be read", origin=origin, hint="write ?ref=NAME")
    clone = folder.remotes.clone(repository, origin)
    full = normpath(f"{clone}/{repository.folder}")
    found = look(folder.files, full)
    if found.kind != "folder":
        what = "is a file, not a folder" if found.kind == "file" else "is not there"
        hint = "name a folder with a kustomization"
        message = f"'{repository.folder}' {what} in {repository.shown}{_at(repository)}"
        raise InputError(message, origin=origin, hint=hint)
    real = folder.files.real_path(full)
    if not is_within(real, clone):
        hint = "name a folder within the repository"
        raise InputError(f"'{repository.folder}' leads out of {repository.shown}", origin=origin, hint=hint)
    return folder._replace(
        real=real,
        path=normpath(repository.folder or "."),
        restrictor=ROOT_ONLY,
        clone=clone,
        entered=repository.written,
        prefix=f"{repository.shown}//",
    )


def no_repository_error(url: str, origin: Origin | None) -> InputError:
    """Give the error for a URL of a file where only a folder may stand."""
    hint = "write it as https://host/org/repo//folder?ref=NAME"
    return InputError(f"'{without_secrets(url)}' names no repository", origin=origin, hint=hint)


def neither_error(path: str, no_file: InputError, no_repository: InputError, origin: Origin) -> InputError:
    """Give the error for a URL that is neither a file nor a repository: what it would be taken for decides."""
    if path.partition("?")[0].endswith(FILE_ENDINGS):
        return no_file
    if not isinstance(no_file, FetchError):
        return no_repository
    message = f"{no_repository.message}; and as a file, {no_file.message}"
    hint = no_repository.hint if no_file.status in (0, NOT_FOUND) else no_file.hint
    return InputError(message, origin=origin, hint=hint or no_file.hint)


def _at(repository: Repository) -> str:
    return f" at '{repository.query.ref}'" if repository.query.ref else ""


def _open_beside(path: str, folder: Folder, origin: Origin) -> Folder:
    if not path:
        raise InputError("an entry is empty", origin=origin, hint="name a file or a folder")
    if path[:1] == "/":
        raise InputError(f"'{path}' is absolute", origin=origin, hint="name it relative to this folder")
    if is_url(path):
        raise no_repository_error(path, origin)
    full = folder.join(path)
    found = look(folder.files, full)
    if found.kind == "file":
        raise InputError(f"'{path}' is a file, not a component", origin=origin, hint="name it in 'resources'")
    if found.kind != "folder":
        raise missing_error(folder.files, path, full, "folder", origin)
    real = folder.files.real_path(full)
    if folder.clone and not is_within(real, folder.clone):
        hint = "a folder of a repository may name only what is in that repository"
        raise InputError(f"'{path}' leads out of the repository of '{folder.shown}'", origin=origin, hint=hint)
    return folder._replace(real=real, path=folder.relative(path), entered="")


def _refuse_named_before(repository: Repository, chain: Chain, origin: Origin) -> None:
    for visited in chain:
        if visited.entered.startswith(repository.written):
            hint = "remove one of the two entries"
            name, before = without_secrets(repository.written), without_secrets(visited.entered)
            raise InputError(f"bases form a cycle: '{name}' is named by '{before}'", origin=origin, hint=hint)


def _check_chain(path: str, base: Folder, chain: Chain, origin: Origin) -> None:
    """Raise when a folder would be built of itself, or of one around it; the same repository may be entered anew."""
    entries = [i for i, folder in enumerate(chain) if folder.entered]
    start = len(chain) if base.entered else entries[-1] if entries else 0
    for i, visited in enumerate(chain):
        if visited.real == base.real:
            cycle = " -> ".join(folder.shown for folder in (*chain[i:], base))
            raise InputError(f"bases form a cycle: {cycle}", origin=origin, hint=CYCLE_HINT)
        if i >= start and is_within(visited.real, base.real):
            hint = "name a folder beside it or below it"
            raise InputError(f"'{path}' is a folder around '{visited.shown}'", origin=origin, hint=hint)
    if len(chain) >= MAX_CHAIN:
        raise InputError(f"bases are nested deeper than {MAX_CHAIN}", origin=origin, hint="name them side by side")
