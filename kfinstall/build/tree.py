"""Everything a build needs, read from disk: kustomizations, the resources and files they name, where each was written.

A `Tree` is what `load_tree` gives and `build_resources` takes; building needs no input but this.
"""

from __future__ import annotations

from os.path import normpath

from kfinstall.errors import NO_DOUBTS, Doubts, InputError, about
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from kfinstall.build.kustomization import Kustomization, Replacement, TransformerConfig
    from kfinstall.resource import Origin, Resource


class PatchText(NamedTuple):
    """One patch as written, read in the form it has.

    Either `resources` (strategic merge patches; several if the text has several documents, none if it is blank) or
    `operations` (JSON 6902) is given, the other is None. Operations are plain data and not yet checked.
    """

    origin: Origin
    resources: tuple[Resource, ...] | None = None
    operations: tuple[Any, ...] | None = None


class Entry(NamedTuple):
    """One entry of `resources`, `components`, `generators`, `transformers` or `validators`.

    `path` is the entry as written; the name of the kustomization file when the entry is inline YAML. `content` is a
    Tree when it names a folder.
    """

    path: str
    content: Tree | tuple[Resource, ...]
    origin: Origin


Entries: TypeAlias = "tuple[Entry, ...]"


class Tree(NamedTuple):
    """A folder with a kustomization, and all it names.

    `root` is the folder's real, absolute path. Sequences are in the order of their fields; `patches`,
    `patches_json6902` have one PatchText for each entry; `patches_strategic_merge` and `replacements` are flat: what
    the named files hold stands in their place. Inline generators, transformers and validators come before the others,
    as in kustomize. `files` maps a path as written in the kustomization (or in the configuration of a transformer) to
    the bytes read; `crds` and `openapi` are plain data. `warnings` are those of this tree and all below it, in order.
    `clone` is the real path of the repository that was fetched for it. `doubts`: what could not be read for mistakes.
    """

    root: str
    kustomization: Kustomization
    resources: Entries = ()
    components: Entries = ()
    generators: Entries = ()
    transformers: Entries = ()
    validators: Entries = ()
    patches: tuple[PatchText, ...] = ()
    patches_json6902: tuple[PatchText, ...] = ()
    patches_strategic_merge: tuple[PatchText, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    configurations: tuple[TransformerConfig, ...] = ()
    crds: tuple[Any, ...] = ()
    openapi: Any = None
    files: Mapping[str, bytes] = {}
    warnings: tuple[str, ...] = ()
    clone: str = ""
    doubts: Doubts = NO_DOUBTS

    def show(self, path: str) -> str:
        """Give how a person would write a path that is relative to this folder."""
        folder, slash, _ = self.kustomization.path.rpartition("/")
        return normpath(f"{folder}{slash}{path}")


def content_of(files: Mapping[str, bytes], path: str, origin: Origin) -> bytes:
    """Give the content of a file that a generator or a transformer names.

    In:     `origin`, where it is named.
    Raises: InputError when it was not there to be read.
    """
    if path not in files:
        hint = "the path is relative to the kustomization that lists the generator or the transformer"
        raise InputError(f"no such file: '{path}'", origin=origin, hint=hint, premise=about())
    return files[path]
