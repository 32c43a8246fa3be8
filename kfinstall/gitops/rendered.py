"""Resources -> the files of a rendered folder: one a resource, in a folder a component, and kustomizations over them.

The same resources give the same bytes, in whatever order they come. Stock kustomize, and with it Argo CD and Flux,
builds the whole, and each component alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kfinstall.errors import InputError, collect
from kfinstall.gitops.clear_secrets import check_no_clear_secrets
from kfinstall.gitops.file_names import file_name, folder_of
from kfinstall.manifest import dump_manifest
from kfinstall.resource import Resource, ResourceId

KUSTOMIZATION = "kustomization.yaml"
HEAD = """\
# Written by 'kfinstall render': what is changed here is lost with the next one.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
"""


def render_files(resources: Sequence[Resource]) -> Mapping[str, str]:
    """Give the files of a rendered folder: path -> text, sorted; what a kustomization names comes before it.

    Raises:  InputError, or a group of them: no resources, a Secret in clear, two resources with one path.
    """
    if not resources:
        raise InputError("there is nothing to render: the source has no resources")
    check_no_clear_secrets(resources)
    manifests = dict(sorted(_placed(resources).items()))
    folders: dict[str, list[str]] = {}
    for path in manifests:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(name)
    lists = {f"{folder}/{KUSTOMIZATION}": _kustomization(names) for folder, names in folders.items()}
    texts = collect(manifests.items(), lambda item: (item[0], _text(item[1])))
    return {**dict(texts), **lists, KUSTOMIZATION: _kustomization(list(folders))}


def _placed(resources: Sequence[Resource]) -> dict[str, Resource]:
    """Give the resources by the path of their file."""
    known: dict[ResourceId, Resource] = {}
    placed: dict[str, Resource] = {}
    for resource in resources:
        path = f"{folder_of(resource)}/{file_name(resource.id)}"
        other = known.get(resource.id) or placed.get(path)
        if other:
            message = f"{resource.id} is there twice: the other is from {other.origin}"
            raise InputError(message, origin=resource.origin, hint="take one of them out")
        known[resource.id] = placed[path] = resource
    return placed


def _text(resource: Resource) -> str:
    try:
        return dump_manifest(resource.manifest)
    except InputError as error:
        raise InputError(f"{resource.id}: {error.message}", origin=resource.origin, hint=error.hint) from None


def _kustomization(names: Sequence[str]) -> str:
    return HEAD + "".join(f"- {name}\n" for name in names)
