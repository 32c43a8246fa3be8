"""Which merge keys hold in a build: those of Kubernetes, or those of an OpenAPI document that a kustomization names."""

from __future__ import annotations

from kfinstall.build.tree import Tree
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from kfinstall.build.merge_keys import MergeKeys

VERSIONS = ("v1.21.2",)
"""What `openapi.version` may be. Source: kustomize v5.8.1, kyaml/openapi/kubernetesapi."""


def find_merge_keys(tree: Tree) -> MergeKeys:
    """Give the merge keys for a build: the first `openapi` counts, the root's before those of bases.

    Raises: InputError when an `openapi` has both a path and a version, an unknown version, or no OpenAPI document.
    """
    found = _find(tree)
    if found is None or "path" not in found.kustomization.openapi:
        from kfinstall.build.merge_key_table import KUBERNETES

        return KUBERNETES
    origin = found.kustomization.origin_of("openapi")
    if not isinstance(found.openapi, dict):
        raise InputError("the file that 'openapi' names is no OpenAPI document", origin=origin)
    from kfinstall.build.merge_keys import read_openapi

    return read_openapi(found.openapi)


def check_openapi(tree: Tree) -> None:
    """Refuse an `openapi` that cannot be followed."""
    found = _find(tree)
    if found is None:
        return
    openapi, origin = found.kustomization.openapi, found.kustomization.origin_of("openapi")
    if "path" in openapi and "version" in openapi:
        raise InputError("openapi has both a path and a version", origin=origin, hint="remove one of them")
    if openapi.get("version", VERSIONS[0]) not in VERSIONS:
        hint = f"it is one of: {', '.join(VERSIONS)}; for another, name a document with 'path'"
        raise InputError(f"openapi has the version '{openapi['version']}'", origin=origin, hint=hint)


def _find(tree: Tree) -> Tree | None:
    if tree.kustomization.openapi.get("path") or tree.kustomization.openapi.get("version"):
        return tree
    for entries in (tree.resources, tree.generators, tree.components, tree.transformers, tree.validators):
        for entry in entries:
            found = _find(entry.content) if isinstance(entry.content, Tree) else None
            if found is not None:
                return found
    return None
