"""What a generator or transformer that is a program gets, and what becomes of what it gives back.

It sees a resource as kustomize shows it: with annotations that hold what a build has to remember of it. They come back
with it, or are lost.

Source: kustomize v5.8.1, api/internal/plugins (fnplugin, execplugin, utils) and kyaml/kio.
"""

from __future__ import annotations

from kfinstall.build.ids import CLUSTER, current_id, namespace_of, with_manifest, with_notes
from kfinstall.build.programs import read_output
from kfinstall.build.provenance import source_annotations
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest import dump_manifest
from kfinstall.manifest.annotations import FORMER, NOTES, mapped_annotations, with_annotations
from kfinstall.manifest.scalar import source_text
from kfinstall.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kfinstall.build.ids import BuildId
    from kfinstall.resource import Manifest, Origin

ID = "kustomize.config.k8s.io/id"
NEEDS_HASH, BEHAVIOR = "kustomize.config.k8s.io/needs-hash", "kustomize.config.k8s.io/behavior"
LOCAL = "config.kubernetes.io/local-config"
BOOLEANS = {**dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True)}
BOOLEANS |= dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False)
"""Source: Go's strconv.ParseBool."""

BEHAVIORS = ("merge", "replace", "create")


def with_books(resource: Resource) -> Manifest:
    """Give the manifest with all that a build remembers of the resource in annotations."""
    notes = resource.notes
    columns = [[old.kind, old.namespace or CLUSTER, old.name] for old in resource.former_ids]
    books = {key: ",".join(column) for key, column in zip(FORMER, zip(*columns, strict=True), strict=False)}
    values = (
        ",".join(notes.prefixes),
        ",".join(notes.suffixes),
        "enabled" if notes.needs_hash else "",
        notes.behavior,
        "true" if notes.from_helm else "",
    )
    books |= {key: value for key, value in zip(NOTES, values, strict=True) if value}
    books |= source_annotations(notes)
    return _annotated(resource.manifest, books)


def _annotated(manifest: Manifest, more: dict[str, str]) -> Manifest:
    return with_annotations(manifest, {**mapped_annotations(manifest), **more}) if more else manifest


def items_of(resources: Sequence[Resource]) -> list[Manifest]:
    """Give resources as a transformer gets them: each says its id."""
    return [_annotated(with_books(one), {ID: _id_text(one)}) for one in resources]


def _id_text(resource: Resource) -> str:
    group, version, kind, _, name = current_id(resource)
    fields = {"group": group, "version": version, "kind": kind, "name": name, "namespace": namespace_of(resource)}
    return dump_manifest({key: value for key, value in fields.items() if value})


def resource_list(items: Sequence[Manifest] | None, config: Resource) -> bytes:
    """Give what a function reads: resources, or for a generator (None) its own configuration, and that beside them."""
    own = _annotated(with_books(config), {LOCAL: "true"})
    given = [own] if items is None else items
    numbered = [_annotated(item, _numbers(at)) for at, item in enumerate(given)]
    whole = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": numbered, "functionConfig": own}
    return dump_manifest(whole).encode()


def _numbers(at: int) -> dict[str, str]:
    """Give the annotations by which a function's input and output are told apart."""
    internal = "internal.config.kubernetes.io/"
    return {
        "config.kubernetes.io/index": str(at),
        f"{internal}index": str(at),
        f"{internal}annotations-migration-resource-id": str(at),
        f"{internal}id": str(at + 1),
        "config.k8s.io/id": str(at + 1),
    }


def read_generated(output: bytes, label: str, origin: Origin) -> tuple[Resource, ...]:
    """Give what a generator made, each with the hash and the behavior that its annotations ask for.

    Raises: InputError.
    """
    return tuple(_with_options(one, label) for one in _read(output, label, origin))


def _read(output: bytes, label: str, origin: Origin) -> tuple[Resource, ...]:
    found = read_output(output, label, origin)
    return tuple(one for one in found if one.manifest.get("kind") != "ResourceList" or "items" in one.manifest)


def _with_options(resource: Resource, label: str) -> Resource:
    annotations = {key: source_text(value) for key, value in mapped_annotations(resource.manifest).items()}
    wanted, behavior = annotations.get(NEEDS_HASH, "false"), annotations.get(BEHAVIOR, "")
    if wanted not in BOOLEANS:
        hint = "it is 'true' or 'false'"
        raise InputError(f"{label} gives {NEEDS_HASH} the value '{wanted}'", origin=resource.origin, hint=hint)
    resource = _without(resource, (NEEDS_HASH, BEHAVIOR))
    behavior = behavior if behavior in BEHAVIORS else "unspecified"
    return with_notes(resource, resource.notes._replace(needs_hash=BOOLEANS[wanted], behavior=behavior))


def _without(resource: Resource, keys: Sequence[str]) -> Resource:
    annotations = mapped_annotations(resource.manifest)
    if not annotations.keys() & set(keys):
        return resource
    left = {key: value for key, value in annotations.items() if key not in keys}
    return with_manifest(resource, with_annotations(resource.manifest, left))


def read_transformed(before: Sequence[Resource], output: bytes, label: str, origin: Origin) -> tuple[Resource, ...]:
    """Give the resources that came back: known ones in their places, new ones behind them; the others are gone.

    Raises: InputError for what is no resource, and for two with one id.
    """
    after: dict[BuildId, Resource] = {}
    for one in _read(output, label, origin):
        resource = _without(one, (ID,))
        key = current_id(resource)
        if key in after:
            raise InputError(f"{label} gives {key} twice", origin=origin, hint="each resource once")
        after[key] = resource
    kept = [_succeed(old, after.pop(current_id(old))) for old in before if current_id(old) in after]
    return (*kept, *after.values())


def _succeed(old: Resource, new: Resource) -> Resource:
    """Give what came back for a resource, with what was noted of where the old one is from, and of its vars."""
    kept = old.notes
    notes = new.notes._replace(vars=kept.vars, source=kept.source, transformations=kept.transformations)
    return Resource(new.manifest, old.origin, new.former_ids, notes)
