"""What is certain to fail, found between the plan and the first write; a handful of requests, and no guess.

What a plan has read is used again. More is read only where something is suspected: most clusters have nothing in the
way, and are asked for little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from kfinstall.apply.protocols import Cluster
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.checks.room import AUTOSCALER
from kfinstall.doctor.judge import judge
from kfinstall.doctor.kinds import (
    CLAIM,
    CONFIG_MAP,
    MUTATING_WEBHOOKS,
    NAMESPACE,
    NODE,
    POD,
    SERVICE,
    STATEFUL_SET,
    STORAGE_CLASS,
    VALIDATING_WEBHOOKS,
    VOLUME,
)
from kfinstall.doctor.model import Finding, Severity
from kfinstall.doctor.permissions import VERBS, ask_for
from kfinstall.doctor.snapshot import Answers, Snapshot
from kfinstall.errors import ClusterError
from kfinstall.health.model import part
from kfinstall.health.reading import as_int
from kfinstall.plan.edges import make_scene
from kfinstall.plan.edges.webhooks import judges
from kfinstall.plan.model import Change, Plan
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, ResourceId, id_of

WORKERS: Final = 8
STOPS: Final = frozenset({"KF201", "KF202", "KF209", "KF301", "KF614"})
"""Of these an error is certain: rights that are missing or may not be given, a webhook that must answer and cannot, no
default StorageClass, a pod that no node can ever take."""
_CHECKS: Final = tuple(check for check in CHECKS if check.id in STOPS)
_CONFIGURATIONS: Final = (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS)
_NOWHERE: Final = Origin("")

Facts: TypeAlias = Mapping[GroupKind, Sequence[Manifest] | None]
"""Kind -> what there is of it; None where it may not be read: then nothing follows from what is missing."""
Part: TypeAlias = tuple[GroupKind, Sequence[Manifest] | None]


class Ahead(NamedTuple):
    """What lies ahead of a plan: its changes that write, what it sends, and what the cluster says of it."""

    changes: tuple[Change, ...]
    sent: tuple[Resource, ...]
    facts: Facts
    answers: Answers


def look_ahead(plan: Plan, cluster: Cluster, now: datetime, known: Facts) -> tuple[Finding, ...]:
    """Give what would keep a plan from succeeding, the certain first.

    In:  `known`, kinds that were listed just now; they are not listed again.
    Out: errors that are certain, and warnings of what may be. What may not be read says nothing.
    """
    changes = tuple(change for change in plan.changes if change.action in VERBS)
    sent = tuple(change.resource for change in changes if change.resource is not None)
    if not changes:
        return ()
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-preflight") as pool:
        listed = pool.map(lambda kind: (kind, _list(kind, cluster)), _wanted(changes, known))
        answers = ask_for(changes, cluster, pool)
        ahead = Ahead(changes, sent, {**known, **dict(listed)}, answers)
        suspected = _judge(ahead, cluster, now)
        if not suspected:
            return ()
        asked = {one.check for one in suspected}
        closer = [facts for check, look in CLOSER.items() if check in asked for facts in look(suspected, cluster, pool)]
    return _judge(ahead._replace(facts={**ahead.facts, **dict(closer)}), cluster, now)


def _wanted(changes: Sequence[Change], known: Facts) -> list[GroupKind]:
    """Give the kinds that can say something about these changes."""
    made = [change.resource for change in changes if change.resource and change.action != "update"]
    wanted = [*_CONFIGURATIONS]
    if any(pod_templates(change.resource.manifest) for change in changes if change.resource):
        wanted.append(NODE)
    if any(_claims(made)):
        wanted.append(STORAGE_CLASS)
    return [kind for kind in wanted if kind not in known]


def _list(kind: GroupKind, cluster: Cluster) -> Sequence[Manifest] | None:
    try:
        return cluster.list(kind)
    except ClusterError:
        return None


def _judge(ahead: Ahead, cluster: Cluster, now: datetime) -> tuple[Finding, ...]:
    snapshot = Snapshot(
        now=now,
        manifests=_present(ahead, cluster),
        unread={kind: "it may not be read" for kind, found in ahead.facts.items() if found is None},
        kinds=cluster.kinds(),
        cluster=cluster.describe().context,
        rendered=(*(one for one in ahead.sent if one.id.group_kind != CLAIM), *_waiting_claims(ahead)),
        answers=ahead.answers,
    )
    return judge(snapshot, _CHECKS).findings


def _present(ahead: Ahead, cluster: Cluster) -> dict[GroupKind, Sequence[Manifest]]:
    """Give what will be there: what is, and what the plan brings; of webhooks those that stand in its way."""
    brought = [one.manifest for one in ahead.sent if one.id.group_kind == STORAGE_CLASS]
    present: dict[GroupKind, Sequence[Manifest]] = {CLAIM: (), POD: (), SERVICE: ()}
    present |= {kind: found for kind, found in ahead.facts.items() if found is not None}
    if STORAGE_CLASS in present:
        present[STORAGE_CLASS] = [*present[STORAGE_CLASS], *brought]
    return present | _webhooks_in_the_way(ahead, cluster)


def _webhooks_in_the_way(ahead: Ahead, cluster: Cluster) -> dict[GroupKind, Sequence[Manifest]]:
    """Give the configurations with those webhooks alone that judge something of the plan, and are not part of it."""
    known = {kind: found for kind in _CONFIGURATIONS if (found := ahead.facts.get(kind)) is not None}
    if not any(known.values()):
        return known
    around = [Resource(one, _NOWHERE) for one in ahead.facts.get(NAMESPACE) or ()]
    scene = make_scene((*ahead.sent, *around), cluster.kinds())
    ours = {change.id for change in ahead.changes}

    def is_in_the_way(hook: Mapping[str, Any]) -> bool:
        may_spare = hook.get("matchConditions") or _service(hook) in ours
        return not may_spare and any(judges(hook, one, scene) for one in ahead.sent)

    return {
        kind: [
            {**one, "webhooks": [hook for hook in one.get("webhooks") or () if is_in_the_way(hook)]}
            for one in configurations
            if id_of(one) not in ours
        ]
        for kind, configurations in known.items()
    }


def _service(hook: Mapping[str, Any]) -> ResourceId:
    service = part(part(hook, "clientConfig"), "service")
    return ResourceId("", "Service", str(service.get("namespace") or ""), str(service.get("name") or ""))


def _waiting_claims(ahead: Ahead) -> Iterator[Resource]:
    """Give the claims that the plan makes and that a class must serve: no volume without a class may be there."""
    made = [change.resource for change in ahead.changes if change.resource and change.action != "update"]
    brought = [one.manifest for one in ahead.sent if one.id.group_kind == VOLUME]
    volumes = [*(ahead.facts.get(VOLUME) or ()), *brought]
    may_not_be_read = ahead.facts.get(VOLUME, ()) is None
    has_free = may_not_be_read or any(
        not part(one, "spec").get("storageClassName") and part(one, "status").get("phase") in (None, "Available")
        for one in volumes
    )
    return iter(()) if has_free else _claims(made)


def _claims(made: Sequence[Resource]) -> Iterator[Resource]:
    """Give the claims among resources, and those that a StatefulSet will make, that name no class and no volume."""
    for resource in made:
        if resource.id.group_kind == CLAIM and _names_nothing(resource.manifest):
            yield resource
        if resource.id.group_kind == STATEFUL_SET and as_int(part(resource.manifest, "spec").get("replicas"), 1):
            for template in part(resource.manifest, "spec").get("volumeClaimTemplates") or ():
                if _names_nothing(template):
                    yield _claim_of(resource, template)


def _names_nothing(claim: Manifest) -> bool:
    spec = part(claim, "spec")
    return spec.get("storageClassName") is None and not spec.get("volumeName")


def _claim_of(maker: Resource, template: Manifest) -> Resource:
    name = f"{part(template, 'metadata').get('name')}-{maker.id.name}-0"
    metadata = {"name": name, "namespace": maker.id.namespace}
    manifest = {**template, "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
    return maker._replace(manifest=manifest)


Look: TypeAlias = Callable[[Sequence[Finding], Cluster, Executor], Iterator[Part]]


def _behind_webhooks(found: Sequence[Finding], cluster: Cluster, pool: Executor) -> Iterator[Part]:
    services = sorted({id for one in found if one.check == "KF209" for id in one.affects})
    try:
        live = [one for one in pool.map(cluster.get, services) if one is not None]
        pods = list(pool.map(lambda place: cluster.list(POD, place), sorted({id.namespace for id in services})))
        namespaces = cluster.list(NAMESPACE)
    except ClusterError:
        yield SERVICE, None
        return
    yield SERVICE, live
    yield POD, [pod for some in pods for pod in some]
    yield NAMESPACE, namespaces


def _volumes(found: Sequence[Finding], cluster: Cluster, pool: Executor) -> Iterator[Part]:
    yield VOLUME, _list(VOLUME, cluster)


def _autoscaler(found: Sequence[Finding], cluster: Cluster, pool: Executor) -> Iterator[Part]:
    try:
        live = cluster.get(ResourceId(*CONFIG_MAP, *AUTOSCALER))
    except ClusterError:
        yield NODE, None
    else:
        yield CONFIG_MAP, [live] if live is not None else ()


CLOSER: Final[Mapping[str, Look]] = {"KF209": _behind_webhooks, "KF301": _volumes, "KF614": _autoscaler}
"""What is read only once a check suspects something."""


def is_certain(finding: Finding) -> bool:
    """Would an apply surely fail?"""
    return finding.check in STOPS and finding.severity is Severity.ERROR
