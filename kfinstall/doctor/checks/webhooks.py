"""Webhooks that stand in the way of requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.doctor.grouping import place
from kfinstall.doctor.kinds import MUTATING_WEBHOOKS, POD, SERVICE, VALIDATING_WEBHOOKS
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import as_int, is_true
from kfinstall.resource import Manifest, ResourceId, id_of

_PATIENT_S = 10
_SYSTEM = "kube-system"
_KINDS = (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS)
_NAME_LABEL = "kubernetes.io/metadata.name"


class _Webhook(NamedTuple):
    configuration: Manifest
    spec: Mapping[str, Any]

    @property
    def id(self) -> ResourceId:
        return id_of(self.configuration)

    @property
    def must_answer(self) -> bool:
        return bool(self.spec.get("failurePolicy", "Fail") == "Fail")


def _webhooks(snapshot: Snapshot) -> Iterator[_Webhook]:
    for configuration in snapshot.of(*_KINDS):
        for spec in configuration.get("webhooks") or ():
            yield _Webhook(configuration, spec)


def _find_dead(snapshot: Snapshot) -> Iterator[Found]:
    for webhook in _webhooks(snapshot):
        why = _why_dead(webhook, snapshot) if webhook.must_answer else ""
        if why:
            service = _service(webhook)
            own = " - its own pods among them" if _judges_itself(webhook) else ""
            yield Found(
                webhook.id,
                f"webhook '{webhook.spec.get('name')}' cannot answer ({why}): what it judges is refused{own}: "
                f"{_judged(webhook)}",
                f"bring up what is behind it: kubectl -n {service.namespace} get deployments,pods; if it is gone for "
                f"good: kubectl delete {webhook.id.kind.lower()} {webhook.id.name}",
                (service,),
                fix=(Step("delete", webhook.configuration, f"{webhook.id} is taken away: it judges nothing any more"),),
            )


def _service(webhook: _Webhook) -> ResourceId:
    named = part(part(webhook.spec, "clientConfig"), "service")
    return ResourceId(*SERVICE, str(named.get("namespace") or ""), str(named.get("name") or ""))


def _why_dead(webhook: _Webhook, snapshot: Snapshot) -> str:
    """Say why no answer can come, nothing where one can, or where it is asked by URL."""
    id = _service(webhook)
    if not id.name:
        return ""
    service = snapshot.find(id)
    if service is None:
        return f"Service {id.namespace}/{id.name} does not exist"
    selector = part(part(service, "spec"), "selector")
    pods = list(snapshot.labelled(POD, id.namespace, selector))
    if selector and not any(is_true(pod, "Ready") for pod in pods):
        return f"no pod behind Service {id.namespace}/{id.name} is ready"
    if not part(webhook.spec, "clientConfig").get("caBundle"):
        return "its caBundle is empty: nobody has filled in the authority"
    return ""


def _judges_itself(webhook: _Webhook) -> bool:
    """Does it judge pods of the namespace that it runs in? Then it keeps its own from coming back."""
    selector = part(webhook.spec, "namespaceSelector")
    if selector.get("matchLabels") or part(webhook.spec, "objectSelector"):
        return False
    home = _service(webhook).namespace
    spared = (
        one.get("operator") == "NotIn" and one.get("key") == _NAME_LABEL and home in (one.get("values") or ())
        for one in selector.get("matchExpressions") or ()
    )
    return "pods" in _judged(webhook).split(", ") and not any(spared)


def _judged(webhook: _Webhook) -> str:
    resources = [resource for rule in webhook.spec.get("rules") or () for resource in rule.get("resources") or ()]
    return ", ".join(dict.fromkeys(resources)) or "nothing"


def _find_slow(snapshot: Snapshot) -> Iterator[Found]:
    for webhook in _webhooks(snapshot):
        timeout_s = as_int(webhook.spec.get("timeoutSeconds"), _PATIENT_S)
        if webhook.must_answer and timeout_s > _PATIENT_S:
            yield Found(
                webhook.id,
                f"webhook '{webhook.spec.get('name')}' may hold up each request for {timeout_s} s: {_judged(webhook)}",
                f"set timeoutSeconds to {_PATIENT_S} or less: kubectl {place(webhook.id)}edit "
                f"{webhook.id.kind.lower()} {webhook.id.name}",
            )


CHECKS = (
    Check(
        "KF209",
        "A webhook that must answer cannot",
        Severity.ERROR,
        _find_dead,
        remedy="Bring up what is behind it, or delete its configuration.",
        docs="""A webhook with `failurePolicy: Fail` whose Service, ready pods or authority is missing refuses all it
judges. One that judges the pods of its own namespace keeps its own pods from coming back. `--fix` asks before
it deletes the configuration; who installed it makes it anew.""",
        reads=(*_KINDS, SERVICE),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF210",
        "A webhook may hold up requests for long",
        Severity.WARNING,
        _find_slow,
        remedy="Set timeoutSeconds to 10 or less.",
        docs="""Each request that a webhook judges waits for it as long as `timeoutSeconds` says, and the API server
gives up on the whole request after thirty. Leases and nodes wait with it.""",
        reads=_KINDS,
        is_proven=True,
    ),
)
