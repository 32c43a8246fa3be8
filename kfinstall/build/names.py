"""`namePrefix` and `nameSuffix`: what is put around the names of resources."""

from __future__ import annotations

from kfinstall.build.field_specs import PathError, chooser, matches, write_fields
from kfinstall.build.ids import BuildId, map_resources, original_id, remember_id, text_of, with_manifest, with_notes
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.styled import put_untyped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kfinstall.build.kustomization import FieldSpec
    from kfinstall.resource import Bookkeeping, Resource

UNTOUCHED = (("", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"), ("", "Namespace"))
"""(group, kind) whose names are never changed; an empty group matches all.

Source: kustomize v5.8.1, PrefixTransformer, prefixFieldSpecsToSkip.
"""


def add_prefix(resources: Sequence[Resource], prefix: str, specs: Sequence[FieldSpec]) -> tuple[Resource, ...]:
    """Put a prefix before the names. Names of CRDs, APIServices and Namespaces stay.

    Raises: InputError when a field spec leads to something that is no name.
    """
    return _rename(
        resources, specs, lambda old: prefix + old, lambda notes: notes._replace(prefixes=(*notes.prefixes, prefix))
    )


def add_suffix(resources: Sequence[Resource], suffix: str, specs: Sequence[FieldSpec]) -> tuple[Resource, ...]:
    """Put a suffix after the names. Names of CRDs, APIServices and Namespaces stay.

    Raises: InputError when a field spec leads to something that is no name.
    """
    return _rename(
        resources, specs, lambda old: old + suffix, lambda notes: notes._replace(suffixes=(*notes.suffixes, suffix))
    )


def _rename(
    resources: Sequence[Resource],
    specs: Sequence[FieldSpec],
    rename: Callable[[str], str],
    note: Callable[[Bookkeeping], Bookkeeping],
) -> tuple[Resource, ...]:
    choose = chooser(specs)
    adds_text = rename("") != ""

    def setter(old: object) -> str:
        if isinstance(old, dict | list):
            raise PathError("it is no text")
        return put_untyped(old, rename(text_of(old)))

    def change(resource: Resource) -> Resource:
        first = original_id(resource)
        if _is_untouched(first):
            return resource
        chosen = [
            (spec, path) for spec, path in choose(resource) if matches(spec, first.group, first.version, first.kind)
        ]
        if adds_text and any(spec.path == "metadata/name" for spec, _ in chosen):
            resource = with_notes(remember_id(resource), note(resource.notes))
        return with_manifest(resource, write_fields(resource, chosen, setter, "scalar"))

    return map_resources(resources, change)


def _is_untouched(first: BuildId) -> bool:
    return any(first.kind == kind and group in ("", first.group) for group, kind in UNTOUCHED)
