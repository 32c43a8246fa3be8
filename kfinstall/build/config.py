"""Field specs of a build: the default ones, and what `configurations` and `crds` add to them."""

from __future__ import annotations

from kfinstall.build.default_specs import default_specs
from kfinstall.build.kustomization import FieldSpec, NameReference, TransformerConfig
from kfinstall.build.sort import kind_rank
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from kfinstall.resource import Origin

EMPTY = TransformerConfig()
SPEC_FIELDS = tuple(name for name in TransformerConfig._fields if name not in ("name_reference", "origin"))


def _covers(one: FieldSpec, other: FieldSpec) -> bool:
    """Does `other` say nothing about kinds that `one` does not meet, and is the path the same?"""
    return (
        one.path == other.path
        and (not other.group or one.group == other.group)
        and (not other.version or one.version == other.version)
        and (not other.kind or one.kind == other.kind)
    )


def merge_specs(specs: Sequence[FieldSpec], more: Iterable[FieldSpec], origin: Origin) -> tuple[FieldSpec, ...]:
    """Give the field specs with those of `more` that are not covered yet.

    Raises: InputError when one that is there differs in `create` alone.
    Source: kustomize v5.8.1, api/types, FsSlice.MergeOne.
    """
    there = set(map(id, specs))
    more = [spec for spec in more if id(spec) not in there]
    if not more:
        return tuple(specs)
    merged = list(specs)
    by_path: dict[str, list[FieldSpec]] = {}
    for spec in merged:
        by_path.setdefault(spec.path, []).append(spec)
    for spec in more:
        same = next((one for one in by_path.get(spec.path, ()) if _covers(one, spec)), None)
        if same is None:
            merged.append(spec)
            by_path.setdefault(spec.path, []).append(spec)
        elif same.create != spec.create:
            hint = f"there is one for it already, with create: {str(same.create).lower()}; say the same, or drop yours"
            raise InputError(f"conflicting field specs for '{spec.path}'", origin=origin, hint=hint)
    return tuple(merged)


def _merge_references(
    references: Sequence[NameReference], more: Iterable[NameReference], origin: Origin
) -> tuple[NameReference, ...]:
    there = set(map(id, references))
    more = [one for one in more if id(one) not in there]
    if not more:
        return tuple(references)
    merged = {one[:3]: one for one in references}
    for one in more:
        old = merged.get(one[:3])
        specs = merge_specs(old.field_specs, one.field_specs, origin) if old else one.field_specs
        merged[one[:3]] = one._replace(field_specs=specs)
    return tuple(merged.values())


@remembered(1)
def _default_config(_: None) -> TransformerConfig:
    return _sorted(default_specs())


def default_config() -> TransformerConfig:
    """Give the field specs that hold where nothing else is said, in the order of their kinds."""
    return _default_config(None)


def merge_configs(config: TransformerConfig, more: TransformerConfig, origin: Origin) -> TransformerConfig:
    """Give both as one; field specs in the order of their kinds.

    Raises: InputError when two field specs contradict each other.
    Source: kustomize v5.8.1, api/internal/plugins/builtinconfig, TransformerConfig.Merge.
    """
    if more is EMPTY or more is config:
        return config
    if config is EMPTY and more is default_config():
        return more
    fields: dict[str, Any] = {
        name: merge_specs(getattr(config, name), getattr(more, name), origin) for name in SPEC_FIELDS
    }
    references = _merge_references(config.name_reference, more.name_reference, origin)
    if references is config.name_reference and all(fields[name] is getattr(config, name) for name in fields):
        return config  # most kustomizations add nothing
    return _sorted(TransformerConfig(**fields, name_reference=references))


def _sorted(config: TransformerConfig) -> TransformerConfig:
    fields: dict[str, Any] = {
        name: tuple(sorted(getattr(config, name), key=_rank)) for name in (*SPEC_FIELDS, "name_reference")
    }
    return TransformerConfig(**fields)


def _rank(spec: FieldSpec | NameReference) -> tuple[int, str]:
    return kind_rank(spec.group, spec.version, spec.kind)
