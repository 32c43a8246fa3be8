"""What is in a cluster of an installation, read past the installer: specs, uids, what is orphaned."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kfinstall.apply import read_inventory
from kfinstall.cluster.api import ApiCluster
from kfinstall.plan.history import REVISION_OF, names_of
from kfinstall.plan.inventory import PART_OF, applyset_id
from kfinstall.plan.kept import KEPT_FOR
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of
from tests.faults.installers import run_to_the_end
from tests.faults.subjects import ACTS, Act, Subject

OF_THE_SERVER: Final = frozenset({"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"})
ALLOCATED: Final = frozenset(
    {"clusterIP", "clusterIPs", "nodePort", "volumeName", "caBundle", "volume.kubernetes.io/selected-node"}
    | {"controller-uid", "batch.kubernetes.io/controller-uid"}
)
MADE_ANEW: Final = frozenset({"RoleBinding", "Job"})
"""Kinds of what an upgrade may recreate, or what goes by itself."""
GONE_WITHIN_S: Final = 120.0


class Seen(NamedTuple):
    """What carries the label of an installation: specs with the prefix taken out, and uids."""

    specs: Mapping[ResourceId, Any]
    uids: Mapping[ResourceId, str]


def look(cluster: ApiCluster, subject: Subject) -> Seen:
    """Read all that carries the label of an installation."""
    label = f"{PART_OF}={applyset_id(subject.target.name, subject.target.namespace)}"
    for gvk in subject.gvks:
        if gvk.group_kind not in cluster.kinds():
            cluster.serves(gvk)  # from now on it is known
    found = [manifest for gvk in subject.gvks for manifest in cluster.list(gvk.group_kind, None, label)]
    return Seen(
        {id_of(plain): plain for plain in (_plain(manifest, subject.prefix, label) for manifest in found)},
        {id_of(manifest): manifest["metadata"]["uid"] for manifest in found},
    )


def _plain(manifest: Manifest, prefix: str, label: str) -> Manifest:
    """Give what someone asked for of a manifest, the same for every prefix."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in OF_THE_SERVER}
    kept = _without({**manifest, "metadata": metadata, "status": None}, ALLOCATED)
    text = json.dumps(kept).replace(label.partition("=")[2], "OURS").replace(prefix, "PREFIX")
    plain: Manifest = json.loads(text)
    return plain


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    return [_without(item, names) for item in value] if isinstance(value, list) else value


def uids(cluster: ApiCluster, ids: Iterable[ResourceId]) -> dict[ResourceId, str]:
    """Give the uids of what is still there."""
    found = {id: cluster.get(id) for id in ids}
    return {id: manifest["metadata"]["uid"] for id, manifest in found.items() if manifest is not None}


def recorded(cluster: ApiCluster, subject: Subject) -> set[ResourceId]:
    """Give all that the record names."""
    inventory = read_inventory(subject.target, cluster)
    return {member.id for member in inventory.members} if inventory else set()


def unnamed_past(cluster: ApiCluster, subject: Subject) -> set[ResourceId]:
    """Give what holds a revision's content and is not named in the record."""
    inventory = read_inventory(subject.target, cluster)
    named = names_of(inventory.history, subject.target.namespace) if inventory else frozenset()
    places = [("ConfigMap", subject.target.namespace, REVISION_OF)]
    places += [("Secret", namespace.name, KEPT_FOR) for namespace in subject.namespaces]
    found = {id_of(m) for kind, place, mark in places for m in cluster.list(GroupKind("", kind), place, mark)}
    return found - named


def check_nothing_is_orphaned(cluster: ApiCluster, subject: Subject) -> Mapping[ResourceId, str]:
    """See that the record names all that a killed installer made; give the uids of what is there.

    What is in a namespace that was asked to go needs no record any more: it goes by itself.
    """
    seen = look(cluster, subject)
    going = _going(cluster, subject)
    unnamed = set(seen.uids) - recorded(cluster, subject)
    assert {id for id in unnamed if (id.name if id.kind == "Namespace" else id.namespace) not in going} == set()
    assert unnamed_past(cluster, subject) == set()
    return seen.uids


def _going(cluster: ApiCluster, subject: Subject) -> set[str]:
    found = [cluster.get(id) for id in subject.namespaces]
    return {one["metadata"]["name"] for one in found if one and one["metadata"].get("deletionTimestamp")}


def check_converged(
    cluster: ApiCluster, subject: Subject, act: Act, reference: Seen, before: Mapping[ResourceId, str]
) -> None:
    """See that all is as after an undisturbed run, and that nothing was deleted but what had to be.

    In:      `before`: the uids of what was there when the installer had been killed.
    """
    if act == "delete":
        _wait_until_gone(cluster, subject.namespaces)
    seen = look(cluster, subject)
    assert seen.specs.keys() ^ reference.specs.keys() == set()
    other = {id: (spec, reference.specs[id]) for id, spec in seen.specs.items() if spec != reference.specs[id]}
    assert other == {}, f"{act} of {subject.prefix}: {json.dumps(list(other.values()), sort_keys=True)}"
    assert set(seen.uids) == recorded(cluster, subject) == {resource.id for resource in subject.wanted[act]}
    assert unnamed_past(cluster, subject) == set()
    renewed = {id for id in seen.uids.keys() & before.keys() if seen.uids[id] != before[id]}
    assert {id.kind for id in renewed} <= MADE_ANEW, f"deleted and made anew: {renewed}"


def _wait_until_gone(cluster: ApiCluster, ids: Sequence[ResourceId]) -> None:
    """Wait for what was on its way out when the installer was killed that had asked for it."""
    by_s = time.monotonic() + GONE_WITHIN_S
    while there := uids(cluster, ids):
        assert time.monotonic() < by_s, f"still there: {there}"
        time.sleep(0.2)


def undisturbed(kubeconfig: Path, cluster: ApiCluster, subject: Subject, folder: Path) -> dict[Act, Seen]:
    """Give what is there after each act when nothing disturbs it."""
    seen: dict[Act, Seen] = {}
    for act in ACTS:
        run_to_the_end(kubeconfig, subject, act, folder)
        seen[act] = look(cluster, subject)
    return seen
