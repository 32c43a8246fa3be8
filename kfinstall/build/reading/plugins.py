"""Entries of `generators`, `transformers` and `validators`: which are inline, which files their contents name."""

from __future__ import annotations

from kfinstall.build.reading.contents import collecting, is_inline, path_of_source
from kfinstall.build.reading.files import Folder, read_file
from kfinstall.build.tree import Entries, Tree
from kfinstall.errors import InputError, KfinstallError
from kfinstall.fields import get_at
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.resources import parse_resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kfinstall.resource import Origin, Resource

FILE_FIELDS: dict[str, tuple[str, ...]] = {
    "PatchTransformer": ("path",),
    "PatchJson6902Transformer": ("path",),
    "PatchStrategicMergeTransformer": ("paths",),
    "ConfigMapGenerator": ("files", "envs", "env"),
    "SecretGenerator": ("files", "envs", "env"),
    "ReplacementTransformer": ("replacements",),
    "ValueAddTransformer": ("targetfilepath",),
}
"""Kind of a built-in plugin -> the fields of its configuration that name files, in lower case: case does not matter."""


def read_inline(text: str, origin: Origin) -> tuple[Resource, ...] | None:
    """Give the configurations an entry holds itself, None when it is a path."""
    if is_inline(text):
        return parse_resources(text, origin.path, origin.line)
    try:
        return parse_resources(text, origin.path, origin.line)
    except InputError:
        return None


def read_plugin_files(entries: Entries, folder: Folder, errors: list[KfinstallError]) -> dict[str, bytes]:
    """Give the files that configurations name, by path; paths are relative to the kustomization that lists the plugin.

    A configuration that a folder builds may be patched before it is used: what it names and is not there is left out
    here, and missed by the build if it is needed.
    """
    files: dict[str, bytes] = {}
    for entry in entries:
        is_final = not isinstance(entry.content, Tree)
        for resource in _configurations(entry.content):
            for path in _paths(resource.manifest):
                with collecting(errors if is_final else []):
                    files[path] = read_file(folder, path, resource.origin)
    return files


def _configurations(content: Tree | tuple[Resource, ...]) -> Iterator[Resource]:
    if not isinstance(content, Tree):
        yield from content
        return
    for entry in (*content.resources, *content.components):
        yield from _configurations(entry.content)
    for text in (*content.patches, *content.patches_strategic_merge):
        yield from text.resources or ()


def _paths(manifest: dict[str, Any]) -> Iterator[str]:
    is_builtin = manifest.get("apiVersion") == "builtin"
    fields = FILE_FIELDS.get(manifest["kind"], ()) if is_builtin else ()
    for field, value in manifest.items():
        if field.lower() in fields:
            for one in value if isinstance(value, list) else [value]:
                path = get_at(one, ("path",)) if isinstance(one, dict) else one
                if isinstance(path, str) and not is_inline(path):
                    yield path_of_source(path) if field.lower() == "files" else path
