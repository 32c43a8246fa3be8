"""The names of the files that `build -o FOLDER` writes, one a resource.

Source: kustomize v5.8.1, kustomize/commands/build/writer.go.
"""

from __future__ import annotations

from kfinstall.build.ids import CLUSTER, effective_namespace, group_version, kind_of, name_of
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfinstall.resource import Resource


def name_files(resources: Sequence[Resource], suffix: str = ".yaml") -> dict[str, Resource]:
    """Give the resources by the name of their file; the namespace is part of it where there are several.

    Raises: InputError when two would have one file, or a name cannot be that of a file.
    """
    namespaces = {effective_namespace(resource) for resource in resources} - {CLUSTER}
    files: dict[str, Resource] = {}
    for resource in resources:
        name = _name(resource, has_several=len(namespaces) > 1) + suffix
        if "/" in name or "\0" in name:
            message, hint = f"'{name}' cannot be the name of a file", "write all into one file: -o FILE"
            raise InputError(message, origin=resource.origin, hint=hint)
        if name in files:
            message = f"two resources would be written to '{name}': the other is from {files[name].origin}"
            raise InputError(message, origin=resource.origin, hint="write all into one file: -o FILE")
        files[name] = resource
    return files


def _name(resource: Resource, *, has_several: bool) -> str:
    group, version = group_version(resource.manifest)
    namespace = effective_namespace(resource)
    scope = f"{namespace.lower()}_" if has_several and namespace != CLUSTER else ""
    kind = "_".join(part for part in (group, version, kind_of(resource)) if part)
    return f"{scope}{kind.lower()}_{name_of(resource).lower()}"
