"""What one run fetched: each repository and each file once. Nothing is imported for it before something is fetched."""

from __future__ import annotations

import os

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import TypeVar

    from kfinstall.build.repository import Repository
    from kfinstall.load.clones import ClonesFolder
    from kfinstall.resource import Origin

    Key = TypeVar("Key")
    Value = TypeVar("Value")


MAX_CLONES_BYTES = 4 * 1024 * 1024 * 1024
"""What the clones of one run may take together."""
MAX_TIME_S = 1800.0
"""What all fetches of one run may take: the last one may take longer."""


class Downloads:
    """Fetches what is asked for, and remembers it; a context manager that removes the clones."""

    def __init__(
        self, environ: Mapping[str, str] = os.environ, most_bytes: int = MAX_CLONES_BYTES, most_s: float = MAX_TIME_S
    ) -> None:
        """Take the environment, the bytes that all clones may take together, and the time that all fetches may."""
        self._environ = environ
        self._left_bytes = most_bytes
        self._most_s, self._left_s = most_s, most_s
        self._clones: dict[tuple[str, str, bool], str | InputError] = {}
        self._files: dict[str, bytes | InputError] = {}
        self._folder: ClonesFolder | None = None

    def __enter__(self) -> Downloads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.close()

    def clone(self, repository: Repository, origin: Origin | None) -> str:
        """Give the real path of a folder that holds the repository, at the ref it asks for.

        Raises: InputError when it cannot be had.
        """
        query = repository.query
        key = (repository.url, query.ref, query.has_submodules)
        return _once(self._clones, key, lambda: self._timed(lambda: self._clone(repository)), origin)

    def fetch(self, url: str, origin: Origin | None) -> bytes:
        """Give the content of a file.

        Raises: InputError when it cannot be had.
        """
        from kfinstall.load.http import fetch_file

        return _once(self._files, url, lambda: self._timed(lambda: fetch_file(url, self._environ)), origin)

    def _timed(self, get: Callable[[], Value]) -> Value:
        """Get something, as long as there is time left.

        Raises: InputError, beside what getting it raises.
        """
        from time import monotonic

        if self._left_s <= 0:
            message = f"what is remote has taken {self._most_s / 60:g} minutes: no more is fetched"
            raise InputError(message, hint="clone or download it beside your tree")
        began_s = monotonic()
        try:
            return get()
        finally:
            self._left_s -= monotonic() - began_s

    def _clone(self, repository: Repository) -> str:
        from kfinstall.load.clones import ClonesFolder
        from kfinstall.load.disk_use import size_bytes
        from kfinstall.load.git import MAX_CLONE_BYTES, clone_repository

        if self._folder is None:
            self._folder = ClonesFolder()
        folder = self._folder.add()
        clone_repository(repository, folder, self._environ, min(self._left_bytes, MAX_CLONE_BYTES))
        self._left_bytes -= size_bytes(folder)
        return str(folder)


def _once(known: dict[Key, Value | InputError], key: Key, get: Callable[[], Value], origin: Origin | None) -> Value:
    """Give what was had before under this key, the mistake too; else get it."""
    if key not in known:
        try:
            known[key] = get()
        except InputError as error:
            known[key] = error
    found = known[key]
    if isinstance(found, InputError):
        raise _at(found, origin)
    return found


def _at(error: InputError, origin: Origin | None) -> InputError:
    from copy import copy

    found = copy(error)
    found.origin = origin
    return found
