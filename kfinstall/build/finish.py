"""What happens to resources at the very end of a build."""

from __future__ import annotations

from kfinstall.build.ids import current_id, kind_of, map_resources, metadata_of, name_of, with_manifest
from kfinstall.build.scalars import is_text_key
from kfinstall.errors import InputError, Premise, raise_all
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import TEXTS, source_text
from kfinstall.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOCAL = "config.kubernetes.io/local-config"


def drop_local(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Leave out the resources that are only there for the build.

    Raises: InputError when something took the kind or the name from one.
    """
    raise_all([error for resource in resources if (error := _unnamed(resource)) is not None])
    return tuple(resource for resource in resources if not _is_local(resource))


def _unnamed(resource: Resource) -> InputError | None:
    if kind_of(resource) and (name_of(resource) or kind_of(resource).endswith("List")):
        return None
    missing = "name" if kind_of(resource) else "kind"
    hint = f"what changes it, a patch or a replacement, must leave it a {missing}"
    message, premise = f"a resource has lost its {missing}: {current_id(resource)}", Premise(field=())
    return InputError(message, origin=resource.origin, hint=hint, premise=premise)


def _is_local(resource: Resource) -> bool:
    annotations = metadata_of(resource.manifest).get("annotations")
    return isinstance(annotations, dict) and source_text(annotations.get(LOCAL, "false")) != "false"


def finish(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Make every annotation text, and drop annotations that are empty, as kustomize does; give a type to what has none.

    Raises: InputError, or a group of them, for an annotation whose key reads as something else than text.
    """
    return map_resources(resources, _finished)


def _finished(resource: Resource) -> Resource:
    if not resource.notes.shared and not resource.notes.has_untyped:
        return _with_text_annotations(resource)
    from kfinstall.build.shared import unshare
    from kfinstall.manifest.json_values import as_json

    manifest = unshare(resource.manifest, resource.notes.shared)
    done = _with_text_annotations(Resource(manifest, resource.origin, resource.former_ids))
    return with_manifest(done, as_json(done.manifest)) if resource.notes.has_untyped else done


def _with_text_annotations(resource: Resource) -> Resource:
    metadata = metadata_of(resource.manifest)
    if "annotations" not in metadata:
        return resource
    annotations = metadata["annotations"] if isinstance(metadata["annotations"], dict) else {}
    _require_text_keys(resource, annotations)
    if annotations and all(type(value) in TEXTS for value in annotations.values()):
        return resource
    texts = {key: str(source_text(value)) for key, value in annotations.items()}
    others = {key: value for key, value in metadata.items() if key != "annotations"}
    metadata = {**others, "annotations": texts} if texts else others
    return with_manifest(resource, {**resource.manifest, "metadata": metadata})


def _require_text_keys(resource: Resource, annotations: Iterable[str]) -> None:
    for key in annotations:
        if not is_text_key(key):
            message = f"{current_id(resource)} has the annotation '{key}', which reads as something else than text"
            raise InputError(message, origin=resource.origin, hint="kustomize cannot print it; put a letter before it")
