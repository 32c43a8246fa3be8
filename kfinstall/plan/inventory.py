"""The inventory as ConfigMaps, readable with plain kubectl, and the ApplySet names that go with it. No I/O.

The parent holds the members, one JSON array a line. Where they would pass the size limit, they go to shards that are
named by their content: new shards are written first, then the parent names them in one step, then old ones go.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from kfinstall import __version__
from kfinstall.errors import ClusterError
from kfinstall.plan.history import dump_history, load_history
from kfinstall.plan.model import Inventory, Member, Revision
from kfinstall.resource import Manifest, ResourceId

PART_OF = "applyset.kubernetes.io/part-of"
APPLYSET_ID = "applyset.kubernetes.io/id"
SHARD_OF = "kfinstall.dev/members-of"
GIVEN_TO = "given-to"
SHARD_BYTES = 900 * 1024
_PREFIX = "applyset.kubernetes.io/"
_HINT = "restore that ConfigMap from a backup; without it what is installed cannot be told from what is not"


def applyset_id(name: str, namespace: str) -> str:
    """Give the id of the ApplySet whose parent is this installation's ConfigMap.

    Source:  KEP-3659, "Labels and annotations": `applyset-<base64url(sha256(NAME.NAMESPACE.KIND.GROUP))>-v1`.
    """
    hashed = sha256(f"{name}.{namespace}.ConfigMap.".encode()).digest()
    return f"applyset-{urlsafe_b64encode(hashed).decode().rstrip('=')}-v1"


def parent_labels(name: str, namespace: str) -> dict[str, str]:
    """Give the labels of an installation's parent ConfigMap."""
    return {"app.kubernetes.io/managed-by": "kfinstall", APPLYSET_ID: applyset_id(name, namespace)}


def to_manifests(inventory: Inventory, *, shard_bytes: int = SHARD_BYTES) -> tuple[Manifest, ...]:
    """Give the parent ConfigMap of an inventory, then its shards (none for most)."""
    blocks = list(_blocks([_dump(member) for member in inventory.members], shard_bytes))
    if len(blocks) <= 1:
        return (_parent(inventory, {"members": "".join(blocks)}),)
    shards = [_shard(inventory, block) for block in blocks]
    names = "".join(f"{shard['metadata']['name']}\n" for shard in shards)
    return (_parent(inventory, {"shards": names}), *shards)


def _blocks(lines: Sequence[str], limit: int) -> Iterator[str]:
    block: list[str] = []
    size = 0
    for line in lines:
        if block and size + len(line) > limit:
            yield "".join(block)
            block, size = [], 0
        block.append(line)
        size += len(line)
    if block:
        yield "".join(block)


def _parent(inventory: Inventory, data: Mapping[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": inventory.name,
            "namespace": inventory.namespace,
            "labels": parent_labels(inventory.name, inventory.namespace),
            "annotations": _annotations(inventory),
        },
        "data": {"revision": str(inventory.revision), **data, **_history(inventory), **_given(inventory)},
    }


def _given(inventory: Inventory) -> dict[str, str]:
    return {GIVEN_TO: inventory.given_to} if inventory.given_to else {}


def _history(inventory: Inventory) -> dict[str, str]:
    return {"history": dump_history(inventory.history)} if inventory.history else {}


def _annotations(inventory: Inventory) -> dict[str, str]:
    kinds = {str(member.id.group_kind) for member in inventory.members}
    namespaces = {member.id.namespace for member in inventory.members} - {"", inventory.namespace}
    return {
        _PREFIX + "tooling": f"kfinstall/v{__version__}",
        _PREFIX + "contains-group-kinds": ",".join(sorted(kinds)),
        _PREFIX + "additional-namespaces": ",".join(sorted(namespaces)),
    }


def _shard(inventory: Inventory, block: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{inventory.name}-members-{sha256(block.encode()).hexdigest()[:10]}",
            "namespace": inventory.namespace,
            "labels": {"app.kubernetes.io/managed-by": "kfinstall", SHARD_OF: inventory.name},
        },
        "immutable": True,
        "data": {"members": block},
    }


def _dump(member: Member) -> str:
    return json.dumps([*member.id, *member[1:]], ensure_ascii=True) + "\n"


def shard_names(parent: Manifest) -> tuple[str, ...]:
    """Give the names of the ConfigMaps, beside this parent, that hold its members; none when it holds them itself."""
    return tuple((parent.get("data") or {}).get("shards", "").split())


def from_manifests(manifests: Iterable[Manifest]) -> Inventory:
    """Read an inventory from its parent ConfigMap and the shards it names, given in any order.

    Raises:  ClusterError when a shard is missing or a line cannot be read.
    """
    by_name = {manifest["metadata"]["name"]: manifest for manifest in manifests}
    parent = next((m for m in by_name.values() if APPLYSET_ID in (m["metadata"].get("labels") or {})), None)
    if parent is None:
        raise ClusterError("the inventory's parent ConfigMap is missing", reason="RecordDamaged", hint=_HINT)
    holders = [_holder(by_name, name, parent) for name in shard_names(parent)] or [parent]
    lines = [line for holder in holders for line in (holder.get("data") or {}).get("members", "").splitlines()]
    members = tuple(_load(line, parent) for line in lines if line.strip())
    metadata = parent["metadata"]
    place = metadata["name"], metadata.get("namespace") or ""
    given_to = str((parent.get("data") or {}).get(GIVEN_TO) or "")
    return Inventory(*place, members, _revision(parent), read_history(parent), given_to)


def _holder(by_name: Mapping[str, Manifest], name: str, parent: Manifest) -> Manifest:
    if name not in by_name:
        raise _damaged(parent, f"its part '{name}' is missing")
    return by_name[name]


def _load(line: str, parent: Manifest) -> Member:
    try:
        fields: list[Any] = json.loads(line)
        if len(fields) != 8 or not all(isinstance(field, str) for field in fields):
            raise ValueError
    except ValueError:
        raise _damaged(parent, "a line of its members cannot be read") from None
    return Member(ResourceId(*fields[:4]), *fields[4:])


def _revision(parent: Manifest) -> int:
    text = (parent.get("data") or {}).get("revision", "0")
    if not str(text).isdigit():
        raise _damaged(parent, f"its revision is '{text}'")
    return int(text)


def read_history(parent: Manifest) -> tuple[Revision, ...]:
    """Give the history that a parent holds.

    Raises:  ClusterError when a line cannot be read.
    """
    try:
        return load_history((parent.get("data") or {}).get("history", ""))
    except (TypeError, ValueError):
        raise _damaged(parent, "a line of its history cannot be read") from None


def _damaged(parent: Manifest, what: str) -> ClusterError:
    place = f"{parent['metadata'].get('namespace')}/{parent['metadata']['name']}"
    return ClusterError(f"the inventory in ConfigMap {place} is damaged: {what}", reason="RecordDamaged", hint=_HINT)


def union(before: Inventory, after: Inventory) -> Inventory:
    """Give what to record before the first write: all that is and all that will be, each once, the latter first."""
    planned = {member.id for member in after.members}
    members = (*after.members, *(member for member in before.members if member.id not in planned))
    return replace(after, members=members)
