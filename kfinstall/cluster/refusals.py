"""What the API server says when it refuses -> ClusterError with a cause and a hint.

The only place that reads the text of an error; one table, first match wins. Nothing here repeats a value of a Secret.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kfinstall.errors import ClusterError, FieldCause
from kfinstall.resource import ResourceId

Body = Mapping[str, Any]
"""A Status object of the API server."""


class Call(NamedTuple):
    """What was asked: an RBAC verb, a resource such as `deployments.apps`, and of whom."""

    verb: str
    resource: str
    id: ResourceId | None = None
    namespace: str = ""

    @property
    def subject(self) -> str:
        """The resource's id, or the kind of resource that was asked for."""
        return str(self.id) if self.id else self.resource


class Row(NamedTuple):
    """How one refusal is recognised, the reason we give it, and what it means in words: (message, hint)."""

    matches: Callable[[Body], bool]
    reason: str
    explain: Callable[[Body, Call], tuple[str, str]]


def refusal(body: Body, status: int, call: Call) -> ClusterError:
    """Give the error for an answer of the API server that is no success."""
    body = {"code": status, **_as_status(body)}
    row = next(row for row in REFUSALS if row.matches(body))
    message, hint = row.explain(body, call)
    causes = tuple(_read_cause(cause) for cause in _causes(body))
    return ClusterError(message, hint=hint, status=status, reason=row.reason or _reason(body), causes=causes)


def _as_status(body: Body) -> dict[str, Any]:
    """Give what can be read of an answer: what stands between us and the API server may say anything."""
    given = body.get("details")
    details = given if isinstance(given, Mapping) else {}
    listed = details.get("causes")
    causes = [_texts(one) for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    code = {"code": body["code"]} if isinstance(body.get("code"), int) else {}
    return {**_texts(body), **code, "details": {**_texts(details), "causes": causes}}


def _texts(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in mapping.items() if isinstance(value, str)}


def immutable_fields(error: ClusterError) -> tuple[str, ...]:
    """Give the fields that the server says cannot be changed; empty for any other refusal."""
    return tuple(cause.field for cause in error.causes if _IMMUTABLE.search(cause.message))


_IMMUTABLE = re.compile(
    r"field is immutable|may not change once set|updates to statefulset spec for fields other than"
    r"|may not be changed|cannot be changed|cannot change roleRef|is immutable after creation"
    r"|pod updates may not change fields other than",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(r'(?:failed calling webhook|conversion webhook for .* failed)[^"]*(?:"(?P<name>[^"]+)")?')
_DENIED = re.compile(r'admission webhook "(?P<name>[^"]+)" denied the request:?\s*(?P<why>.*)', re.DOTALL)
_POLICY = re.compile(r"ValidatingAdmissionPolicy '(?P<name>[^']+)'.*denied request: (?P<why>.*)", re.DOTALL)
_UNDECLARED = re.compile(r": \.(?P<field>\S+): field not declared in schema")
_USER = re.compile(r'User "(?P<user>[^"]+)"')
_MANAGER = re.compile(r'conflict with "(?P<manager>[^"]+)"')


def _causes(body: Body) -> Sequence[Body]:
    return (body.get("details") or {}).get("causes") or ()


def _read_cause(cause: Body) -> FieldCause:
    return FieldCause(cause.get("field") or "", cause.get("reason") or "", cause.get("message") or "")


def _reason(body: Body) -> str:
    return str(body.get("reason") or "")


def _message(body: Body) -> str:
    return str(body.get("message") or f"HTTP status {body.get('code')}").strip()


def _has_reason(*reasons: str) -> Callable[[Body], bool]:
    return lambda body: _reason(body) in reasons


def _has_code(code: int) -> Callable[[Body], bool]:
    return lambda body: body.get("code") == code


def _has_cause(reason: str) -> Callable[[Body], bool]:
    return lambda body: any(cause.get("reason") == reason for cause in _causes(body))


def _says(pattern: str | re.Pattern[str]) -> Callable[[Body], bool]:
    return lambda body: re.search(pattern, _message(body)) is not None


def _is_immutable(body: Body) -> bool:
    return any(_IMMUTABLE.search(cause.get("message") or "") for cause in _causes(body))


def _is_not_served(body: Body) -> bool:
    return body.get("code") == 404 and not (body.get("details") or {}).get("name")


def _explain_terminating(body: Body, call: Call) -> tuple[str, str]:
    namespace = call.id.namespace if call.id else call.namespace
    wait = f"kubectl wait --for=delete namespace/{namespace} --timeout=10m"
    return f"namespace '{namespace}' is being deleted", f"wait until it is gone, then run this again: {wait}"


def _explain_conflict(body: Body, call: Call) -> tuple[str, str]:
    parts = [f"{cause.get('field')} (by {_manager(cause)})" for cause in _causes(body)]
    return (
        f"{call.subject}: set by someone else: {', '.join(parts)}",
        "take it over with --on-conflict force, leave it to them with yield, or do not ask for the field",
    )


def _manager(cause: Body) -> str:
    match = _MANAGER.search(cause.get("message") or "")
    return match["manager"] if match else "another field manager"


def _explain_immutable(body: Body, call: Call) -> tuple[str, str]:
    fields = ", ".join(str(cause.get("field")) for cause in _causes(body))
    return (
        f"{call.subject}: {fields} cannot be changed once it is created",
        "annotate it with kfinstall.dev/on-immutable: recreate to delete it and create it anew, or change it back",
    )


def _explain_invalid(body: Body, call: Call) -> tuple[str, str]:
    parts = [f"{cause.get('field')}: {cause.get('message')}" for cause in _causes(body)]
    return f"{call.subject} is invalid: {'; '.join(parts) or _message(body)}", "correct the field where it is written"


def _explain_quota(body: Body, call: Call) -> tuple[str, str]:
    said = _message(body)
    return f"{call.subject}: {said[said.index('exceeded quota') :]}", "raise the ResourceQuota or ask for less"


def _explain_webhook_down(body: Body, call: Call) -> tuple[str, str]:
    match = _WEBHOOK.search(_message(body))
    name = f" '{match['name']}'" if match and match["name"] else ""
    return (
        f"{call.subject}: the webhook{name} that must admit it does not answer: {_message(body)}",
        "see that the pods behind the webhook run: kubectl get validatingwebhookconfigurations,"
        "mutatingwebhookconfigurations",
    )


def _explain_denied(pattern: re.Pattern[str], what: str) -> Callable[[Body, Call], tuple[str, str]]:
    def explain(body: Body, call: Call) -> tuple[str, str]:
        match = pattern.search(_message(body))
        name, why = (match["name"], match["why"]) if match else ("?", _message(body))
        return f"{call.subject}: {what} '{name}' denies it: {why}", "change what it objects to, or ask who runs it"

    return explain


def _explain_pod_security(body: Body, call: Call) -> tuple[str, str]:
    said = _message(body)
    return (
        f"{call.subject}: {said[said.index('violates PodSecurity') :]}",
        "label the namespace with pod-security.kubernetes.io/enforce=privileged, or change the pod",
    )


def _explain_escalation(body: Body, call: Call) -> tuple[str, str]:
    return (
        f"{call.subject}: it would grant rights that you do not have yourself",
        f"an administrator must run this, or allow you: {_grant(body)}",
    )


def _explain_forbidden(body: Body, call: Call) -> tuple[str, str]:
    match = _USER.search(_message(body))
    if match is None:
        return f"{call.subject}: {_message(body)}", ""
    namespace = call.id.namespace if call.id else call.namespace
    place = f"in namespace '{namespace}'" if namespace else "in the whole cluster"
    return (
        f"user '{match['user']}' may not {call.verb} {call.resource} {place}",
        f"an administrator can allow it: {_grant(body)}",
    )


def _grant(body: Body) -> str:
    match = _USER.search(_message(body))
    user = match["user"] if match else "USER"
    account = user.removeprefix("system:serviceaccount:")
    subject = f"--serviceaccount={account}" if account != user else f"--user={shlex.quote(user)}"
    return f"kubectl create clusterrolebinding kfinstall-admin --clusterrole=cluster-admin {subject}"


def _explain_unauthorized(body: Body, call: Call) -> tuple[str, str]:
    return (
        "the API server does not accept the credentials: they have expired or are not valid for this cluster",
        "log in again (gcloud, az, oc login, aws), or choose another context with --context",
    )


def _explain_not_found(body: Body, call: Call) -> tuple[str, str]:
    said = _message(body)
    if match := re.search(r'namespaces "(?P<name>[^"]+)" not found', said):
        name = match["name"]
        return f"namespace '{name}' does not exist", f"create it (kubectl create namespace {name}) or add it to the set"
    return f"{call.subject} does not exist", ""


def _explain_not_served(body: Body, call: Call) -> tuple[str, str]:
    return f"the cluster does not serve {call.resource}", "see that its CustomResourceDefinition is installed"


def _explain_too_large(body: Body, call: Call) -> tuple[str, str]:
    return f"{call.subject} is too large: {_message(body)}", "the API server takes about 1.5 MB per resource"


def _explain_bad_request(body: Body, call: Call) -> tuple[str, str]:
    said = _message(body)
    unknown = re.findall(r'unknown field "([^"]+)"', said)
    if unknown:
        return f"{call.subject}: unknown field '{unknown[0]}'", "correct its name; the server checks names strictly"
    return f"{call.subject}: {said}", "correct the field where it is written"


def _explain_typed_patch(body: Body, call: Call) -> tuple[str, str]:
    match = _UNDECLARED.search(_message(body))
    if match is None:
        return f"{call.subject}: {_message(body)}", "correct the field where it is written"
    return f"{call.subject}: unknown field '{match['field']}'", "correct its name; the server checks names strictly"


def _explain_other(body: Body, call: Call) -> tuple[str, str]:
    code = body.get("code")
    said = _message(body)
    return f"{call.subject}: the API server answers {code}: {said}", "the API server's log says more" if (
        code or 0
    ) >= 500 else ""


REFUSALS: tuple[Row, ...] = (
    Row(_has_cause("NamespaceTerminating"), "NamespaceTerminating", _explain_terminating),
    Row(_has_code(401), "Unauthorized", _explain_unauthorized),
    Row(_has_cause("FieldManagerConflict"), "FieldManagerConflict", _explain_conflict),
    Row(_is_immutable, "Immutable", _explain_immutable),
    Row(_says("failed to create typed patch object"), "UnknownField", _explain_typed_patch),
    Row(_says(_WEBHOOK), "WebhookUnreachable", _explain_webhook_down),
    Row(_says(_DENIED), "WebhookDenied", _explain_denied(_DENIED, "admission webhook")),
    Row(_says(_POLICY), "PolicyDenied", _explain_denied(_POLICY, "admission policy")),
    Row(_says("exceeded quota"), "QuotaExceeded", _explain_quota),
    Row(_says("violates PodSecurity"), "PodSecurity", _explain_pod_security),
    Row(_says("attempting to grant (RBAC|extra)"), "Escalation", _explain_escalation),
    Row(_has_code(403), "Forbidden", _explain_forbidden),
    Row(_is_not_served, "NotServed", _explain_not_served),
    Row(_has_code(404), "NotFound", _explain_not_found),
    Row(_has_code(413), "TooLarge", _explain_too_large),
    Row(_says("etcdserver: request is too large|Too long: may not be more than"), "TooLarge", _explain_too_large),
    Row(_has_reason("Invalid"), "Invalid", _explain_invalid),
    Row(_has_code(400), "BadRequest", _explain_bad_request),
    Row(lambda body: True, "", _explain_other),
)
"""Source: k8s.io/apimachinery StatusReason and CauseType, k8s.io/apiserver admission and registry messages, v1.36."""
