"""Bodies as Kubernetes 1.36 answers them."""

from __future__ import annotations

from typing import Any

import pytest

from kfinstall.cluster.refusals import REFUSALS, Call, immutable_fields, refusal
from kfinstall.resource import ResourceId

WEB = ResourceId("apps", "Deployment", "kf", "web")
CALL = Call("patch", "deployments.apps", WEB)


def body(message: str, reason: str = "", **details: Any) -> dict[str, Any]:
    return {"kind": "Status", "message": message, "reason": reason, "details": details}


def cause(reason: str, message: str, field: str = "") -> dict[str, str]:
    return {"reason": reason, "message": message, "field": field}


CASES: dict[str, tuple[int, dict[str, Any], str, str]] = {
    "forbidden": (
        403,
        body(
            'deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments" in API group "apps"'
            ' in the namespace "kf"',
            "Forbidden",
            name="web",
        ),
        "Forbidden",
        "user 'jane' may not patch deployments.apps in namespace 'kf'\n"
        "  hint: an administrator can allow it: kubectl create clusterrolebinding kfinstall-admin"
        " --clusterrole=cluster-admin --user=jane",
    ),
    "forbidden-service-account": (
        403,
        body('x is forbidden: User "system:serviceaccount:ci:bot" cannot patch resource "deployments"', "Forbidden"),
        "Forbidden",
        "--serviceaccount=ci:bot",
    ),
    "escalation": (
        403,
        body(
            'roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["a"]) is attempting to grant RBAC'
            " permissions not currently held",
            "Forbidden",
        ),
        "Escalation",
        "it would grant rights that you do not have yourself",
    ),
    "expired": (401, body("Unauthorized", "Unauthorized"), "Unauthorized", "log in again"),
    "terminating": (
        403,
        body(
            'configmaps "a" is forbidden: unable to create new content in namespace kf because it is being terminated',
            "Forbidden",
            causes=[cause("NamespaceTerminating", "namespace kf is being terminated", "metadata.namespace")],
        ),
        "NamespaceTerminating",
        "kubectl wait --for=delete namespace/kf",
    ),
    "conflict": (
        409,
        body(
            'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas',
            "Conflict",
            causes=[cause("FieldManagerConflict", 'conflict with "kubectl" using apps/v1', ".spec.replicas")],
        ),
        "FieldManagerConflict",
        ".spec.replicas (by kubectl)",
    ),
    "immutable": (
        422,
        body(
            "Deployment.apps is invalid",
            "Invalid",
            causes=[cause("FieldValueInvalid", 'Invalid value: {"a":"b"}: field is immutable', "spec.selector")],
        ),
        "Immutable",
        "spec.selector cannot be changed once it is created",
    ),
    "immutable-stateful-set": (
        422,
        body(
            "invalid",
            "Invalid",
            causes=[
                cause(
                    "FieldValueForbidden",
                    "Forbidden: updates to statefulset spec for fields other than 'replicas', ... are forbidden",
                    "spec",
                )
            ],
        ),
        "Immutable",
        "spec cannot be changed",
    ),
    "invalid": (
        422,
        body("x", "Invalid", causes=[cause("FieldValueRequired", "Required value", "spec.template")]),
        "Invalid",
        "spec.template: Required value",
    ),
    "unknown-field": (
        500,
        body(
            "failed to create typed patch object (kf/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in"
            " schema"
        ),
        "UnknownField",
        "unknown field 'spec.foo'",
    ),
    "unknown-field-strict": (
        400,
        body('strict decoding error: unknown field "spec.foo"', "BadRequest"),
        "BadRequest",
        "unknown field 'spec.foo'",
    ),
    "quota": (
        403,
        body(
            'pods "a" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2',
            "Forbidden",
        ),
        "QuotaExceeded",
        "exceeded quota: small",
    ),
    "webhook-unreachable": (
        500,
        body('Internal error occurred: failed calling webhook "v.example.com": connection refused', "InternalError"),
        "WebhookUnreachable",
        "the webhook 'v.example.com' that must admit it does not answer",
    ),
    "webhook-denied": (
        400,
        body('admission webhook "v.example.com" denied the request: no latest tags'),
        "WebhookDenied",
        "admission webhook 'v.example.com' denies it: no latest tags",
    ),
    "policy-denied": (
        403,
        body(
            "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'scc' with binding 'scc' denied request:"
            " runs as root",
            "Forbidden",
        ),
        "PolicyDenied",
        "admission policy 'scc' denies it: runs as root",
    ),
    "pod-security": (
        403,
        body('pods "a" is forbidden: violates PodSecurity "restricted:latest": privileged', "Forbidden"),
        "PodSecurity",
        "pod-security.kubernetes.io/enforce",
    ),
    "no-namespace": (
        404,
        body('namespaces "kf" not found', "NotFound", name="kf", kind="namespaces"),
        "NotFound",
        "namespace 'kf' does not exist",
    ),
    "not-served": (
        404,
        body("the server could not find the requested resource", "NotFound"),
        "NotServed",
        "the cluster does not serve deployments.apps",
    ),
    "too-large": (413, body("request entity too large"), "TooLarge", "is too large"),
    "too-large-for-etcd": (500, body("etcdserver: request is too large"), "TooLarge", "is too large"),
    "other": (507, body("disk full"), "", "the API server answers 507: disk full"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_refusal_is_recognised_and_explained(name: str):
    status, answer, reason, expected = CASES[name]
    error = refusal(answer, status, CALL)
    assert error.reason == reason
    assert error.status == status
    assert expected in str(error)


def test_every_row_of_the_table_is_used_by_a_case():
    used = {
        next(number for number, row in enumerate(REFUSALS) if row.matches({"code": status, **answer}))
        for status, answer, _, _ in CASES.values()
    }
    assert [row for number, row in enumerate(REFUSALS) if number not in used] == []


def test_immutable_fields_are_read_from_the_causes_and_not_from_the_word_invalid():
    status, answer, _, _ = CASES["immutable"]
    assert immutable_fields(refusal(answer, status, CALL)) == ("spec.selector",)
    status, answer, _, _ = CASES["invalid"]
    assert immutable_fields(refusal(answer, status, CALL)) == ()
