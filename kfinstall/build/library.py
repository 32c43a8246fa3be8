"""Building a tree that is in memory: the whole engine as one function, which touches no disk and no network."""

from __future__ import annotations

from kfinstall.build.pipeline import build_resources
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kfinstall.resource import Resource


class Built(NamedTuple):
    """What a folder comes to: its resources in kustomize's order, and what a person should be warned of."""

    resources: tuple[Resource, ...]
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The YAML that `kustomize build` prints; it is printed anew each time it is asked for."""
        from kfinstall.manifest import dump_resources

        return dump_resources(self.resources)


def build_files(
    files: Mapping[str, bytes | str],
    folder: str = ".",
    *,
    load_restrictor: str = "rootOnly",
    reorder: str = "legacy",
    managed_by: bool = False,
) -> Built:
    """Build a folder of a tree that is given as a mapping of paths to contents.

    In:     `files`, paths with `/`, relative to one root that has no name, and contents, bytes or text; `folder`, the
            one to build; `load_restrictor`, `rootOnly` or `none`; `reorder`, `legacy` or `none`; `managed_by`: add the
            label `app.kubernetes.io/managed-by`.
    Out:    what `kustomize build` makes of the same files on disk.
    Raises: InputError, or an ExceptionGroup of them: every mistake that was found, with file and line. A remote folder
            or file is such a mistake: nothing is fetched.
    """
    from kfinstall.build.reading.memory import memory_files
    from kfinstall.build.reading.remotes import NoRemotes
    from kfinstall.build.reading.tree import read_tree

    tree = read_tree(memory_files(files), NoRemotes(), folder, load_restrictor=load_restrictor)
    return Built(build_resources(tree, reorder=reorder, managed_by=managed_by), tree.warnings)
