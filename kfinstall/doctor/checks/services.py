"""Services that reach nothing: no pod has their labels, none is ready, or none has their port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.grouping import ids, place, ref
from kfinstall.doctor.kinds import POD, SERVICE
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, is_true
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import Manifest, ResourceId, id_of

_YOUNG_S = 60.0
_DNS = ("kube-system", "kube-dns")


def selector_of(service: Manifest) -> Mapping[str, str]:
    """Give the labels that a Service's pods carry; none for one whose endpoints somebody else writes."""
    return part(part(service, "spec"), "selector")


class _Made(NamedTuple):
    """What makes pods with these labels."""

    owner: ResourceId
    labels: Mapping[str, str]
    specs: tuple[Mapping[str, Any], ...]
    replicas: int


def _makers(snapshot: Snapshot) -> Mapping[str, list[_Made]]:
    """Give, by namespace, what is written that makes pods."""
    found: dict[str, list[_Made]] = {}
    for written in snapshot.written():
        for template in pod_templates(written.manifest):
            labels = part(part(template, "metadata"), "labels")
            replicas = part(written.manifest, "spec").get("replicas")
            made = _Made(written.id, labels, template_specs(written.manifest), 1 if replicas is None else replicas)
            found.setdefault(written.id.namespace, []).append(made)
    return found


def makers_of(service: Manifest, snapshot: Snapshot) -> list[_Made]:
    """Give what makes the pods of a Service, as it is written."""
    namespace = str(part(service, "metadata").get("namespace") or "")
    wanted = selector_of(service).items()
    return [
        one for one in snapshot.memo("makers", _makers).get(namespace, ()) if wanted and wanted <= one.labels.items()
    ]


def _find_unreached(snapshot: Snapshot) -> Iterator[Found]:
    yield from _find_no_pods(snapshot)
    yield from _find_none_ready(snapshot)


def _find_no_pods(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(SERVICE):
        service = written.manifest
        if not _should_have_pods(service) or makers_of(service, snapshot):
            continue
        if not any(snapshot.labelled(POD, written.id.namespace, selector_of(service))):
            near = _nearest(service, snapshot)
            if written.origin and not near:
                continue  # an operator may make them
            yield Found(
                written.id,
                f"Service '{written.id.name}' reaches nothing: no pod has {_words(selector_of(service))}{near}",
                f"correct its selector: kubectl {place(written.id)}edit {ref(written.id)}",
                origin=written.origin,
            )


def _should_have_pods(service: Manifest) -> bool:
    metadata = part(service, "metadata")
    is_dns = (metadata.get("namespace"), metadata.get("name")) == _DNS
    return bool(selector_of(service)) and not metadata.get("ownerReferences") and not is_dns


def _words(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _nearest(service: Manifest, snapshot: Snapshot) -> str:
    """Say whose labels come nearest: most such mistakes are typing errors."""
    wanted = _words(selector_of(service))
    namespace = str(part(service, "metadata").get("namespace") or "")
    makers = snapshot.memo("makers", _makers).get(namespace, ())
    rated = [(SequenceMatcher(None, wanted, _words(one.labels)).ratio(), one) for one in makers]
    best = max(rated, key=lambda pair: pair[0], default=None)
    return f"; {ref(best[1].owner)} has {_words(best[1].labels)}" if best and best[0] > 0.5 else ""


def _find_none_ready(snapshot: Snapshot) -> Iterator[Found]:
    for service in snapshot.of(SERVICE):
        id = id_of(service)
        is_new = age_s(service["metadata"].get("creationTimestamp"), snapshot.now) < _YOUNG_S
        pods = [pod for pod in snapshot.labelled(POD, id.namespace, selector_of(service)) if not _is_done(pod)]
        if not pods and (stopped := _scaled_to_nothing(service, snapshot)) is not None:
            yield Found(
                stopped,
                f"{ref(stopped)} is scaled to 0: Service '{id.name}' reaches nothing",
                f"kubectl {place(stopped)}scale {ref(stopped)} --replicas=1",
                (id,),
                severity=Severity.WARNING,
            )
        if is_new or not _should_have_pods(service) or part(service, "spec").get("publishNotReadyAddresses"):
            continue
        if pods and not any(is_true(pod, "Ready") for pod in pods):
            yield Found(
                id,
                f"Service '{id.name}' reaches nothing: none of its {len(pods)} pods is ready",
                f"kubectl {place(id)}get pods -l {_words(selector_of(service))}",
                ids(pods),
            )


def _scaled_to_nothing(service: Manifest, snapshot: Snapshot) -> ResourceId | None:
    """Give what would make a Service's pods, where all of that is asked for none."""
    owners = [made.owner for made in makers_of(service, snapshot)]
    wanted = [part(snapshot.find(owner) or {}, "spec").get("replicas") for owner in owners]
    return owners[0] if owners and all(number == 0 for number in wanted) else None


def _is_done(pod: Manifest) -> bool:
    return part(pod, "status").get("phase") in ("Succeeded", "Failed")


def _find_wrong_ports(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(SERVICE):
        makers = makers_of(written.manifest, snapshot)
        for port in part(written.manifest, "spec").get("ports") or ():
            target = port.get("targetPort", port.get("port"))
            wrong = [made for made in makers if not _offers(made, target)]
            if wrong and len(wrong) == len(makers):
                yield _wrong_port(written, target, wrong[0])


def _offers(made: _Made, target: int | str) -> bool:
    """Has a container this port? Where none declares any, every number may be right."""
    declared = [port for spec in made.specs for one in containers_of(spec) for port in one.get("ports") or ()]
    if isinstance(target, str) and not target.isdigit():
        return any(port.get("name") == target for port in declared)
    return not declared or any(port.get("containerPort") == int(target) for port in declared)


def _wrong_port(written: Written, target: int | str, made: _Made) -> Found:
    declared = [port for spec in made.specs for one in containers_of(spec) for port in one.get("ports") or ()]
    has = ", ".join(f"{port.get('name') or '-'}={port.get('containerPort')}" for port in declared) or "none"
    is_name = isinstance(target, str) and not target.isdigit()
    return Found(
        written.id,
        f"Service '{written.id.name}' sends to port {target}, which {ref(made.owner)} has not (it has {has})",
        f"correct targetPort in {written.origin or f'kubectl {place(written.id)}edit {ref(written.id)}'}",
        (made.owner,),
        origin=written.origin,
        severity=None if is_name else Severity.WARNING,
    )


CHECKS = (
    Check(
        "KF404",
        "A Service reaches no pod",
        Severity.ERROR,
        _find_unreached,
        remedy="Correct its selector, or see why its pods are not ready.",
        docs="""Labels are compared here: a Service whose selector no pod and no pod template has reaches nothing, and
the template that comes nearest is shown. Where pods carry the labels and none is ready, that is told below the
cause. In a render alone only a near miss is told, since operators make pods too.""",
        needs=("written",),
        helps=(SERVICE, POD),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF405",
        "A Service sends to a port that no container has",
        Severity.ERROR,
        _find_wrong_ports,
        remedy="Correct targetPort, or the container's ports.",
        docs="""A name as `targetPort` must be the name of a port of a container. A number need not be declared; it is
a warning where the containers declare others.""",
        needs=("written",),
        helps=(SERVICE,),
        is_proven=True,
    ),
)
