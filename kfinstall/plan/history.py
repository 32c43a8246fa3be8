"""Past states of an installation, as ConfigMaps beside its record. No I/O.

A revision is all that was asked for, compressed. What a Secret holds is never among it: see `plan.kept`. Both are named
by their content, so revisions that share something share it there too.
"""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from kfinstall.errors import ClusterError
from kfinstall.plan.kept import Place, held_at, keep
from kfinstall.plan.model import Change, Inventory, Outcome, Revision
from kfinstall.resource import Manifest, Origin, Resource, ResourceId

REVISION_OF: Final = "kfinstall.dev/revision-of"
KEEP: Final = 10
"""So many revisions are kept, the newest; of one that never ended none."""
PART_BYTES: Final = 600 * 1024
"""In base64 this stays below the 1 MiB that an object may have."""
MOST_BYTES: Final = 256 * 1024 * 1024
"""So large a revision may be when it is unpacked: some 25,000 resources."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_MANAGED_BY = {"app.kubernetes.io/managed-by": "kfinstall"}


class Packed(NamedTuple):
    """A revision's content: the ConfigMaps that hold it, and the Secrets that hold what its Secrets held."""

    parts: tuple[Manifest, ...]
    kept: tuple[Manifest, ...]


def pack(changes: Iterable[Change], inventory: Inventory, key: bytes) -> Packed:
    """Give what is to be written for the resources of a plan."""
    resources = [change.resource for change in changes if change.resource is not None]
    keeping = keep(resources, inventory.name, key)
    rows = [_row(resource, keeping.places.get(resource.id, Place())) for resource in resources]
    content = gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), mtime=0)
    chunks = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    return Packed(tuple(_part(chunk, inventory) for chunk in chunks), keeping.manifests)


def _row(resource: Resource, place: Place) -> list[Any]:
    manifest = resource.manifest
    if place.name:
        manifest = {field: value for field, value in manifest.items() if field != "data"}
    return [manifest, *resource.origin, *place]


def _part(chunk: bytes, inventory: Inventory) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{inventory.name}-revision-{sha256(chunk).hexdigest()[:10]}",
            "namespace": inventory.namespace,
            "labels": {**_MANAGED_BY, REVISION_OF: inventory.name},
        },
        "immutable": True,
        "binaryData": {"resources": b64encode(chunk).decode()},
    }


def begun(number: int, at: str, packed: Packed) -> Revision:
    """Give the revision to record before the first write: it names all that it will need."""
    parts = tuple(part["metadata"]["name"] for part in packed.parts)
    kept = tuple((one["metadata"]["namespace"], one["metadata"]["name"]) for one in packed.kept)
    return Revision(number, at, "begun", "", parts, kept)


def with_ended(history: Sequence[Revision], revision: Revision, outcome: Outcome, said: str) -> tuple[Revision, ...]:
    """Give the history after a run: the newest revisions that ended, and this one."""
    ended = [one for one in history if one.outcome != "begun" and one.number != revision.number]
    return (*ended[-(KEEP - 1) :], revision._replace(outcome=outcome, said=said))


def names_of(history: Iterable[Revision], namespace: str) -> frozenset[ResourceId]:
    """Give the ids of all that holds the content of these revisions."""
    return frozenset(_names(history, namespace))


def _names(history: Iterable[Revision], namespace: str) -> Iterator[ResourceId]:
    for revision in history:
        yield from (ResourceId("", "ConfigMap", namespace, name) for name in revision.parts)
        yield from (ResourceId("", "Secret", *place) for place in revision.kept)


def unpack(parts: Sequence[Manifest], kept: Mapping[str, Manifest] | None, label: str) -> tuple[Resource, ...]:
    """Give the resources of a revision.

    In:      its ConfigMaps in order, and its Secrets by name (None: leave out what they held); `label` says in errors
             which revision it is.
    Raises:  ClusterError when they cannot be read.
    """
    try:
        content = b"".join(b64decode(part["binaryData"]["resources"]) for part in parts)
        rows = json.loads(_unzipped(content))
        return tuple(_resource(row, kept) for row in rows)
    except (KeyError, TypeError, ValueError, EOFError, RecursionError, zlib.error):
        hint = "apply the manifests of that time instead"
        raise ClusterError(f"{label} cannot be read", reason="RecordDamaged", hint=hint) from None


def _unzipped(content: bytes) -> bytes:
    """Unpack, but no more than a revision may have: who may write ConfigMaps decides what is in them.

    Raises:  EOFError when it is cut off, or longer.
    """
    stream = zlib.decompressobj(_GZIP)
    text = stream.decompress(content, MOST_BYTES)
    if not stream.eof:
        raise EOFError
    return text


def _resource(row: Sequence[Any], kept: Mapping[str, Manifest] | None) -> Resource:
    manifest, path, line, *place = row
    if place[0] and kept is not None:
        manifest = {**manifest, "data": held_at(Place(*place), kept)}
    return Resource(manifest, Origin(path, line))


def dump_history(history: Iterable[Revision]) -> str:
    """Give the history as the record's lines, one JSON array a revision."""
    return "".join(json.dumps([*one], ensure_ascii=True) + "\n" for one in history)


def load_history(text: str) -> tuple[Revision, ...]:
    """Read the lines of a record.

    Raises:  ValueError when one cannot be read.
    """
    return tuple(_load(json.loads(line)) for line in text.splitlines() if line.strip())


def _load(fields: Sequence[Any]) -> Revision:
    number, at, outcome, said, parts, kept = fields
    places = tuple((str(namespace), str(name)) for namespace, name in kept)
    return Revision(int(number), str(at), outcome, str(said), tuple(map(str, parts)), places)
