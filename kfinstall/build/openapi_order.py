"""Which schema holds where in a build, when a kustomization names an OpenAPI document.

The first `openapi` that a build comes by counts, from there on; a kustomization is come by before what is below it.

Source: kustomize v5.8.1, SetSchema and initSchema in kyaml/openapi/openapi.go.
"""

from __future__ import annotations

from kfinstall.build.ids import CLUSTER_SCOPED
from kfinstall.build.merge_key_table import KUBERNETES
from kfinstall.build.openapi import KeysOf, names_openapi
from kfinstall.build.schemas import read_openapi
from kfinstall.build.tree import Tree
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kfinstall.build.merge_keys import MergeKeys
    from kfinstall.build.tree import Entries
    from kfinstall.resource import Resource


class _Schema(NamedTuple):
    """What has been come by: the tree whose `openapi` counts, and why Kubernetes' own schema is known beside it.

    `is_loaded`: a patch needed it before; `is_due`: a kind that Kubernetes does not have was looked up in it. What is
    due is read after the document, and so counts where both define a name.
    """

    chosen: Tree | None = None
    is_loaded: bool = False
    is_due: bool = False


def keys_by_tree(tree: Tree) -> KeysOf:
    """Give the merge keys for the trees of a build in which an `openapi` stands."""
    schemas: dict[int, _Schema] = {}
    _walk(tree, _Schema(), schemas)
    kept: dict[tuple[int, bool, bool], MergeKeys] = {}

    def keys_of(one: Tree) -> MergeKeys:
        schema = schemas.get(id(one.kustomization), _Schema())
        name = id(schema.chosen), schema.is_loaded, schema.is_due
        if name not in kept:
            kept[name] = _merge_keys(schema)
        return kept[name]

    return keys_of


def _merge_keys(schema: _Schema) -> MergeKeys:
    """Raises: InputError where the document that was chosen is none."""
    tree = schema.chosen
    if tree is None or "path" not in tree.kustomization.openapi:
        return KUBERNETES
    if not isinstance(tree.openapi, dict):
        message, hint = "the file that 'openapi' names is no OpenAPI document", "it needs the field 'definitions'"
        raise InputError(message, origin=tree.kustomization.origin_of("openapi"), hint=hint)
    if schema.is_loaded or schema.is_due:
        return read_openapi(tree.openapi, KUBERNETES, is_beneath=schema.is_loaded)
    return read_openapi(tree.openapi)


def _walk(tree: Tree, schema: _Schema, schemas: dict[int, _Schema]) -> _Schema:
    """Note the schema that holds for the patches of each tree; give the one that holds after it."""
    if schema.chosen is None and names_openapi(tree):
        schema = schema._replace(chosen=tree)
    for entries in (tree.resources, tree.generators, tree.components):
        schema = _through(entries, schema, schemas)
    schemas[id(tree.kustomization)] = schema
    if schema.chosen is None and _has_merges(tree):
        schema = schema._replace(is_loaded=True)
    for entries in (tree.transformers, tree.validators):
        schema = _through(entries, schema, schemas)
    return schema


def _through(entries: Entries, schema: _Schema, schemas: dict[int, _Schema]) -> _Schema:
    for entry in entries:
        if isinstance(entry.content, Tree):
            schema = _walk(entry.content, schema, schemas)
        elif schema.chosen is None and not schema.is_due:
            schema = schema._replace(is_due=_has_unknown(entry.content))
    return schema


def _has_unknown(resources: Iterable[Resource]) -> bool:
    kinds = (f"{one.manifest.get('apiVersion')} {one.manifest.get('kind')}" for one in resources)
    return any(kind not in KUBERNETES.kinds and kind not in CLUSTER_SCOPED for kind in kinds)


def _has_merges(tree: Tree) -> bool:
    return bool(tree.patches_strategic_merge) or any(text.resources for text in tree.patches)
