"""What a kustomization file may say, field by field, after it was read and checked.

Each type is one object of the file; its field names are the file's in snake case (`SPELLINGS` lists the exceptions).
A field that was absent has its default. `origin` is the line the object starts at.

Source: kustomize v5.8.1, api/types (kustomization.go and the types it names).
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

FieldKey: TypeAlias = "tuple[str | int, ...]"
"""A place in a kustomization file, in the file's own spelling: `("images", 0, "newTag")`."""

NOWHERE = Origin("", 0)
StringMap: TypeAlias = "Mapping[str, str]"
NO_STRINGS: StringMap = {}
"""Nobody changes it."""


class FieldSpec(NamedTuple):
    """Where a transformer writes: a field path in the kinds that match; an empty group, version or kind matches all."""

    group: str = ""
    version: str = ""
    kind: str = ""
    path: str = ""
    create: bool = False


class NameReference(NamedTuple):
    """The fields (`field_specs`) that hold names of resources of one kind."""

    group: str = ""
    version: str = ""
    kind: str = ""
    field_specs: tuple[FieldSpec, ...] = ()


class TransformerConfig(NamedTuple):
    """One file of `configurations`: field specs that are added to the default ones."""

    name_prefix: tuple[FieldSpec, ...] = ()
    name_suffix: tuple[FieldSpec, ...] = ()
    namespace: tuple[FieldSpec, ...] = ()
    common_labels: tuple[FieldSpec, ...] = ()
    labels: tuple[FieldSpec, ...] = ()
    template_labels: tuple[FieldSpec, ...] = ()
    common_annotations: tuple[FieldSpec, ...] = ()
    name_reference: tuple[NameReference, ...] = ()
    var_reference: tuple[FieldSpec, ...] = ()
    images: tuple[FieldSpec, ...] = ()
    replicas: tuple[FieldSpec, ...] = ()
    origin: Origin = NOWHERE


class Selector(NamedTuple):
    """Which resources: anchored regular expressions on the id, label and annotation selectors; empty matches all."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    annotation_selector: str = ""
    label_selector: str = ""
    origin: Origin = NOWHERE


class PatchOptions(NamedTuple):
    """What a strategic merge patch may change of its target's identity."""

    allow_name_change: bool = False
    allow_kind_change: bool = False


class Patch(NamedTuple):
    """An entry of `patches` or `patchesJson6902`: its text inline (`patch`) or in a file (`path`)."""

    path: str = ""
    patch: str = ""
    target: Selector | None = None
    options: PatchOptions | None = None
    origin: Origin = NOWHERE


class Label(NamedTuple):
    """An entry of `labels`."""

    pairs: StringMap = NO_STRINGS
    include_selectors: bool = False
    include_templates: bool = False
    fields: tuple[FieldSpec, ...] = ()
    origin: Origin = NOWHERE


class Image(NamedTuple):
    """An entry of `images`."""

    name: str = ""
    new_name: str = ""
    tag_suffix: str = ""
    new_tag: str = ""
    digest: str = ""
    origin: Origin = NOWHERE


class Replica(NamedTuple):
    """An entry of `replicas`; `replicas` is its `count`."""

    name: str = ""
    replicas: int = 0
    origin: Origin = NOWHERE


class GeneratorOptions(NamedTuple):
    """`generatorOptions`, or the `options` of one generator."""

    labels: StringMap | None = None
    annotations: StringMap | None = None
    disable_name_suffix_hash: bool = False
    immutable: bool = False


class Generator(NamedTuple):
    """An entry of `configMapGenerator` or, with a `type`, of `secretGenerator`. `env` was appended to `envs`."""

    namespace: str = ""
    name: str = ""
    behavior: str = ""
    literals: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    envs: tuple[str, ...] = ()
    env: str = ""
    options: GeneratorOptions | None = None
    type: str = ""
    origin: Origin = NOWHERE


class FieldOptions(NamedTuple):
    """How a replacement reads or writes a field; `position` is its `index`."""

    delimiter: str = ""
    position: int = 0
    encoding: str = ""
    create: bool = False


class ReplacementSource(NamedTuple):
    """Where a replacement's value comes from."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    field_path: str = ""
    options: FieldOptions | None = None
    origin: Origin = NOWHERE


class ReplacementTarget(NamedTuple):
    """Where a replacement's value goes."""

    select: Selector | None = None
    reject: tuple[Selector, ...] = ()
    field_paths: tuple[str, ...] = ()
    options: FieldOptions | None = None
    origin: Origin = NOWHERE


class Replacement(NamedTuple):
    """An entry of `replacements`, or of the file its `path` names."""

    source: ReplacementSource | None = None
    targets: tuple[ReplacementTarget, ...] = ()
    source_value: str | None = None
    path: str = ""
    origin: Origin = NOWHERE


class VarTarget(NamedTuple):
    """The resource a var takes its value from."""

    api_version: str = ""
    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""


class VarField(NamedTuple):
    """The field a var takes its value from."""

    field_path: str = ""


class Var(NamedTuple):
    """An entry of `vars`."""

    name: str = ""
    objref: VarTarget = VarTarget()
    fieldref: VarField = VarField()
    origin: Origin = NOWHERE


class LegacySortOptions(NamedTuple):
    """Kinds that come first and last in the legacy order."""

    order_first: tuple[str, ...] | None = None
    order_last: tuple[str, ...] | None = None


class SortOptions(NamedTuple):
    """`sortOptions`: `order` is `legacy` or `fifo`."""

    order: str = ""
    legacy_sort_options: LegacySortOptions | None = None
    origin: Origin = NOWHERE


class HelmGlobals(NamedTuple):
    """`helmGlobals`."""

    chart_home: str = ""
    config_home: str = ""


class HelmChart(NamedTuple):
    """An entry of `helmCharts`."""

    name: str = ""
    version: str = ""
    repo: str = ""
    release_name: str = ""
    namespace: str = ""
    additional_values_files: tuple[str, ...] = ()
    values_file: str = ""
    values_inline: Mapping[str, Any] | None = None
    values_merge: str = ""
    include_crds: bool = False
    skip_hooks: bool = False
    api_versions: tuple[str, ...] = ()
    kube_version: str = ""
    name_template: str = ""
    skip_tests: bool = False
    debug: bool = False
    devel: bool = False
    origin: Origin = NOWHERE


class HelmChartArgs(NamedTuple):
    """An entry of `helmChartInflationGenerator`, which `helmCharts` took the place of."""

    chart_name: str = ""
    chart_version: str = ""
    chart_repo_url: str = ""
    chart_home: str = ""
    chart_repo_name: str = ""
    helm_bin: str = ""
    helm_home: str = ""
    values: str = ""
    values_local: Mapping[str, Any] | None = None
    values_merge: str = ""
    release_name: str = ""
    release_namespace: str = ""
    extra_args: tuple[str, ...] = ()
    origin: Origin = NOWHERE


class ObjectMeta(NamedTuple):
    """`metadata` of a kustomization, or of the configuration of a transformer."""

    name: str = ""
    namespace: str = ""
    labels: StringMap = NO_STRINGS
    annotations: StringMap = NO_STRINGS


class Kustomization(NamedTuple):
    """One kustomization file.

    `bases` stand at the end of `resources`, `imageTags` of `images`, `helmChartInflationGenerator` of `helmCharts`, as
    kustomize treats them. `path` is the file; `lines` gives the line of each place in it, under the file's own spelling
    of the first field.
    """

    path: str = ""
    kind: str = "Kustomization"
    api_version: str = "kustomize.config.k8s.io/v1beta1"
    metadata: ObjectMeta | None = None
    openapi: StringMap = NO_STRINGS
    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    common_labels: StringMap = NO_STRINGS
    labels: tuple[Label, ...] = ()
    common_annotations: StringMap = NO_STRINGS
    patches_strategic_merge: tuple[str, ...] = ()
    patches_json6902: tuple[Patch, ...] = ()
    patches: tuple[Patch, ...] = ()
    images: tuple[Image, ...] = ()
    image_tags: tuple[Image, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    replicas: tuple[Replica, ...] = ()
    vars: tuple[Var, ...] = ()
    sort_options: SortOptions | None = None
    resources: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    crds: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    config_map_generator: tuple[Generator, ...] = ()
    secret_generator: tuple[Generator, ...] = ()
    helm_globals: HelmGlobals | None = None
    helm_charts: tuple[HelmChart, ...] = ()
    helm_chart_inflation_generator: tuple[HelmChartArgs, ...] = ()
    generator_options: GeneratorOptions | None = None
    configurations: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    transformers: tuple[str, ...] = ()
    validators: tuple[str, ...] = ()
    build_metadata: tuple[str, ...] = ()
    lines: Mapping[FieldKey, int] = {}

    def origin_of(self, *key: str | int) -> Origin:
        """Give the line of a place such as `("images", 0)`; of the nearest place around it that has one."""
        while key and key not in self.lines:
            key = key[:-1]
        return Origin(self.path, self.lines.get(key, 1))


SPELLINGS: Mapping[tuple[str, str], str] = {
    ("Replica", "replicas"): "count",
    ("FieldOptions", "position"): "index",
    ("HelmChart", "include_crds"): "includeCRDs",
}
"""(type, field) whose spelling in the file is not its name in camel case."""
