"""What the API server will not let pass: Pod Security, quotas, limits, webhooks, classes that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kfinstall.doctor.changing import update
from kfinstall.doctor.containers import template_specs
from kfinstall.doctor.fitting import amount_words, pod_requests
from kfinstall.doctor.grouping import names, place, ref
from kfinstall.doctor.kinds import EVENT, LIMIT_RANGE, NAMESPACE, PRIORITY_CLASS, QUOTA, REPLICA_SET, RUNTIME_CLASS
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.podsecurity import LEVELS, violations
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.health.model import part
from kfinstall.health.reading import as_int, condition
from kfinstall.plan.templates import POD_TEMPLATES, pod_templates, references
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest, ResourceId, id_of

_ENFORCE = "pod-security.kubernetes.io/enforce"
_QUOTA_REFUSED = re.compile(r"(exceeded|failed) quota: ([\w.-]+)")
_SYSTEM = ("system-node-critical", "system-cluster-critical", "")
_CLASS_KINDS = (PRIORITY_CLASS, RUNTIME_CLASS)


def _find_too_privileged(snapshot: Snapshot) -> Iterator[Found]:
    levels = _levels(snapshot)
    for written in snapshot.written():
        level = levels.get(written.id.namespace, "")
        found = [words for spec in template_specs(written.manifest) for words in violations(spec, level)]
        if found:
            weakest = next(one for one in reversed(LEVELS) if not _breaks(written, one))
            id = ResourceId("", "Namespace", "", written.id.namespace)
            yield Found(
                written.id,
                f"its pods are refused: Pod Security {level} of namespace '{id.name}' forbids {names(found)}",
                f"set what is missing in its securityContext; or, to allow it: kubectl label --overwrite namespace "
                f"{id.name} {_ENFORCE}={weakest}",
                evidence=tuple(found[3:6]),
                origin=written.origin,
                fix=tuple(_labelled(id, weakest, snapshot)),
            )


def _levels(snapshot: Snapshot) -> Mapping[str, str]:
    """Give the level that each namespace enforces, as it will be once the render is applied."""
    rendered = [one.manifest for one in snapshot.rendered or () if one.id.group_kind == NAMESPACE]
    namespaces = [*snapshot.of(NAMESPACE), *rendered]
    return {n["metadata"]["name"]: str(part(n["metadata"], "labels").get(_ENFORCE) or "") for n in namespaces}


def _breaks(written: Written, level: str) -> bool:
    return any(violations(spec, level) for spec in template_specs(written.manifest))


def _labelled(id: ResourceId, level: str, snapshot: Snapshot) -> Iterator[Step]:
    live = snapshot.find(id)
    if live is not None:
        why = f"namespace {id.name} lets in what Pod Security calls {level}"
        yield update(live, ("metadata", "labels", _ENFORCE), lambda _: level, why)


def _find_full_quotas(snapshot: Snapshot) -> Iterator[Found]:
    for quota in snapshot.of(QUOTA):
        id = ResourceId(*QUOTA, str(quota["metadata"].get("namespace")), str(quota["metadata"]["name"]))
        if refused := list(_refused_by(id, snapshot)):
            yield Found(
                id,
                f"ResourceQuota '{id.name}' lets no more pods in: {names(_amounts(quota))}",
                f"raise it or free some: kubectl {place(id)}edit {ref(id)}; if it wants requests, set them in "
                "each container, or make a LimitRange with defaults",
                tuple(dict.fromkeys(owner for owner, _ in refused)),
                tuple(dict.fromkeys(words for _, words in refused))[:3],
            )
        else:
            yield from _too_much_for(quota, id, snapshot)


def _refused_by(quota: ResourceId, snapshot: Snapshot) -> Iterator[tuple[ResourceId, str]]:
    """Give who could not make pods because of a quota: its condition or an event says so, and the pods never exist."""
    for replicas in snapshot.in_namespace(REPLICA_SET, quota.namespace):
        text = str(condition(replicas, "ReplicaFailure").get("message") or "")
        match = _QUOTA_REFUSED.search(text)
        if match and match[2] == quota.name and _still_lacks_pods(replicas):
            yield id_of(replicas), text
    for event in snapshot.in_namespace(EVENT, quota.namespace):
        text = str(event.get("message") or event.get("note") or "")
        match = _QUOTA_REFUSED.search(text)
        about = part(event, "involvedObject") or part(event, "regarding")
        owner = snapshot.by_uid(str(about.get("uid")))
        if match and match[2] == quota.name and owner is not None and _still_lacks_pods(owner):
            yield id_of(owner), text


def _still_lacks_pods(owner: Manifest) -> bool:
    wanted = as_int(part(owner, "spec").get("replicas", part(owner, "spec").get("parallelism")), 1)
    status = part(owner, "status")
    return as_int(status.get("replicas", status.get("active"))) < wanted


def _amounts(quota: Manifest) -> Iterator[str]:
    status = part(quota, "status")
    for name, hard in part(status, "hard").items():
        yield f"{name} {part(status, 'used').get(name, 0)} of {hard}"


def _too_much_for(quota: Manifest, id: ResourceId, snapshot: Snapshot) -> Iterator[Found]:
    """Compare what the render's new pods ask for with what a quota has left."""
    asked = _asked_for(id.namespace, snapshot)
    status = part(quota, "status")
    for name, hard in part(status, "hard").items():
        wanted = asked.get(name.removeprefix("requests."))
        limit, used = parse_quantity(hard), parse_quantity(part(status, "used").get(name, 0))
        if wanted and limit is not None and used is not None and used + wanted > limit:
            short = name.removeprefix("requests.")
            yield Found(
                id,
                f"what is to be installed asks for {amount_words(short, wanted)} {short}, and of ResourceQuota "
                f"'{id.name}' {amount_words(short, limit - used)} is left",
                f"raise it: kubectl {place(id)}edit {ref(id)}",
            )


def _asked_for(namespace: str, snapshot: Snapshot) -> Mapping[str, Decimal]:
    total: dict[str, Decimal] = {}
    for resource in snapshot.rendered or ():
        if resource.id.namespace == namespace and snapshot.find(resource.id) is None:
            replicas = as_int(part(resource.manifest, "spec").get("replicas"), 1)
            for spec in template_specs(resource.manifest):
                for name, amount in pod_requests({"spec": spec}).items():
                    total[name] = total.get(name, Decimal(0)) + amount * replicas
    return total


def _find_outside_limits(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written():
        for limits in _limits_in(written.id.namespace, snapshot):
            found = [w for spec in template_specs(written.manifest) for w in _outside(spec, part(limits, "spec"))]
            if found:
                id = ResourceId(*LIMIT_RANGE, written.id.namespace, str(limits["metadata"]["name"]))
                yield Found(
                    id,
                    f"LimitRange '{id.name}' refuses the pods of {ref(written.id)}: {names(found)}",
                    f"change the resources of {ref(written.id)}, or kubectl {place(id)}edit {ref(id)}",
                    (written.id,),
                    origin=written.origin,
                )


def _limits_in(namespace: str, snapshot: Snapshot) -> Sequence[Manifest]:
    return snapshot.in_namespace(LIMIT_RANGE, namespace)


def _outside(spec: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterator[str]:
    rows = [row for row in limits.get("limits") or () if row.get("type") == "Container"]
    for row in rows:
        for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
            given, asked = part(part(container, "resources"), "limits"), part(part(container, "resources"), "requests")
            yield from _beyond(container, {**asked, **given}, part(row, "max"), 1)
            yield from _beyond(container, {**given, **asked}, part(row, "min"), -1)


def _beyond(
    container: Mapping[str, Any], given: Mapping[str, Any], bounds: Mapping[str, Any], sign: int
) -> Iterator[str]:
    for name, bound in bounds.items():
        amount, limit = parse_quantity(given.get(name)), parse_quantity(bound)
        if amount is not None and limit is not None and (amount - limit) * sign > 0:
            word = "most" if sign > 0 else "least"
            yield f"container '{container.get('name')}' has {given[name]} {name}, and {bound} is the {word}"


def _find_missing_classes(snapshot: Snapshot) -> Iterator[Found]:
    rendered = {one.id: one.manifest for one in snapshot.rendered or ()}
    wanted: dict[ResourceId, list[Written]] = {}
    for written in _makers_of_pods(snapshot):
        for template in pod_templates(written.manifest):
            for one in references(part(template, "spec")):
                if one.kind in _CLASS_KINDS and one.name not in _SYSTEM:
                    wanted.setdefault(ResourceId(*one.kind, "", one.name), []).append(written)
    for id, users in wanted.items():
        is_waited_for = any(user.origin is None for user in users)  # live already, though it is to be installed
        if snapshot.find(id) is None and (id not in rendered or is_waited_for):
            fix = (Step("apply", rendered[id], f"{id} is made"),) if id in rendered else ()
            yield Found(
                id,
                f"{id.kind} '{id.name}' is not there: the pods of {ref(users[0].id)} are refused",
                f"make it, or leave it out of {users[0].origin or ref(users[0].id)}",
                tuple(dict.fromkeys(one.id for one in users)),
                origin=users[0].origin,
                fix=fix,
            )


def _makers_of_pods(snapshot: Snapshot) -> Iterator[Written]:
    """Give what is written, and beside a render also what is live."""
    yield from snapshot.written()
    for kind in POD_TEMPLATES if snapshot.rendered is not None else ():
        for live in snapshot.of(kind):
            if not live["metadata"].get("ownerReferences"):
                yield Written(live, None)


CHECKS = (
    Check(
        "KF206",
        "Pods are refused by Pod Security",
        Severity.ERROR,
        _find_too_privileged,
        remedy="Set what the level wants in securityContext, or let the namespace allow more.",
        docs="""Each pod template is compared with the level that its namespace enforces, before anything is applied.
The finding names the fields in the words of the admission plugin. `--fix` asks before it gives the namespace
the strictest level that the pods meet.""",
        needs=("written",),
        helps=(NAMESPACE,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF207",
        "A ResourceQuota lets no more pods in",
        Severity.ERROR,
        _find_full_quotas,
        remedy="Raise the quota, free some of it, or give requests where it wants them.",
        docs="""Pods that a quota refuses never exist: only an event of their owner says `exceeded quota` or `failed
quota: must specify`. Before an install, what is asked for is compared with what is left.""",
        reads=(QUOTA,),
        helps=(REPLICA_SET,),
        is_proven=True,
    ),
    Check(
        "KF208",
        "A LimitRange does not allow what a container has",
        Severity.ERROR,
        _find_outside_limits,
        remedy="Change the container's resources, or the LimitRange.",
        docs="""The requests and limits of every container are compared with the `min` and `max` of the LimitRanges of
its namespace. The refused pods never exist.""",
        reads=(LIMIT_RANGE,),
        is_proven=True,
    ),
    Check(
        "KF211",
        "A PriorityClass or RuntimeClass does not exist",
        Severity.ERROR,
        _find_missing_classes,
        remedy="Make it, or do not name it.",
        docs="""A pod that names a PriorityClass or a RuntimeClass that is not there is refused. `--fix` makes the
class where it is part of what is installed.""",
        reads=_CLASS_KINDS,
        fix="auto",
        is_proven=True,
    ),
)
