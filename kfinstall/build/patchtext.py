"""The text of a patch -> what it is: strategic merge patches, or JSON 6902 operations."""

from __future__ import annotations

from kfinstall.build.reading.yaml import ANEW, Reader
from kfinstall.build.tree import PatchText
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.node import plain
from kfinstall.manifest.resources import parse_resources
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from typing import Any

    from kfinstall.manifest.document import Document

ONE_OR_THE_OTHER = "a patch is either a resource (strategic merge) or a list of operations (JSON 6902)"


def read_patch(text: str | bytes, origin: Origin, reader: Reader = ANEW) -> PatchText:
    """Give a patch of either form; which one, its first document tells.

    In:     origin, where the text starts.
    Raises: InputError.
    """
    try:
        documents = reader.patch(text, origin.path, origin.line)
    except InputError:
        if not _is_list(text, origin, reader):
            raise
        return read_operations(text, origin, reader)  # where a key that comes twice is no mistake: the last counts
    if documents and isinstance(documents[0].manifest, list) and documents[0].manifest:
        return read_operations(text, origin, reader)
    return _merge_patches(text, origin, documents)


def _is_list(text: str | bytes, origin: Origin, reader: Reader) -> bool:
    try:
        return isinstance(_read_yaml(text, origin, reader), list)
    except InputError:
        return False


def read_merge_patches(text: str | bytes, origin: Origin, reader: Reader = ANEW) -> PatchText:
    """Give a text as strategic merge patches, one a document; none for a text without any.

    Raises: InputError.
    """
    return _merge_patches(text, origin, reader.patch(text, origin.path, origin.line))


def _merge_patches(text: str | bytes, origin: Origin, documents: tuple[Document, ...]) -> PatchText:
    return PatchText(origin, parse_resources(text, origin.path, origin.line, is_patch=True, documents=documents))


def read_operations(text: str | bytes, origin: Origin, reader: Reader = ANEW) -> PatchText:
    """Give a text as JSON 6902 operations: JSON when it starts with `[`, else YAML 1.1.

    Raises: InputError.
    """
    is_json = text[:1] in ("[", b"[")
    operations = _read_json(text, origin) if is_json else _read_yaml(text, origin, reader)
    if not isinstance(operations, list):
        raise InputError("a JSON 6902 patch must be a list of operations", origin=origin, hint=ONE_OR_THE_OTHER)
    return PatchText(origin, operations=tuple(operations))


def _read_yaml(text: str | bytes, origin: Origin, reader: Reader) -> Any:
    node = reader.node(text, origin.path, origin.line).node
    return plain(node) if node else None


def _read_json(text: str | bytes, origin: Origin) -> Any:
    from kfinstall.manifest.json_text import parse_json

    try:
        return parse_json(text)
    except ValueError as error:
        line = origin.line + getattr(error, "lineno", 1) - 1
        hint = "a patch that begins with '[' is read as JSON; begin it with '- ' to write YAML"
        raise InputError(
            f"not JSON: {getattr(error, 'msg', error)}", origin=Origin(origin.path, line), hint=hint
        ) from None
