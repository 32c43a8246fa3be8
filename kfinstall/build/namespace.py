"""`namespace`: puts every namespaced resource, and what refers to it by namespace, into one namespace."""

from __future__ import annotations

from kfinstall.build.field_specs import Chosen, PathError, chooser, write, write_fields
from kfinstall.build.ids import (
    current_id,
    is_cluster_scoped,
    kind_of,
    map_resources,
    remember_id,
    require_unique,
    text_of,
    with_manifest,
)
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.styled import put_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kfinstall.build.kustomization import FieldSpec
    from kfinstall.resource import Manifest, Origin, Resource

BINDINGS = ("RoleBinding", "ClusterRoleBinding")

SUBJECTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda subject: subject.get("name") == "default",
    "defaultOnly": lambda subject: subject.get("name") == "default",
    "allServiceAccounts": lambda subject: subject.get("kind") == "ServiceAccount",
    "none": lambda subject: False,
}
"""setRoleBindingSubjects -> which subjects of a binding move along.

Source: kustomize v5.8.1, api/filters/namespace, RoleBindingSubjectMode.
"""


def set_namespace(
    resources: Sequence[Resource],
    namespace: str,
    specs: Sequence[FieldSpec],
    origin: Origin,
    *,
    unset_only: bool = False,
    subjects: str = "",
) -> tuple[Resource, ...]:
    """Give every namespaced resource the namespace its kustomization asks for.

    In:     `subjects`, a key of `SUBJECTS`; `unset_only` leaves resources that say a namespace.
    Out:    as many resources in the same order; what a Helm chart made stays as it is.
    Raises: InputError when two end with the same id; names both places.
    Source: kustomize v5.8.1, api/filters/namespace.
    """
    if subjects not in SUBJECTS:
        hint = "it is one of: defaultOnly, allServiceAccounts, none"
        raise InputError(f"setRoleBindingSubjects is '{subjects}'", origin=origin, hint=hint)
    choose = chooser([spec for spec in specs if spec.path != "metadata/namespace"])

    def setter(old: Any) -> Any:
        if isinstance(old, dict | list):
            raise PathError(f"{old!r} is no name of a namespace")
        return old if unset_only and text_of(old) else put_text(old, namespace)

    def change(resource: Resource) -> Resource:
        if resource.notes.from_helm:
            return resource
        resource = remember_id(resource)
        try:
            moved = with_manifest(resource, _move(resource, setter, SUBJECTS[subjects]))
        except PathError as error:
            message, hint = (
                f"the namespace of {kind_of(resource)} cannot be set: {error}",
                "write the name of one, or none",
            )
            raise InputError(message, origin=resource.origin, hint=hint) from None
        return with_manifest(moved, write_fields(moved, _fitting(moved, choose(moved)), setter, "scalar"))

    moved = map_resources(resources, change)
    require_unique(moved)
    return moved


def _fitting(resource: Resource, chosen: Chosen) -> Chosen:
    """Leave out the field specs that do not hold: names of what is no core Namespace, and subjects of bindings."""
    is_binding = kind_of(resource) in BINDINGS
    is_core = resource.manifest.get("apiVersion") == "v1"
    return tuple(
        (spec, path)
        for spec, path in chosen
        if (is_core or spec.path != "metadata/name")
        and not (is_binding and spec.kind in BINDINGS and spec.path == "subjects/namespace")
    )


def _move(resource: Resource, setter: Callable[[Any], Any], is_moved: Callable[[dict[str, Any]], bool]) -> Manifest:
    """Set the resource's own namespace, and those of a binding's subjects."""
    manifest: Manifest = resource.manifest
    if not is_cluster_scoped(resource):
        manifest = write(manifest, ("metadata", "namespace"), setter, "scalar")
    subjects = manifest.get("subjects")
    if kind_of(resource) not in BINDINGS or not subjects:
        return manifest
    if not isinstance(subjects, list) or not all(isinstance(one, dict) for one in subjects):
        hint = "write each as '- kind: ServiceAccount' with its name"
        message = f"subjects of {current_id(resource)} is no list of mappings"
        raise InputError(message, origin=resource.origin, hint=hint)
    moved = [{**one, "namespace": setter(one.get("namespace"))} if is_moved(one) else one for one in subjects]
    return {**manifest, "subjects": moved}
