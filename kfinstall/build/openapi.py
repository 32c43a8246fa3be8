"""Which merge keys hold in a build: those of Kubernetes, or those of an OpenAPI document that a kustomization names."""

from __future__ import annotations

from kfinstall.build.tree import Tree
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from kfinstall.build.merge_keys import MergeKeys

VERSIONS = ("v1.21.2",)
"""What `openapi.version` may be. Source: kustomize v5.8.1, kyaml/openapi/kubernetesapi."""

KeysOf: TypeAlias = "Callable[[Tree], MergeKeys]"
"""Gives the merge keys that hold for the patches of a tree; they are loaded when a patch needs them."""


def find_merge_keys(tree: Tree) -> KeysOf:
    """Give the merge keys for the trees of a build."""
    if _find(tree) is None:
        return lambda _: _kubernetes()
    from kfinstall.build.openapi_order import keys_by_tree

    return keys_by_tree(tree)


def scopes_of(tree: Tree) -> frozenset[str]:
    """Give the kinds that the OpenAPI document of a tree puts in no namespace, as `apiVersion kind`."""
    if not isinstance(tree.openapi, dict) or not tree.openapi.get("paths"):
        return frozenset()
    from kfinstall.build.scopes import cluster_scoped_kinds

    return cluster_scoped_kinds(tree.openapi)


def _kubernetes() -> MergeKeys:
    from kfinstall.build.merge_key_table import KUBERNETES

    return KUBERNETES


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


def names_openapi(tree: Tree) -> bool:
    """Does the kustomization of a tree say which schema to use?"""
    return bool(tree.kustomization.openapi.get("path") or tree.kustomization.openapi.get("version"))


def _find(tree: Tree) -> Tree | None:
    """Give the first tree with an `openapi`, in the order of a build."""
    if names_openapi(tree):
        return tree
    for entries in (tree.resources, tree.generators, tree.components, tree.transformers, tree.validators):
        for entry in entries:
            found = _find(entry.content) if isinstance(entry.content, Tree) else None
            if found is not None:
                return found
    return None
