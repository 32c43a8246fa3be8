"""`generators`, `transformers` and `validators`: built-in ones that are configured in files of their own, or inline.

What would have to be run is in `external`.
"""

from __future__ import annotations

from kfinstall.build.decode import decode_plain
from kfinstall.build.hashes import add_hashes
from kfinstall.build.ids import kind_of, name_of
from kfinstall.build.images import set_images
from kfinstall.build.kustomization import FieldSpec, Patch, Replacement
from kfinstall.build.labels import write_pairs
from kfinstall.build.names import add_prefix, add_suffix
from kfinstall.build.namespace import set_namespace
from kfinstall.build.patches import Keys, apply_json_patches, apply_patches, merge_patches
from kfinstall.build.patchtext import read_merge_patches, read_operations, read_patch
from kfinstall.build.plugin_configs import (
    AnnotationsConfig,
    ImageConfig,
    JsonPatchConfig,
    LabelsConfig,
    MergePatchConfig,
    NamespaceConfig,
    PatchConfig,
    PrefixConfig,
    ReplacementConfig,
    ReplicaConfig,
    SuffixConfig,
    WithMetadata,
    WithSpecs,
)
from kfinstall.build.plugin_generators import GENERATORS
from kfinstall.build.replacement_files import read_replacements
from kfinstall.build.replacements import replace
from kfinstall.build.replicas import set_replicas
from kfinstall.build.tree import content_of
from kfinstall.build.value_add import ValueAdd, add_value
from kfinstall.errors import InputError, Premise, did_you_mean
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest import dump_resources
from kfinstall.resource import Origin, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias, TypeVar

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import PatchText, Tree

    T = TypeVar("T")


Resources: TypeAlias = "tuple[Resource, ...]"


class Task(NamedTuple):
    """A transformer's configuration, and what it works on."""

    config: Resource
    resources: Resources
    tree: Tree
    keys: Keys

    def read(self, cls: type[T]) -> T:
        """Give the configuration as a type; fields that are not of it are left out, as kustomize does."""
        return decode_plain(self.config.manifest, cls, self.config.origin)

    def content(self, path: str) -> bytes:
        """Give the content of a file that the configuration names."""
        return content_of(self.tree.files, path, self.config.origin)

    def specs(self) -> tuple[FieldSpec, ...]:
        """Give the field specs of the configuration."""
        return self.read(WithSpecs).field_specs or ()


def generate(config: Resource, tree: Tree, programs: Programs | None) -> tuple[Resource, ...]:
    """Give what a generator with its own configuration makes.

    Raises: InputError when there is no such generator, its configuration is wrong, or it may not be run.
    """
    if not _is_builtin(config):
        from kfinstall.build import external

        return external.generate(config, tree, programs)
    return GENERATORS[_builtin_kind(config, GENERATORS, "generator")](config, tree, programs)


def transform(
    config: Resource, resources: Resources, tree: Tree, keys: Keys, programs: Programs | None = None
) -> Resources:
    """Give the resources after a transformer with its own configuration.

    Raises: InputError when there is no such transformer, its configuration is wrong, or it may not be run.
    """
    if not _is_builtin(config):
        from kfinstall.build import external

        return external.transform(config, resources, tree, programs)
    run = TRANSFORMERS[_builtin_kind(config, TRANSFORMERS, "transformer")]
    return run(Task(config, resources, tree, keys))


def require_unchanged(before: Resources, after: Resources, config: Resource) -> None:
    """Refuse a validator that changes what it should only look at, or that would rename even if to the same name."""
    if [(one.manifest, one.former_ids) for one in before] != [(one.manifest, one.former_ids) for one in after]:
        message = f"the validator {kind_of(config)} {name_of(config)} changes resources"
        raise InputError(message, origin=config.origin, hint="list it under 'transformers'", premise=Premise(field=()))


def is_program(config: Resource) -> bool:
    """Is what a configuration is for a program?"""
    return not _is_builtin(config) or kind_of(config) == "HelmChartInflationGenerator"


def _is_builtin(config: Resource) -> bool:
    return config.manifest.get("apiVersion") == "builtin"


def _builtin_kind(config: Resource, known: Mapping[str, Any], what: str) -> str:
    kind = kind_of(config)
    if kind not in known:
        hint = did_you_mean(kind, known) or f"there are: {', '.join(known)}"
        raise InputError(f"there is no built-in {what} '{kind}'", origin=config.origin, hint=hint)
    dump_resources([config])  # kustomize prints it, and refuses what it cannot print
    return kind


def _annotations(task: Task) -> Resources:
    return write_pairs(task.resources, task.read(AnnotationsConfig).annotations, task.specs(), task.config.origin)


def _labels(task: Task) -> Resources:
    return write_pairs(task.resources, task.read(LabelsConfig).labels, task.specs(), task.config.origin)


def _hash(task: Task) -> Resources:
    return add_hashes(task.resources)


def _images(task: Task) -> Resources:
    image = task.read(ImageConfig).image_tag._replace(origin=task.config.origin)
    return set_images(task.resources, [image], task.specs())


def _replicas(task: Task) -> Resources:
    replica = task.read(ReplicaConfig).replica._replace(origin=task.config.origin)
    return set_replicas(task.resources, replica, task.specs())


def _namespace(task: Task) -> Resources:
    namespace = task.read(WithMetadata).metadata.namespace
    told = decode_plain(task.config.manifest, NamespaceConfig, task.config.origin, coerces=False)
    if not namespace:
        return task.resources
    return set_namespace(
        task.resources,
        namespace,
        told.field_specs,
        task.config.origin,
        unset_only=told.unset_only,
        subjects=told.set_role_binding_subjects,
    )


def _require_specs(task: Task) -> tuple[FieldSpec, ...]:
    specs = task.read(WithSpecs).field_specs
    if specs is None:
        hint = "name the fields to change, such as 'fieldSpecs: [{path: metadata/name}]'"
        raise InputError(f"the {kind_of(task.config)} has no fieldSpecs", origin=task.config.origin, hint=hint)
    return specs


def _prefix(task: Task) -> Resources:
    return add_prefix(task.resources, task.read(PrefixConfig).prefix, _require_specs(task))


def _suffix(task: Task) -> Resources:
    return add_suffix(task.resources, task.read(SuffixConfig).suffix, _require_specs(task))


def _prefix_suffix(task: Task) -> Resources:
    return _suffix(task._replace(resources=_prefix(task)))


def _text(task: Task, path: str, text: str, fields: str) -> tuple[str | bytes, Origin]:
    """Give the one of file and inline text that there is."""
    origin = task.config.origin
    if bool(path) == bool(text.strip()):
        hint = f"give one of: {fields}"
        state = "both a file and a text" if path else "neither a file nor a text"
        raise InputError(f"the {kind_of(task.config)} has {state}", origin=origin, hint=hint)
    return (task.content(path), Origin(task.tree.show(path))) if path else (text, origin)


def _patch(task: Task) -> Resources:
    told = task.read(PatchConfig)
    text, origin = _text(task, told.path, told.patch.strip(), "path, patch")
    patch = Patch(told.path, told.patch, told.target, told.options, task.config.origin)
    return apply_patches(task.resources, [patch], [read_patch(text, origin)], task.keys)


def _json_patch(task: Task) -> Resources:
    told = task.read(JsonPatchConfig)
    if told.target is None or not told.target.name:
        raise InputError("the patch has no target name", origin=task.config.origin, hint="add 'target:' with 'name:'")
    text, origin = _text(task, told.path, told.json_op, "path, jsonOp")
    operations = read_operations(text, origin)
    if not operations.operations:
        raise InputError("the patch is empty", origin=origin, hint="list at least one operation")
    return apply_json_patches(task.resources, [Patch(target=told.target, origin=task.config.origin)], [operations])


def _strategic_merge(task: Task) -> Resources:
    told = task.read(MergePatchConfig)
    origin = task.config.origin
    texts = [*(_merge_patch(task, path) for path in told.paths)]
    texts += [read_merge_patches(told.patches, origin)] if told.patches else []
    patches = [patch for text in texts for patch in text.resources or ()]
    if not patches:
        raise InputError(
            "the PatchStrategicMergeTransformer has no patches", origin=origin, hint="give paths or patches"
        )
    return merge_patches(task.resources, patches, task.keys)


def _merge_patch(task: Task, path: str) -> PatchText:
    """Read an entry of `paths`: a file, or for legacy reasons the patch itself."""
    if path in task.tree.files:
        return read_merge_patches(task.tree.files[path], Origin(task.tree.show(path)))
    return read_merge_patches(path, task.config.origin)


def _replacement(task: Task) -> Resources:
    found: list[Replacement] = []
    for one in task.read(ReplacementConfig).replacements:
        found += read_replacements(task.content(one.path), task.tree.show(one.path)) if one.path else [one]
    return replace(task.resources, found)


def _value_add(task: Task) -> Resources:
    return add_value(task.resources, task.read(ValueAdd), task.tree, task.config.origin)


TRANSFORMERS: Mapping[str, Callable[[Task], Resources]] = {
    "AnnotationsTransformer": _annotations,
    "HashTransformer": _hash,
    "ImageTagTransformer": _images,
    "LabelTransformer": _labels,
    "NamespaceTransformer": _namespace,
    "PatchJson6902Transformer": _json_patch,
    "PatchStrategicMergeTransformer": _strategic_merge,
    "PatchTransformer": _patch,
    "PrefixSuffixTransformer": _prefix_suffix,
    "PrefixTransformer": _prefix,
    "ReplacementTransformer": _replacement,
    "ReplicaCountTransformer": _replicas,
    "SuffixTransformer": _suffix,
    "ValueAddTransformer": _value_add,
}
"""Source: kustomize v5.8.1, api/internal/plugins/builtinhelpers, TransformerFactories."""
