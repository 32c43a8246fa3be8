"""By which fields the items of a list are told apart when a strategic merge patch meets it.

The table for the kinds of Kubernetes is generated (`generate_merge_keys.py`); a user's own OpenAPI document can take
its place.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from kfinstall.resource import Manifest

EXTENSION_KINDS = "x-kubernetes-group-version-kind"
EXTENSION_STRATEGY = "x-kubernetes-patch-strategy"
EXTENSION_KEY = "x-kubernetes-patch-merge-key"
EXTENSION_KEYS = "x-kubernetes-list-map-keys"
"""Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy and OpenAPI v2."""


class MergeList(NamedTuple):
    """A list whose items are merged: the fields that tell them apart (none: the items are scalars), their type."""

    keys: tuple[str, ...]
    items: str


Type: TypeAlias = "Mapping[str, str | MergeList]"
"""Field -> the type of a mapping, or what is to be known of a list; fields that never lead to a list are left out."""

ANY_FIELD = "*"
"""Stands, in a type, for the fields that it does not name."""

DEFINITIONS = "#/definitions/"
"""The types that an OpenAPI document defines have the names that it refers to them by."""


class MergeKeys(NamedTuple):
    """What is known of merge keys.

    `kinds`: `apiVersion kind` -> name of its type; `types`: name -> type; `aliases`: last part of the name that a type
    has in the OpenAPI document of Kubernetes -> the name it has here, where that is another.
    """

    kinds: Mapping[str, str]
    types: Mapping[str, Type]
    aliases: Mapping[str, str] = {}

    def of_kind(self, manifest: Manifest) -> Type | None:
        """Give the type of a manifest; None for a kind that is not known."""
        name = self.kinds.get(f"{manifest.get('apiVersion')} {manifest.get('kind')}")
        return None if name is None else self.types.get(name, {})

    def of_field(self, type_: Type | None, field: str) -> Type | None:
        """Give the type of a field that is a mapping; None where nothing is known of it."""
        found = type_.get(field) if type_ else None
        return self.types.get(found) if isinstance(found, str) else None

    def of_items(self, found: MergeList) -> Type | None:
        """Give the type of a list's items."""
        return self.types.get(found.items)

    def named(self, reference: str) -> str:
        """Give the name of the type that `#/definitions/…` stands for; empty where that leads to no list."""
        if reference in self.types:
            return reference
        name = reference.rpartition(".")[2]
        name = self.aliases.get(name, name)
        return name if name in self.types else ""
