"""What the Secrets of a revision held, in Secrets beside them: who may not read the one cannot read the other. No I/O.

Small ones of a namespace share one, or a revision would cost a request for each. Large ones stay alone, so that
revisions which share one do not hold it twice.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from kfinstall.resource import Manifest, Resource, ResourceId

KEPT_TYPE: Final = "kfinstall.dev/kept"
KEPT_FOR: Final = "kfinstall.dev/kept-for"
SMALL_BYTES: Final = 16 * 1024
SHARED_BYTES: Final = 512 * 1024
"""Of base64; an object may have 1 MiB of what it stands for."""
LONGEST_KEY: Final = 200
"""A shared key is longer by a number, and a Secret's may have 253 characters."""

Data: TypeAlias = Mapping[str, str]


class Place(NamedTuple):
    """The name of the Secret that keeps what one held, and the number of that one in it; -1 where it is alone."""

    name: str = ""
    number: int = -1


class Keeping(NamedTuple):
    """The Secrets to write, and where in them is what which Secret held."""

    manifests: tuple[Manifest, ...]
    places: Mapping[ResourceId, Place]


def keep(resources: Sequence[Resource], installation: str, key: bytes) -> Keeping:
    """Give what keeps the data of the Secrets among resources; named by their content."""
    holders = sorted((one for one in resources if _holds_data(one)), key=lambda one: one.id)
    manifests: dict[ResourceId, Manifest] = {}
    places: dict[ResourceId, Place] = {}
    for namespace, group in groupby(holders, key=lambda one: one.id.namespace):
        for together in _shares(list(group)):
            kept = _kept(namespace, _merged(together), installation, key)
            name = kept["metadata"]["name"]
            manifests[ResourceId("", "Secret", namespace, name)] = kept
            is_alone = not _is_small(together[0])
            places |= {one.id: Place(name, -1 if is_alone else number) for number, one in enumerate(together)}
    return Keeping(tuple(manifests.values()), places)


def held_at(place: Place, kept: Mapping[str, Manifest]) -> Data:
    """Give what a Secret held.

    In:      `kept`, by name.
    Raises:  KeyError when it is not there.
    """
    data: Data = kept[place.name]["data"]
    if place.number < 0:
        return data
    prefix = _prefix(place.number)
    return {key.removeprefix(prefix): value for key, value in data.items() if key.startswith(prefix)}


def _holds_data(resource: Resource) -> bool:
    return resource.manifest["kind"] == "Secret" and bool(resource.manifest.get("data"))


def _shares(resources: Sequence[Resource]) -> Iterator[Sequence[Resource]]:
    """Give the Secrets of a namespace as they share what keeps them; a large one alone."""
    together: list[Resource] = []
    size = 0
    for resource in resources:
        if not _is_small(resource):
            yield [resource]
            continue
        if together and size + _size(resource) > SHARED_BYTES:
            yield together
            together, size = [], 0
        together.append(resource)
        size += _size(resource)
    if together:
        yield together


def _is_small(resource: Resource) -> bool:
    return _size(resource) <= SMALL_BYTES and all(len(key) <= LONGEST_KEY for key in resource.manifest["data"])


def _size(resource: Resource) -> int:
    return sum(len(key) + len(str(value)) for key, value in resource.manifest["data"].items())


def _merged(together: Sequence[Resource]) -> Data:
    if not _is_small(together[0]):
        data: Data = together[0].manifest["data"]
        return data
    numbered = enumerate(one.manifest["data"] for one in together)
    return {f"{_prefix(number)}{key}": value for number, data in numbered for key, value in data.items()}


def _prefix(number: int) -> str:
    return f"{number}."


def _kept(namespace: str, data: Data, installation: str, key: bytes) -> Manifest:
    canonical = json.dumps([namespace, data], sort_keys=True, default=str).encode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"kfinstall-kept-{hmac.digest(key, canonical, 'sha256')[:8].hex()}",
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "kfinstall", KEPT_FOR: installation},
        },
        "type": KEPT_TYPE,
        "immutable": True,
        "data": data,
    }
