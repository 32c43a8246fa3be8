"""`replicas`: how many pods a workload runs."""

from __future__ import annotations

from kfinstall.build.field_specs import PathError, matches, split_path, write_fields
from kfinstall.build.ids import all_ids, with_manifest
from kfinstall.errors import InputError, about, did_you_mean
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.styled import put_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kfinstall.build.kustomization import FieldSpec, Replica
    from kfinstall.resource import Resource


def set_replicas(resources: Sequence[Resource], replica: Replica, specs: Sequence[FieldSpec]) -> tuple[Resource, ...]:
    """Set the number of replicas of the resources that have, or had, a name.

    Raises: InputError when no resource of a kind with replicas has it.
    Source: kustomize v5.8.1, ReplicaCountTransformer.
    """

    def setter(old: Any) -> Any:
        if isinstance(old, dict | list):
            raise PathError(f"{old!r} is no number")
        return put_over(old, replica.replicas)

    done = list(resources)
    is_found = False
    chosen = [(spec, split_path(spec.path)) for spec in specs]
    for position, resource in enumerate(resources):
        ids = [one for one in all_ids(resource) if one.name == replica.name]
        fitting = [pair for pair in chosen if any(matches(pair[0], *one[:3]) for one in ids)]
        if fitting:
            is_found = True
            manifest = write_fields(resource, fitting, setter, "scalar")
            done[position] = with_manifest(resource, manifest)
    if not is_found:
        raise _not_found(resources, replica, specs)
    return tuple(done)


def _not_found(resources: Sequence[Resource], replica: Replica, specs: Sequence[FieldSpec]) -> InputError:
    kinds = ", ".join(dict.fromkeys(spec.kind or "any kind" for spec in specs))
    names = {one.name for each in resources for one in all_ids(each) if any(matches(spec, *one[:3]) for spec in specs)}
    hint = did_you_mean(replica.name, names) or f"replicas reach these kinds: {kinds}"
    message = f"replicas: nothing to scale is named '{replica.name}'"
    return InputError(message, origin=replica.origin, hint=hint, premise=about(name=replica.name))
