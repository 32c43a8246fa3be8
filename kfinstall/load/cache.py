"""What was read before, kept on disk by the content it came from.

An entry's name is the digest of the text and of the code that reads and prints YAML: an edit, of a file or of that
code, misses. Beside the documents of a file stands the text they are printed as, so far as it was printed. Whatever is
wrong with the cache, everything is read as if there were none. What may hold the values of a Secret is not kept.
"""

from __future__ import annotations

import marshal
import os
import sys

from kfinstall import manifest as yaml_code
from kfinstall.build.reading.yaml import ANEW
from kfinstall.light import TYPE_CHECKING, remembered
from kfinstall.load.store import Store, digest, is_usable
from kfinstall.manifest.emit import printed_children
from kfinstall.manifest.node import Node, NodeDocument
from kfinstall.manifest.packing import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal, TypeAlias

    from kfinstall.manifest.document import Document
    from kfinstall.manifest.emit import PrintedTexts

    Documents: TypeAlias = tuple[Document, ...]
    Form: TypeAlias = Literal["documents", "patch", "node"]

OFF_VARIABLE = "KFINSTALL_NO_CACHE"
FOLDER_VARIABLE = "KFINSTALL_CACHE_DIR"
MAX_BYTES = 256 * 1024 * 1024
SECRET_WORDS = (b"secret", b"token", b"password", b"helm", b"@", b"\\")
"""Where a credential may be: with these words, `@` as in `https://user:key@host`, a backslash that hides a word."""
DATA = b"data"
WRITES_DATA = (b"patch", b"sourcevalue", b"generators", b"transformers", b"validators")
"""A kustomization that has none of these words can only lead to the data of a Secret, not give it."""


class DocumentCache:
    """Reads YAML from what was kept of it, or anew. Safe to share between processes."""

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> None:
        self.texts: PrintedTexts = {}
        self._store = Store(os.fspath(folder), max_bytes)
        self._fresh: dict[str, Callable[[], bytes]] = {}

    def documents(self, content: bytes, path: str) -> Documents:
        """Give the documents of a file.

        Raises: what reading it anew raises; mistakes are never kept.
        """
        name = _name("documents", content)
        entry = self._entry(name)
        if entry is not None:
            return self._restored(entry)
        documents = ANEW.documents(content, path)
        if not any(_holds_secret(document.manifest) for document in documents):
            self._fresh[name] = lambda: pack(documents, self._printed(documents))
        return documents

    def patch(self, text: str | bytes, path: str, first_line: int) -> Documents:
        """Give the documents of a patch; `first_line` is the line it starts at.

        Raises: what reading it anew raises.
        """
        name, moved = _name("patch", text), first_line - 1
        entry = self._entry(name)
        if entry is not None:
            return tuple(_moved(document, moved) for document in unpack(entry)[0])
        documents = ANEW.patch(text, path, first_line)
        self._keep(name, lambda: pack(_moved(document, -moved) for document in documents))
        return documents

    def node(self, text: str | bytes, path: str, first_line: int = 1) -> NodeDocument:
        """Give the nodes of a text; `first_line` is the line it starts at.

        Raises: what reading it anew raises.
        """
        name, moved = _name("node", text), first_line - 1
        entry = self._entry(name)
        if entry is not None:
            return NodeDocument(_as_node(entry, moved), ())
        found = ANEW.node(text, path, first_line)
        if found.node is not None and not found.repeated and found.unread is None:
            is_kustomization = isinstance(found.node.value, dict)
            plain = _as_plain(found.node, moved)
            self._keep(name, lambda: marshal.dumps(plain), is_kustomization=is_kustomization)
        return found

    def save(self) -> None:
        """Keep what was read anew, with what `texts` knows by now; make room for it."""
        if not self._fresh:
            return
        bodies: dict[str, bytes] = {}
        for name, packed in self._fresh.items():
            try:
                bodies[name] = packed()
            except ValueError:
                continue  # more than can be kept
        self._store.write(bodies)
        self._fresh.clear()

    def _entry(self, name: str) -> Any:
        """Give an entry; None when there is none."""
        body = self._store.read(name)
        if body is None:
            return None
        try:
            return marshal.loads(body)  # noqa: S302 only the user can write there
        except (ValueError, EOFError, TypeError):
            return None

    def _keep(self, name: str, packed: Callable[[], bytes], *, is_kustomization: bool = False) -> None:
        try:
            body = packed()
        except ValueError:
            return
        if not _may_hold_secret(body, is_kustomization):
            self._fresh[name] = lambda: body

    def _printed(self, documents: Documents) -> Any:
        """Give the printed texts with the places they belong to."""
        return [
            (i, *place, self.texts[id(child)][1])
            for i, document in enumerate(documents)
            for place, child in printed_children(document.manifest)
            if id(child) in self.texts
        ]

    def _restored(self, entry: Any) -> Documents:
        documents, texts = unpack(entry)
        for i, field, name, text in texts:
            child = documents[i].manifest[field][name]
            self.texts[id(child)] = (child, text)
        return documents


def open_cache(environ: Mapping[str, str] = os.environ) -> DocumentCache | None:
    """Give the user's cache; None where it is turned off, or its folder is not the user's alone."""
    if environ.get(OFF_VARIABLE):
        return None
    folder = f"{_root(environ)}/documents"
    return DocumentCache(folder) if is_usable(folder) else None


def _root(environ: Mapping[str, str]) -> str:
    if chosen := environ.get(FOLDER_VARIABLE):
        return chosen
    base = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME") or "~"
    return f"{base if os.path.isabs(base) else os.path.expanduser(home) + '/.cache'}/kfinstall"


def _name(form: Form, text: str | bytes) -> str:
    return digest(_version(None), form.encode(), text.encode() if isinstance(text, str) else text).hex()


@remembered(1)
def _version(_: None) -> bytes:
    """Give what changes with all that decides what a text means and how it is printed, and with the format.

    The code is known by size and time, as Python itself knows whether a module is still the one it compiled.
    """
    with os.scandir(os.path.dirname(yaml_code.__file__)) as found:
        files = sorted(
            (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
            for entry in found
            if entry.name.endswith(".py")
        )
    return digest(repr((sys.implementation.cache_tag, marshal.version, files)).encode())


def _holds_secret(manifest: Any) -> bool:
    """Does a document, or an item of a list, give a Secret values? What configures a generator or a patch may."""
    if not isinstance(manifest, dict):
        return False
    if manifest.get("apiVersion") == "builtin":
        return True
    if manifest.get("kind") == "Secret":
        return bool(manifest.get("data") or manifest.get("stringData"))
    items = manifest.get("items")
    return isinstance(items, list) and any(map(_holds_secret, items))


def _may_hold_secret(body: bytes, is_kustomization: bool) -> bool:
    """Could a kustomization or a patch give a Secret values? More is refused than has to be."""
    text = body.lower().replace(b"metadata", b"")
    if any(word in text for word in SECRET_WORDS):
        return True
    return DATA in text and (not is_kustomization or any(word in text for word in WRITES_DATA))


def _moved(document: Document, lines: int) -> Document:
    return document._replace(line=document.line + lines)


def _as_plain(node: Node, moved: int) -> tuple[Any, ...]:
    """Give a node as plain data, its lines counted from the start of its text."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _as_plain(child, moved) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_as_plain(child, moved) for child in value]
    return value, node.line - moved, node.key_line - moved, node.text, node.style


def _as_node(stored: tuple[Any, ...], moved: int) -> Node:
    value, line, key_line, text, style = stored
    if isinstance(value, dict):
        value = {key: _as_node(child, moved) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_as_node(child, moved) for child in value]
    return Node(value, line + moved, key_line + moved, text, style)
