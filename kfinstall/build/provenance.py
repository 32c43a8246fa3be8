"""`buildMetadata`: annotations that say where a resource came from and what changed it, and the managed-by label.

Source: kustomize v5.8.1, api/resource/origin.go.
"""

from __future__ import annotations

import posixpath

from kfinstall.build.ids import kind_of, metadata_of, name_of, namespace_of, text_of, with_manifest, with_notes
from kfinstall.build.kustomization import NOWHERE
from kfinstall.build.repository import is_url, parse_repository, without_secrets
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.annotations import mapped_annotations
from kfinstall.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from kfinstall.resource import Bookkeeping

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
MANAGED_BY = {"app.kubernetes.io/managed-by": "kustomize-v5.8.1"}
"""The label of the version whose behaviour this is: the result must not tell who built it."""

ANNOTATIONS = ("metadata", "annotations")

OPTIONS = ("originAnnotations", "transformerAnnotations", "managedByLabel")


class Source(NamedTuple):
    """What made or changed a resource: a file (`path`), or something configured in a file; in a repository or here."""

    path: str = ""
    repo: str = ""
    ref: str = ""
    configured_in: str = ""
    api_version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""

    def fields(self) -> dict[str, Any]:
        """Give it as kustomize writes it, in its order."""
        by = {"apiVersion": self.api_version, "kind": self.kind, "name": self.name, "namespace": self.namespace}
        fields: dict[str, Any] = {"path": self.path, "repo": self.repo, "ref": self.ref}
        fields["configuredIn"] = self.configured_in
        fields["configuredBy"] = {key: value for key, value in by.items() if value}
        return {key: value for key, value in fields.items() if value}


HERE = Source()
"""The folder that was asked for: what is in it, or beside it, has a path and nothing else."""
NOT_CLONED = "notCloned"
"""What stands in kustomize's annotations for the path of a folder that is the whole repository."""


def below(place: Source, path: str) -> Source:
    """Give what an entry names in a folder: a path, or a place in a repository."""
    repository = parse_repository(path)
    if repository is None:
        return place._replace(path=_join(place.path, path))
    folder = posixpath.normpath(f"/{repository.folder}").lstrip("/") or NOT_CLONED
    return Source(path=folder, repo=repository.shown, ref=repository.query.ref)


def _join(folder: str, path: str) -> str:
    shown = without_secrets(path) if is_url(path) else path
    joined = posixpath.normpath(f"{folder}/{shown}" if folder else shown)
    return "" if joined == "." else joined


def builtin(kind: str, file: Source) -> Source:
    """Give the source for a field of a kustomization that stands for a built-in generator or transformer."""
    return file._replace(path="", configured_in=file.path, api_version="builtin", kind=kind)


def configured(config: Resource) -> Source:
    """Give the source for a generator or transformer that has a file, or inline text, of its own."""
    source: Source | None = config.notes.source
    return Source(
        repo=source.repo if source else "",
        ref=source.ref if source else "",
        configured_in=source.path if source else "",
        api_version=text_of(config.manifest.get("apiVersion")),
        kind=kind_of(config),
        name=name_of(config),
        namespace=namespace_of(config),
    )


def with_source(resource: Resource, source: Source) -> Resource:
    """Note where a resource came from, unless that is known."""
    if resource.notes.source is not None:
        return resource
    return with_notes(resource, resource.notes._replace(source=source))


def with_transformation(resources: Iterable[Resource], source: Source, times: int = 1) -> tuple[Resource, ...]:
    """Note what changed the resources; for one that came out of nowhere it is what made it."""
    done = []
    for resource in map(_with_own_annotations, resources):
        new, count = (with_source(resource, source), times - 1) if resource.notes.source is None else (resource, times)
        steps = (*new.notes.transformations, *[source] * count)
        done.append(with_notes(new, new.notes._replace(transformations=steps)) if count else new)
    return tuple(done)


def _with_own_annotations(resource: Resource) -> Resource:
    """Give the resource with annotations that share no text: they are written anew with what is noted in them."""
    if ANNOTATIONS not in resource.notes.shared:
        return resource
    from kfinstall.build.shared import unshare

    manifest = unshare(resource.manifest, [ANNOTATIONS])
    return Resource(manifest, resource.origin, resource.former_ids, resource.notes)


def annotate(
    resources: Sequence[Resource], options: Sequence[str], *, managed_by: bool = False
) -> tuple[Resource, ...]:
    """Write down what `buildMetadata` asks for."""
    if managed_by or "managedByLabel" in options:
        from kfinstall.build.labels import METADATA_LABELS, write_pairs

        resources = write_pairs(resources, MANAGED_BY, [METADATA_LABELS], NOWHERE)
    if "originAnnotations" in options or "transformerAnnotations" in options:
        resources = [_annotated(resource, options) for resource in resources]
    return tuple(resources)


def source_annotations(notes: Bookkeeping) -> dict[str, str]:
    """Give the annotations that say where a resource is from and what changed it, as far as it was noted."""
    pairs = {ORIGIN: _as_text(notes.source) if notes.source is not None else ""}
    pairs[TRANSFORMATIONS] = "".join(map(_as_item, notes.transformations))
    return {key: text for key, text in pairs.items() if text}


def _annotated(resource: Resource, options: Sequence[str]) -> Resource:
    wanted = {ORIGIN: "originAnnotations" in options, TRANSFORMATIONS: "transformerAnnotations" in options}
    pairs = {key: text for key, text in source_annotations(resource.notes).items() if wanted[key]}
    if not pairs:
        return resource
    metadata = metadata_of(resource.manifest)
    annotations = {**mapped_annotations(resource.manifest), **pairs}
    return with_manifest(resource, {**resource.manifest, "metadata": {**metadata, "annotations": annotations}})


def _as_text(source: Source) -> str:
    lines = []
    for key, value in source.fields().items():
        lines.append(f"{key}: {_scalar(value)}\n" if isinstance(value, str) else f"{key}:\n")
        lines += [f"  {name}: {_scalar(inner)}\n" for name, inner in value.items()] if isinstance(value, dict) else []
    return "".join(lines)


def _scalar(value: str) -> str:
    from kfinstall.manifest.emit import dump_manifest

    return dump_manifest({"a": value}).removeprefix("a: ").removesuffix("\n")


def _as_item(source: Source) -> str:
    first, *rest = _as_text(source).splitlines()
    return "\n".join([f"- {first}", *(f"  {line}" for line in rest)]) + "\n"
