"""The fields of a kustomization that change resources, in the order in which they do.

What a stage does is imported when a kustomization has its field.

Source: kustomize v5.8.1, api/internal/target/kusttarget_configplugin.go.
"""

from __future__ import annotations

from kfinstall.errors import collect
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from kfinstall.build.kustomization import Replica, TransformerConfig
    from kfinstall.build.merge_keys import MergeKeys
    from kfinstall.build.tree import PatchText, Tree
    from kfinstall.resource import Origin, Resource

Resources: TypeAlias = "tuple[Resource, ...]"
Keys: TypeAlias = "Callable[[], MergeKeys]"
"""Gives the merge keys; they are loaded when a patch needs them."""


class Entry(NamedTuple):
    """One entry of a field: where it was written, and the tree with no other entry in that field."""

    origin: Origin
    tree: Tree


class Stage(NamedTuple):
    """One kind of change.

    `times`: as how many transformers kustomize counts it; 0: nothing asks for it. `entries`: the entries that ask for
    it; run one by one they give what `run` gives for all at once.
    """

    kind: str
    times: Callable[[Tree], int]
    run: Callable[[Resources, Tree, TransformerConfig, Keys], Resources]
    entries: Callable[[Tree], Iterable[Entry]]


def _strategic_merges(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.patches import merge_patches

    patches = [patch for text in tree.patches_strategic_merge for patch in text.resources or ()]
    return merge_patches(resources, patches, keys)


def _patches(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.patches import apply_patches

    return apply_patches(resources, tree.kustomization.patches, tree.patches, keys)


def _namespace(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.namespace import set_namespace

    file = tree.kustomization
    return set_namespace(resources, file.namespace, config.namespace, file.origin_of("namespace"))


def _prefix(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.names import add_prefix

    return add_prefix(resources, tree.kustomization.name_prefix, config.name_prefix)


def _suffix(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.names import add_suffix

    return add_suffix(resources, tree.kustomization.name_suffix, config.name_suffix)


def _labels(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.labels import add_labels

    file = tree.kustomization
    return add_labels(resources, file.labels, file.common_labels, config, file.origin_of("commonLabels"))


def _annotations(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.labels import write_pairs

    file = tree.kustomization
    origin = file.origin_of("commonAnnotations")
    return write_pairs(resources, file.common_annotations, config.common_annotations, origin)


def _json_patches(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.patches import apply_json_patches

    return apply_json_patches(resources, tree.kustomization.patches_json6902, tree.patches_json6902)


def _replicas(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.replicas import set_replicas

    def change(replica: Replica) -> None:
        nonlocal resources
        resources = set_replicas(resources, replica, config.replicas)

    collect(tree.kustomization.replicas, change)
    return resources


def _images(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.images import set_images

    return set_images(resources, tree.kustomization.images, config.images)


def _replacements(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    from kfinstall.build.replacements import replace as carry_out

    return carry_out(resources, tree.replacements)


def _label_times(tree: Tree) -> int:
    file = tree.kustomization
    return len(file.labels) + 1 if file.labels or file.common_labels else 0


def _field(name: str) -> Callable[[Tree], Iterable[Entry]]:
    """Give the entries of a field that has a single value."""
    return lambda tree: [Entry(tree.kustomization.origin_of(name), tree)]


def _listed(name: str) -> Callable[[Tree], Iterable[Entry]]:
    """Give the entries of a list that stands in the kustomization alone."""

    def entries(tree: Tree) -> Iterable[Entry]:
        for one in getattr(tree.kustomization, name):
            alone: dict[str, Any] = {name: (one,)}
            yield Entry(one.origin, tree._replace(kustomization=tree.kustomization._replace(**alone)))

    return entries


def _patch_entries(name: str) -> Callable[[Tree], Iterable[Entry]]:
    """Give the entries of a list of patches, each with its text."""

    def entries(tree: Tree) -> Iterable[Entry]:
        for patch, text in zip(getattr(tree.kustomization, name), getattr(tree, name), strict=True):
            one: dict[str, Any] = {name: (patch,)}
            its: dict[str, Any] = {name: (text,)}
            yield Entry(_origin(text), tree._replace(kustomization=tree.kustomization._replace(**one), **its))

    return entries


def _merge_entries(tree: Tree) -> Iterable[Entry]:
    texts = tree.patches_strategic_merge
    return [Entry(_origin(text), tree._replace(patches_strategic_merge=(text,))) for text in texts]


def _origin(text: PatchText) -> Origin:
    """Give the line that a patch begins at, comments left out."""
    return text.resources[0].origin if text.resources else text.origin


def _label_entries(tree: Tree) -> Iterable[Entry]:
    yield from _listed("labels")(tree._replace(kustomization=tree.kustomization._replace(common_labels={})))
    if tree.kustomization.common_labels:
        file = tree.kustomization._replace(labels=())
        yield Entry(file.origin_of("commonLabels"), tree._replace(kustomization=file))


def _replacement_entries(tree: Tree) -> Iterable[Entry]:
    return [Entry(one.origin, tree._replace(replacements=(one,))) for one in tree.replacements]


STAGES = (
    Stage(
        "PatchStrategicMergeTransformer",
        lambda tree: bool(tree.patches_strategic_merge),
        _strategic_merges,
        _merge_entries,
    ),
    Stage("PatchTransformer", lambda tree: len(tree.patches), _patches, _patch_entries("patches")),
    Stage("NamespaceTransformer", lambda tree: bool(tree.kustomization.namespace), _namespace, _field("namespace")),
    Stage("PrefixTransformer", lambda tree: bool(tree.kustomization.name_prefix), _prefix, _field("namePrefix")),
    Stage("SuffixTransformer", lambda tree: bool(tree.kustomization.name_suffix), _suffix, _field("nameSuffix")),
    Stage("LabelTransformer", _label_times, _labels, _label_entries),
    Stage(
        "AnnotationsTransformer",
        lambda tree: bool(tree.kustomization.common_annotations),
        _annotations,
        _field("commonAnnotations"),
    ),
    Stage(
        "PatchJson6902Transformer",
        lambda tree: len(tree.patches_json6902),
        _json_patches,
        _patch_entries("patches_json6902"),
    ),
    Stage("ReplicaCountTransformer", lambda tree: len(tree.kustomization.replicas), _replicas, _listed("replicas")),
    Stage("ImageTagTransformer", lambda tree: len(tree.kustomization.images), _images, _listed("images")),
    Stage("ReplacementTransformer", lambda tree: bool(tree.replacements), _replacements, _replacement_entries),
)
