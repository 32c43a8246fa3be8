"""Pods that are refused before they exist, and webhooks that do not answer."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import Fault, Place
from tests.localplane.waiting import eventually

SYMPTOMS = ("KF706", "KF707")
QUOTA = """
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: small}
spec: {hard: {requests.cpu: "1"}}
"""
LIMITS = """
---
apiVersion: v1
kind: LimitRange
metadata: {name: bounds}
spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
"""


def webhook(name: str, fields: str) -> str:
    """Give a webhook of this namespace that judges only what carries its label."""
    return f"""
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{scope: cluster, name: {name}}}
webhooks:
- name: {name}.example.com
  clientConfig: {{caBundle: QQ==, service: {{namespace: "{{ns}}", name: gone}}}}
  objectSelector: {{matchLabels: {{judged-by: {name}}}}}
  rules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]
  admissionReviewVersions: [v1]
  sideEffects: None
  {fields}
"""


def _wait_for_quota(place: Place) -> None:
    """A quota counts once its controller has looked at it, and the API server has heard of that: pods that came before
    go, until one is refused.
    """
    place.kubectl("wait", "--for=jsonpath={.status.hard}", "resourcequota/small", "--timeout=60s")
    eventually(lambda: _is_refused(place))


def _is_refused(place: Place) -> bool:
    place.kubectl("delete", "pods", "--all", "--wait=true")
    failure = '{.status.conditions[?(@.type=="ReplicaFailure")].status}'
    return place.kubectl("get", "deployment", "web", "-o", f"jsonpath={failure}") == "True"


def _label_restricted(place: Place) -> None:
    place.kubectl("label", "namespace", place.namespace, "pod-security.kubernetes.io/enforce=restricted")
    place.kubectl("delete", "pods", "--all", "--wait=false")


FAULTS = (
    Fault(
        "pod-security",
        "KF206",
        "Deployment {ns}/web",
        deployment(""),
        says=("Pod Security restricted of namespace '{ns}' forbids allowPrivilegeEscalation", "=baseline"),
        also=SYMPTOMS,
        make=_label_restricted,
    ),
    Fault(
        "quota",
        "KF207",
        "ResourceQuota {ns}/small",
        QUOTA + "---\n" + deployment("", resources='{requests: {cpu: "1500m"}}'),
        says=("ResourceQuota 'small' lets no more pods in: requests.cpu 0 of 1",),
        also=SYMPTOMS,
        make=_wait_for_quota,
    ),
    Fault(
        "limit-range",
        "KF208",
        "LimitRange {ns}/bounds",
        LIMITS + "---\n" + deployment("", resources="{limits: {memory: 2Gi}, requests: {memory: 1Mi}}"),
        says=("container 'web' has 2Gi memory, and 1Gi is the most",),
        also=SYMPTOMS,
    ),
    Fault(
        "webhook-without-service",
        "KF209",
        "ValidatingWebhookConfiguration dead-webhook",
        webhook("dead-webhook", "failurePolicy: Fail"),
        says=("Service {ns}/gone does not exist",),
    ),
    Fault(
        "slow-webhook",
        "KF210",
        "ValidatingWebhookConfiguration slow-webhook",
        webhook("slow-webhook", "timeoutSeconds: 29"),
        says=("may hold up each request for 29 s",),
        also=("KF209",),
    ),
    Fault(
        "class-missing-runtime",
        "KF211",
        "RuntimeClass absent",
        deployment("runtimeClassName: absent, "),
        says=("the pods of deployment/web are refused",),
        also=SYMPTOMS,
    ),
    Fault(
        "class-missing-priority",
        "KF211",
        "PriorityClass absent",
        deployment("priorityClassName: absent, "),
        says=("the pods of deployment/web are refused",),
        also=SYMPTOMS,
    ),
)
