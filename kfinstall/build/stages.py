"""The fields of a kustomization that change resources, in the order in which they do.

Source: kustomize v5.8.1, api/internal/target/kusttarget_configplugin.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from kfinstall.build.images import set_images
from kfinstall.build.kustomization import TransformerConfig
from kfinstall.build.labels import add_labels, write_pairs
from kfinstall.build.merge_keys import MergeKeys
from kfinstall.build.names import add_prefix, add_suffix
from kfinstall.build.namespace import set_namespace
from kfinstall.build.patches import apply_json_patches, apply_patches, merge_patches
from kfinstall.build.replacements import replace
from kfinstall.build.replicas import set_replicas
from kfinstall.build.tree import Tree
from kfinstall.resource import Resource

Resources: TypeAlias = tuple[Resource, ...]
Keys: TypeAlias = Callable[[], MergeKeys]
"""Gives the merge keys; they are loaded when a patch needs them."""


class Stage(NamedTuple):
    """One kind of change. `times`: how many entries of a kustomization ask for it; 0: it is left out."""

    kind: str
    times: Callable[[Tree], int]
    run: Callable[[Resources, Tree, TransformerConfig, Keys], Resources]


def _strategic_merges(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    patches = [patch for text in tree.patches_strategic_merge for patch in text.resources or ()]
    return merge_patches(resources, patches, keys)


def _patches(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    return apply_patches(resources, tree.kustomization.patches, tree.patches, keys)


def _namespace(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    file = tree.kustomization
    return set_namespace(resources, file.namespace, config.namespace, file.origin_of("namespace"))


def _prefix(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    return add_prefix(resources, tree.kustomization.name_prefix, config.name_prefix)


def _suffix(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    return add_suffix(resources, tree.kustomization.name_suffix, config.name_suffix)


def _labels(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    file = tree.kustomization
    return add_labels(resources, file.labels, file.common_labels, config, file.origin_of("commonLabels"))


def _annotations(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    file = tree.kustomization
    origin = file.origin_of("commonAnnotations")
    return write_pairs(resources, file.common_annotations, config.common_annotations, origin)


def _json_patches(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    return apply_json_patches(resources, tree.kustomization.patches_json6902, tree.patches_json6902)


def _replicas(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    for replica in tree.kustomization.replicas:
        resources = set_replicas(resources, replica, config.replicas)
    return resources


def _images(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    return set_images(resources, tree.kustomization.images, config.images)


def _replacements(resources: Resources, tree: Tree, config: TransformerConfig, keys: Keys) -> Resources:
    return replace(resources, tree.replacements)


def _label_times(tree: Tree) -> int:
    file = tree.kustomization
    return len(file.labels) + 1 if file.labels or file.common_labels else 0


STAGES = (
    Stage("PatchStrategicMergeTransformer", lambda tree: bool(tree.patches_strategic_merge), _strategic_merges),
    Stage("PatchTransformer", lambda tree: len(tree.patches), _patches),
    Stage("NamespaceTransformer", lambda tree: bool(tree.kustomization.namespace), _namespace),
    Stage("PrefixTransformer", lambda tree: bool(tree.kustomization.name_prefix), _prefix),
    Stage("SuffixTransformer", lambda tree: bool(tree.kustomization.name_suffix), _suffix),
    Stage("LabelTransformer", _label_times, _labels),
    Stage("AnnotationsTransformer", lambda tree: bool(tree.kustomization.common_annotations), _annotations),
    Stage("PatchJson6902Transformer", lambda tree: len(tree.patches_json6902), _json_patches),
    Stage("ReplicaCountTransformer", lambda tree: len(tree.kustomization.replicas), _replicas),
    Stage("ImageTagTransformer", lambda tree: len(tree.kustomization.images), _images),
    Stage("ReplacementTransformer", lambda tree: bool(tree.replacements), _replacements),
)
