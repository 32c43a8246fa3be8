"""How an installation is doing: each of its resources, its health, and whether someone else changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from kfinstall.apply.expected import Expected
from kfinstall.apply.history import read_last
from kfinstall.apply.model import Installation, PodRow, StatusRow
from kfinstall.apply.observe import WORKERS, observe
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import find_installations, read_record
from kfinstall.apply.surroundings import Place, places_around
from kfinstall.errors import ClusterError, InputError, did_you_mean
from kfinstall.health import Health, Related, Status, assess, pods_of
from kfinstall.plan.digest import digest
from kfinstall.plan.drift import Drift, find_drift
from kfinstall.plan.model import Inventory, Member, Observed
from kfinstall.plan.owned import owned_fields
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import GroupKind, Manifest, ResourceId

COMPONENT = "kfinstall.dev/component"
POD_FAMILY = (GroupKind("", "Pod"), GroupKind("apps", "ReplicaSet"), GroupKind("batch", "Job"))
"""Pods, and what stands between them and what was applied."""


def status(target: Installation, cluster: Cluster, clock: Clock, *, with_pods: bool = False) -> tuple[StatusRow, ...]:
    """Give a row for each resource of an installation, in the order they were applied.

    In:      `with_pods`: list the pods of each workload too.
    Raises:  InputError when nothing of that name is recorded.
    """
    record = read_record(target, cluster)
    if record.inventory is None:
        raise _unknown(target, cluster)
    observed = observe((), record.inventory, cluster)
    now = clock.now()
    expected = Expected(cluster)
    verdicts = {
        id: assess(one.manifest, now=now, expects_status=expected.has_status(one.manifest))
        for id, one in observed.items()
    }
    verdicts |= _explain(observed, verdicts, cluster, now, expected)
    rows = tuple(
        _row(member, observed.get(member.id), verdicts.get(member.id), record.key, now)
        for member in record.inventory.members
    )
    drift = _drift([row.id for row in rows if row.drifted], record.inventory, cluster)
    pods = _pods(observed, cluster, now) if with_pods else {}
    return tuple(row._replace(drift=drift.get(row.id, ()), pods=pods.get(row.id, ())) for row in rows)


def _pods(
    observed: Mapping[ResourceId, Observed], cluster: Cluster, now: datetime
) -> dict[ResourceId, tuple[PodRow, ...]]:
    """Give the pods of what makes pods, with the health of each."""
    makers = {id: one.manifest for id, one in observed.items() if id.namespace and pod_templates(one.manifest)}
    places = [(kind, namespace) for namespace in sorted({id.namespace for id in makers}) for kind in POD_FAMILY]
    found = _read(places, cluster)
    related = {
        namespace: Related({kind: found.get((kind, namespace), ()) for kind in POD_FAMILY})
        for namespace in {id.namespace for id in makers}
    }
    return {id: _pod_rows(pods_of(manifest, related[id.namespace]), now) for id, manifest in makers.items()}


def _pod_rows(pods: Sequence[Manifest], now: datetime) -> tuple[PodRow, ...]:
    return tuple(PodRow(str(pod["metadata"]["name"]), assess(pod, now=now)) for pod in pods)


def _drift(ids: Sequence[ResourceId], inventory: Inventory, cluster: Cluster) -> dict[ResourceId, tuple[Drift, ...]]:
    """Say which fields of resources that someone changed are not as they were applied, and who manages them now."""
    if not ids:
        return {}
    applied = read_last(inventory, cluster)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-drift") as pool:
        live = zip(ids, pool.map(cluster.get, ids), strict=True)
        return {id: find_drift(applied[id], whole) for id, whole in live if whole is not None and id in applied}


def _unknown(target: Installation, cluster: Cluster) -> InputError:
    names = [one.name for one in find_installations(cluster, target.namespace)]
    hint = did_you_mean(target.name, names) or (f"installed are: {', '.join(names)}" if names else "")
    return InputError(
        f"nothing named '{target.name}' is installed (no record in namespace '{target.namespace}')", hint=hint
    )


def _row(member: Member, observed: Observed | None, health: Health | None, key: bytes, now: datetime) -> StatusRow:
    if observed is None or health is None:
        return StatusRow(member.id, Health(Status.NOT_FOUND, "it is not there"))
    metadata = observed.manifest["metadata"]
    owned = digest(owned_fields(observed.manifest), key)
    return StatusRow(
        member.id,
        health,
        component=(metadata.get("labels") or {}).get(COMPONENT, ""),
        drifted=bool(member.live_digest) and member.live_digest != owned,
        age_s=_age_s(metadata.get("creationTimestamp"), now),
    )


def _age_s(created: str | None, now: datetime) -> float | None:
    return (now - datetime.fromisoformat(created.replace("Z", "+00:00"))).total_seconds() if created else None


def _explain(
    observed: Mapping[ResourceId, Observed],
    verdicts: Mapping[ResourceId, Health],
    cluster: Cluster,
    now: datetime,
    expected: Expected,
) -> dict[ResourceId, Health]:
    """Judge anew what is not healthy, with what stands around it."""
    is_namespaced = {group_kind: info.is_namespaced for group_kind, info in cluster.kinds().items()}
    around = {
        id: places_around(id, is_namespaced) for id, health in verdicts.items() if health.status is not Status.CURRENT
    }
    found = _read(sorted({place for places in around.values() for place in places}), cluster)
    return {
        id: assess(
            observed[id].manifest,
            Related({place[0]: found[place] for place in places if place in found}),
            now=now,
            expects_status=expected.has_status(observed[id].manifest),
        )
        for id, places in around.items()
    }


def _read(places: list[Place], cluster: Cluster) -> Mapping[Place, list[Manifest]]:
    def read(place: tuple[GroupKind, str]) -> list[Manifest] | None:
        try:
            return cluster.list(place[0], place[1] or None)
        except ClusterError:
            return None  # what may not be read explains nothing; the verdict stands without it

    with ThreadPoolExecutor(WORKERS) as pool:
        pairs = zip(places, pool.map(read, places), strict=True)
        return {place: manifests for place, manifests in pairs if manifests is not None}
