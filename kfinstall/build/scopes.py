"""Kinds that an OpenAPI document says to be in no namespace: those with a path that names none.

Source: kustomize v5.8.1, findNamespaceability in kyaml/openapi/openapi.go.
"""

from __future__ import annotations

from kfinstall.build.ids import with_notes
from kfinstall.build.merge_key_table import KUBERNETES
from kfinstall.build.merge_keys import EXTENSION_KINDS
from kfinstall.build.schemas import api_kind
from kfinstall.build.tree import Tree
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from kfinstall.build.tree import PatchText
    from kfinstall.resource import Resource

IN_A_NAMESPACE = "namespaces/{namespace}"


def cluster_scoped_kinds(document: dict[str, Any]) -> frozenset[str]:
    """Give the kinds, as `apiVersion kind`, that a document says to be in no namespace, but those of Kubernetes."""
    namespaced: set[str] = set()
    others: set[str] = set()
    paths = document.get("paths")
    for path, operations in paths.items() if isinstance(paths, dict) else ():
        get = operations.get("get") if isinstance(operations, dict) else None
        kind = get.get(EXTENSION_KINDS) if isinstance(get, dict) else None
        if isinstance(kind, dict):
            (namespaced if IN_A_NAMESPACE in path else others).add(api_kind(kind))
    return frozenset(others - namespaced - KUBERNETES.kinds.keys())


def mark_patches(tree: Tree, kinds: frozenset[str]) -> Tree:
    """Give a tree whose patches for these kinds know that they are in no namespace."""
    return tree._replace(
        patches=_patches(tree.patches, kinds), patches_strategic_merge=_patches(tree.patches_strategic_merge, kinds)
    )


def _patches(texts: tuple[PatchText, ...], kinds: frozenset[str]) -> tuple[PatchText, ...]:
    return tuple(
        text if text.resources is None else text._replace(resources=mark(text.resources, kinds)) for text in texts
    )


def mark(resources: Iterable[Resource], kinds: frozenset[str]) -> tuple[Resource, ...]:
    """Give the resources; those of these kinds know that they are in no namespace."""
    return tuple(
        with_notes(one, one.notes._replace(in_no_namespace=True))
        if not one.notes.in_no_namespace and f"{one.manifest.get('apiVersion')} {one.manifest.get('kind')}" in kinds
        else one
        for one in resources
    )
