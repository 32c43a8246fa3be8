"""Documents that were read before, kept on disk by the content they came from.

An entry's name is the digest of the file's bytes and of the code that reads and prints YAML: an edit, of a file or of
that code, misses. Beside the documents stands the text they are printed as, so far as it was printed. Whatever is wrong
with the cache, the files are read as if there were none. A file with the values of a Secret is not kept.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from kfinstall import manifest as yaml_code
from kfinstall.build.reading.tree import read_documents
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.document import Document
from kfinstall.manifest.emit import printed_children

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from kfinstall.manifest.emit import PrintedTexts

OFF_VARIABLE = "KFINSTALL_NO_CACHE"
FOLDER_VARIABLE = "KFINSTALL_CACHE_DIR"
SMALLEST_BYTES = 1024
"""Reading a smaller file takes no longer than looking for its entry."""
MAX_BYTES = 256 * 1024 * 1024
KEPT_SHARE = 0.75
TOUCH_AFTER_S = 3600.0
DIGEST_BYTES = 32


class DocumentCache:
    """The documents of files, from disk where they were read before. Safe to share between processes."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.texts: PrintedTexts = {}
        self._folder = folder
        self._max_bytes = max_bytes
        self._fresh: dict[str, tuple[Document, ...]] = {}

    def parse(self, content: bytes, path: str) -> tuple[Document, ...]:
        """Give the documents of a file, as `parse_documents` does.

        Raises: what that raises; mistakes are never kept.
        """
        if len(content) < SMALLEST_BYTES:
            return read_documents(content, path)
        name = _digest(_version(), content).hex()
        entry = _read(self._folder / name)
        if entry is not None:
            return self._restored(*entry)
        documents = read_documents(content, path)
        if not any(_holds_secret(document.manifest) for document in documents):
            self._fresh[name] = documents
        return documents

    def save(self) -> None:
        """Keep what was read anew, with what `texts` knows by now; make room for it."""
        if not self._fresh:
            return
        with suppress(OSError):
            _make_private(self._folder)
            for name, documents in self._fresh.items():
                with suppress(ValueError):  # a value that is more than plain data, such as a number's source text
                    _write(self._folder, name, marshal.dumps(self._stored(documents)))
            _make_room(self._folder, self._max_bytes)
        self._fresh.clear()

    def _stored(self, documents: tuple[Document, ...]) -> Any:
        """Give documents as plain tuples, and the printed texts with the places they belong to."""
        texts = [
            (i, *place, self.texts[id(child)][1])
            for i, document in enumerate(documents)
            for place, child in printed_children(document.manifest)
            if id(child) in self.texts
        ]
        return [tuple(document) for document in documents], texts

    def _restored(self, documents: Any, texts: Any) -> tuple[Document, ...]:
        result = tuple(Document(*document) for document in documents)
        for i, field, name, text in texts:
            child = result[i].manifest[field][name]
            self.texts[id(child)] = (child, text)
        return result


def open_cache(environ: Mapping[str, str] = os.environ) -> DocumentCache | None:
    """Give the user's cache; None where it is turned off, or its folder is not the user's alone."""
    if environ.get(OFF_VARIABLE):
        return None
    folder = _root(environ) / "documents"
    try:
        status = folder.lstat()
    except OSError:
        return DocumentCache(folder)  # made when there is something to keep
    return DocumentCache(folder) if _is_private(status) else None


def _root(environ: Mapping[str, str]) -> Path:
    if chosen := environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    base = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME") or "~"
    return (Path(base) if os.path.isabs(base) else Path(home).expanduser() / ".cache") / "kfinstall"  # noqa: PTH117


def _holds_secret(manifest: Any) -> bool:
    """Does a document, or an item of a list, give a Secret values?"""
    if not isinstance(manifest, dict):
        return False
    if manifest.get("kind") == "Secret":
        return bool(manifest.get("data") or manifest.get("stringData"))
    items = manifest.get("items")
    return isinstance(items, list) and any(map(_holds_secret, items))


@cache
def _version() -> bytes:
    """Give the digest of all that decides what a file's bytes mean and how they are printed, and of the format."""
    paths = sorted(Path(yaml_code.__file__).parent.glob("*.py"))
    format_ = f"{sys.implementation.cache_tag} {marshal.version}".encode()
    return _digest(format_, *(path.read_bytes() for path in paths))


def _digest(*parts: bytes | memoryview) -> bytes:
    from hashlib import sha256  # loads OpenSSL, which a build of small files does without

    digest = sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def _is_private(status: os.stat_result) -> bool:
    is_folder = stat.S_ISDIR(status.st_mode)
    return is_folder and status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(folder.lstat()):
        raise PermissionError(f"{folder} is not private")


def _read(path: Path) -> Any:
    """Give an entry; None when there is none, or it is damaged."""
    try:
        content = path.read_bytes()
        if _digest(memoryview(content)[DIGEST_BYTES:]) != content[:DIGEST_BYTES]:
            return None
        if time.time() - path.stat().st_mtime > TOUCH_AFTER_S:
            os.utime(path)
        return marshal.loads(memoryview(content)[DIGEST_BYTES:])  # noqa: S302 only the user can write there
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _write(folder: Path, name: str, body: bytes) -> None:
    """Let an entry appear whole or not at all."""
    import tempfile

    descriptor, partial = tempfile.mkstemp(prefix=".", dir=folder)  # mode 0600
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 a descriptor, not a path
            file.write(_digest(body))
            file.write(body)
        os.replace(partial, folder / name)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(partial)  # noqa: PTH108
        raise


def _make_room(folder: Path, max_bytes: int) -> None:
    """Remove the entries that were not used for longest, once all of them are too large."""
    entries = sorted(_entries(folder))
    size = sum(entry[1] for entry in entries)
    if size <= max_bytes:
        return
    for _, entry_bytes, path in entries:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
            size -= entry_bytes
        if size <= max_bytes * KEPT_SHARE:
            return


def _entries(folder: Path) -> Iterator[tuple[float, int, str]]:
    for entry in os.scandir(folder):
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            yield status.st_mtime, status.st_size, entry.path
