"""YAML text -> resources: lists opened, kind and name there, the reader's own annotations taken off.

Source: kustomize v5.8.1, api/resource/factory.go and kyaml/yaml/rnode.go.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.annotations import Folded, take_books, with_annotations
from kfinstall.manifest.document import Document
from kfinstall.manifest.locate import locate_field, locate_in_rows, split_rows
from kfinstall.manifest.scalar import Unquoted, source_text, unquoted
from kfinstall.manifest.schema_comments import add_schema_comments, has_schema_comments, holds_schemas
from kfinstall.resource import NO_BOOKKEEPING, Bookkeeping, Manifest, Origin, Resource

if TYPE_CHECKING:
    from typing import Any

    from kfinstall.manifest.node import Node

OPENED = ("List", "ResourceList")
"""Kinds of which the reader of a file opens what it holds, where that is all the file has."""


class _Source(NamedTuple):
    """The text a document stands in."""

    text: str | bytes
    path: str
    first_line: int
    is_patch: bool
    has_schemas: bool
    rows: list[bytes]
    located: dict[int, Node | None]
    """The line of a document -> its nodes; with `rows`, the lines of the text, filled in when they are first needed."""


class _Place(NamedTuple):
    """Where a manifest stands: the line of its document, and the path within that, for an item of a list.

    `is_json`: kustomize has read it as JSON.
    """

    line: int
    path: tuple[str | int, ...] = ()
    is_json: bool = False


def parse_resources(
    text: str | bytes,
    path: str,
    first_line: int = 1,
    *,
    is_patch: bool = False,
    documents: tuple[Document, ...] | None = None,
) -> tuple[Resource, ...]:
    """Give the resources of a file; the items of a `List` stand at the end, as in kustomize.

    In:     whether the text is a strategic merge patch: then null deletes, and any scalar may be a key; the documents
            of the text, where they are known already.
    Raises: InputError for what is no YAML, and for a document without kind or name.
    """
    if documents is None:
        from kfinstall.manifest.parse import parse_documents

        documents = parse_documents(text, path, first_line, is_patch=is_patch)
    source = _Source(text, path, first_line, is_patch, has_schema_comments(text), [], {})
    if source.has_schemas:
        documents = _with_schemas(documents, source)
    left = [(document, _Place(document.line)) for document in reversed(documents)]
    resources = []
    while left:
        document, place = left.pop()
        if document.manifest in ({}, []):
            continue
        manifest = _checked(document.manifest, Origin(path, document.line))
        if manifest["kind"].endswith("List") and "items" in manifest:
            left[:0] = reversed(_items(manifest, document, place, source))
        else:
            manifest = _with_text_annotations(_with_null_version(manifest, document, place, source), place, source)
            resource = Resource(manifest, Origin(path, document.line), notes=_notes(document, manifest, source))
            resources.append(resource if is_patch else take_books(resource))
    return tuple(resources)


def _notes(document: Document, manifest: Manifest, source: _Source) -> Bookkeeping:
    has_schemas = source.has_schemas and holds_schemas(manifest)
    if not (document.empty_nulls or document.has_bare_keys or has_schemas):
        return NO_BOOKKEEPING
    return Bookkeeping(empty_nulls=document.empty_nulls, has_bare_keys=document.has_bare_keys, has_schemas=has_schemas)


def _with_schemas(documents: tuple[Document, ...], source: _Source) -> tuple[Document, ...]:
    text, path, first_line = source[:3]
    return tuple(
        one._replace(manifest=add_schema_comments(one.manifest, text, path, one.line, first_line)) for one in documents
    )


def _checked(manifest: Any, origin: Origin) -> Manifest:
    """Give a manifest that has a kind and, but for lists, a name; what makes its id is text."""
    if not isinstance(manifest, dict):
        raise InputError("a resource must be a mapping of fields", origin=origin, hint="it begins with 'apiVersion:'")
    metadata = manifest.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if not _is_word(manifest.get("kind")):
        hint = "each document needs 'apiVersion', 'kind' and 'metadata.name'"
        raise InputError("the resource has no 'kind'", origin=origin, hint=hint)
    is_list = source_text(manifest["kind"]).endswith("List")
    if not is_list and not _is_word(metadata.get("name")):
        hint = "kustomize tells resources apart by name: 'generateName' is not enough"
        hint = hint if "generateName" in metadata else "add a name below 'metadata:'"
        raise InputError(f"the {source_text(manifest['kind'])} has no 'metadata.name'", origin=origin, hint=hint)
    if is_list and not isinstance(manifest.get("metadata"), dict | None):
        raise InputError("'metadata' is no mapping", origin=origin, hint="write 'name:' and the like below it")
    if is_list and "metadata" not in manifest:
        manifest = {**manifest, "metadata": metadata}
    return _with_text_id(manifest, metadata)


def _is_word(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, dict | list)


def _with_text_id(manifest: Manifest, metadata: Manifest) -> Manifest:
    top: Manifest = {key: unquoted(manifest[key]) for key in ("apiVersion", "kind") if _is_bare(manifest.get(key))}
    below = {key: unquoted(metadata[key]) for key in ("name", "namespace") if _is_bare(metadata.get(key))}
    if below:
        top["metadata"] = {**metadata, **below}
    return {**manifest, **top} if top else manifest


def _with_null_version(manifest: Manifest, document: Document, place: _Place, source: _Source) -> Manifest:
    """Give the manifest with an apiVersion that is null as the text that it was written as: that is its version."""
    if manifest.get("apiVersion", "") is not None or ("apiVersion",) in document.empty_nulls:
        return manifest
    node = _located(place, source)
    version = locate_field(node, "apiVersion").text if node and not place.is_json else "null"
    return {**manifest, "apiVersion": _null(version)}


def _is_bare(value: Any) -> bool:
    return not isinstance(value, str) and _is_word(value)


def _items(manifest: Manifest, document: Document, place: _Place, source: _Source) -> list[tuple[Document, _Place]]:
    """Give the items of a list, each at its line.

    Those of a `List` that stands alone in its file are as they were written; of any other they went through JSON.
    """
    items = manifest["items"] if manifest["items"] is not None else []
    if not isinstance(items, list):
        message, hint = f"'items' of the {manifest['kind']} must be a list", "begin each resource in it with '- '"
        raise InputError(message, origin=Origin(source.path, document.line), hint=hint)
    is_json = bool(place.path) or manifest["kind"] not in OPENED or not _is_alone(source.text)
    if is_json and not place.is_json:
        from kfinstall.manifest.json_values import as_json

        items = as_json(items, [path[1:] for path in document.empty_nulls if path[0] == "items"])
    nulls: dict[Any, list[tuple[str | int, ...]]] = {}
    for field, at, *rest in (path for path in document.empty_nulls if len(path) > 2 and not is_json):
        if field == "items":
            nulls.setdefault(at, []).append(tuple(rest))
    found = []
    for at, item in enumerate(items):
        if item is not None:
            inner = _Place(place.line, (*place.path, "items", at), is_json)
            node = _located(inner, source)
            line = node.line if node else document.line
            found.append((Document(item, line, tuple(nulls.get(at, ()))), inner))
    return found


def _is_alone(text: str | bytes) -> bool:
    """Is there one document in a text? A comment behind a line `---` is one too."""
    return "\n---" not in text if isinstance(text, str) else b"\n---" not in text


def _located(place: _Place, source: _Source) -> Node | None:
    """Give the nodes of a manifest, which know how and where it was written."""
    if not source.rows:
        source.rows.extend(split_rows(source.text))
    if place.line not in source.located:
        source.located[place.line] = locate_in_rows(source.rows, source.path, place.line, source.first_line)
    node = source.located[place.line]
    return locate_field(node, *place.path) if node else None


def _with_text_annotations(manifest: Manifest, place: _Place, source: _Source) -> Manifest:
    """Give the manifest with text for annotations that are null, but for a patch; without the field if it is empty.

    Others are text where they are printed: a JSON patch sees the number, and not how it was written.
    """
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or "annotations" not in metadata:
        return manifest
    annotations = metadata["annotations"]
    if isinstance(annotations, list) and annotations:
        raise _listed_annotations(place, source)
    if not isinstance(annotations, dict) or not annotations:
        return manifest if source.is_patch else with_annotations(manifest, None)
    nulls = [] if source.is_patch else [key for key, value in annotations.items() if value is None]
    folded = _folded(annotations, place, source)
    if not nulls and not folded:
        return manifest
    return with_annotations(manifest, {**annotations, **_written(nulls, place, source), **folded})


def _listed_annotations(place: _Place, source: _Source) -> InputError:
    node = _located(place, source)
    line = locate_field(node, "metadata", "annotations").key_line if node else place.line
    hint = "write each as 'key: value'; kustomize reads a list in pairs, or crashes"
    return InputError("'annotations' must be a mapping, not a list", origin=Origin(source.path, line), hint=hint)


def _folded(annotations: dict[str, Any], place: _Place, source: _Source) -> dict[str, Folded]:
    """Give the folded texts that printing would change, as they are written.

    kustomize writes annotations anew before it prints a resource; only a JSON patch prints them with their style.
    """
    uneven = [key for key, value in annotations.items() if isinstance(value, str) and _is_uneven(value)]
    if not uneven or not _may_have_folded(source.text):
        return {}
    node = _located(place, source)
    found = {key: locate_field(node, "metadata", "annotations", key) for key in uneven} if node else {}
    return {key: Folded(one.text) for key, one in found.items() if one.style == ">"}


def _is_uneven(text: str) -> bool:
    """Has it a line that is indented more than others?"""
    return text[:1] in (" ", "\t", "\n") or "\n " in text or "\n\t" in text


def _may_have_folded(text: str | bytes) -> bool:
    return ": >" in text if isinstance(text, str) else b": >" in text


def _written(nulls: list[str], place: _Place, source: _Source) -> dict[str, str]:
    """Give the annotations that are null as they are written, which only the source shows."""
    node = _located(place, source) if nulls and not place.is_json else None
    found = {key: locate_field(node, "metadata", "annotations", key) for key in nulls} if node else {}
    texts = {key: one.text for key, one in found.items() if not isinstance(one.value, dict | list)}
    return {key: _null(texts.get(key, "null")) for key in nulls}


def _null(text: str) -> Unquoted:
    """Give a null as the text that it is written as."""
    null = Unquoted(text)
    null.value = None
    return null
