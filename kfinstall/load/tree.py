"""A folder on disk -> Tree."""

from __future__ import annotations

from kfinstall.build.reading.tree import read_tree
from kfinstall.build.reading.yaml import ANEW, Reader
from kfinstall.light import TYPE_CHECKING
from kfinstall.load.disk import DiskFiles
from kfinstall.load.downloads import Downloads

if TYPE_CHECKING:
    from pathlib import Path

    from kfinstall.build.tree import Tree


def load_tree(
    root: Path | str,
    *,
    load_restrictor: str = "rootOnly",
    reader: Reader = ANEW,
    downloads: Downloads | None = None,
) -> Tree:
    """Give a kustomization's folder with everything it names; what is remote is fetched, and only that.

    In:     root, a folder, or a repository as kustomize spells it; load_restrictor, `rootOnly` (files must be in or
            below the folder of their kustomization) or `none`; kustomize's own words for the two are understood;
            reader, a cache for example; downloads, for who needs what was cloned after this.
    Raises: InputError, or a group of all that was found.
    """
    if downloads is None:
        with Downloads() as own:
            return load_tree(root, load_restrictor=load_restrictor, reader=reader, downloads=own)
    return read_tree(DiskFiles(), downloads, str(root) or ".", load_restrictor=load_restrictor, reader=reader)
