"""`labels`, `commonLabels` and `commonAnnotations`: pairs that are written into every resource."""

from __future__ import annotations

from kfinstall.build.config import merge_specs
from kfinstall.build.field_specs import Chosen, PathError, chooser, is_absent, write_fields
from kfinstall.build.ids import has_books, map_resources, with_manifest, with_notes
from kfinstall.build.kustomization import FieldSpec, Label, TransformerConfig
from kfinstall.build.scalars import is_text_key
from kfinstall.build.shared import SharedText
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from kfinstall.resource import Origin, Resource

ANNOTATIONS = ("metadata", "annotations")
METADATA_LABELS = FieldSpec(path="metadata/labels", create=True)


def write_pairs(
    resources: Sequence[Resource], pairs: Mapping[str, str], specs: Sequence[FieldSpec], origin: Origin
) -> tuple[Resource, ...]:
    """Write pairs into the mappings that the field specs lead to.

    In:     `origin`: where the pairs were written.
    Raises: InputError when one leads to something else than a mapping, or a key cannot be added.
    """
    if not pairs:
        return tuple(resources)
    choose = chooser(specs)

    def change(resource: Resource) -> Resource:
        shared = {key: SharedText(value) for key, value in pairs.items()}

        def setter(old: Any) -> Any:
            return _add_pairs(old, pairs, shared, origin)

        chosen = _with_books(resource, choose(resource))
        changed = with_manifest(resource, write_fields(resource, chosen, setter, "mapping"))
        if changed is resource:
            return resource
        made = (path for _, path in chosen if not is_absent(changed.manifest, path))
        paths = dict.fromkeys((*resource.notes.shared, *made))
        return with_notes(changed, changed.notes._replace(shared=tuple(paths)))

    return map_resources(resources, change)


def _with_books(resource: Resource, chosen: Chosen) -> Chosen:
    """Give the field specs for a resource, to which kustomize may have given annotations: it keeps its books there."""
    if not has_books(resource) or all(path != ANNOTATIONS for _, path in chosen):
        return chosen
    return tuple((spec._replace(create=True) if path == ANNOTATIONS else spec, path) for spec, path in chosen)


def _add_pairs(old: Any, pairs: Mapping[str, str], shared: Mapping[str, SharedText], origin: Origin) -> Any:
    """Give a mapping with the pairs; what it had not is shared with the other places that had it not."""
    if old is not None and not isinstance(old, dict):
        raise PathError(f"{old!r} is not a mapping")
    old = old or {}
    if pairs.items() <= old.items() and _are_texts(old, pairs):
        return old
    _require_text_keys(pairs.keys() - old.keys(), origin)
    return {**old, **{key: value if key in old else shared[key] for key, value in pairs.items()}}


def _require_text_keys(keys: Iterable[str], origin: Origin) -> None:
    for key in keys:
        if not is_text_key(key):
            hint = "kustomize cannot add it; put a letter before it"
            raise InputError(f"the key '{key}' reads as something else than text", origin=origin, hint=hint)


def _are_texts(mapping: Mapping[str, Any], keys: Iterable[str]) -> bool:
    return all(isinstance(mapping[key], str) for key in keys)


def specs_of_label(label: Label, config: TransformerConfig) -> tuple[FieldSpec, ...]:
    """Give the field specs for one entry of `labels`: its own, the configured ones, selectors and templates if asked.

    Raises: InputError when two of them differ only in `create`.
    """
    specs = merge_specs(label.fields, config.labels, label.origin)
    if label.include_selectors:
        return merge_specs(specs, config.common_labels, label.origin)
    if label.include_templates:
        specs = merge_specs(specs, config.template_labels, label.origin)
    return merge_specs(specs, [METADATA_LABELS], label.origin)


def add_labels(
    resources: Sequence[Resource],
    labels: Iterable[Label],
    common: Mapping[str, str],
    config: TransformerConfig,
    origin: Origin,
) -> tuple[Resource, ...]:
    """Add the entries of `labels` one after the other, then `commonLabels`, which reach selectors too.

    In:     `origin`: where `commonLabels` stand.

    Raises: InputError; see `write_pairs` and `specs_of_label`.
    """
    done = tuple(resources)
    for label in labels:
        done = write_pairs(done, label.pairs, specs_of_label(label, config), label.origin)
    return write_pairs(done, common, config.common_labels, origin)
