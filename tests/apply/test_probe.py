"""A webhook is tried through the API server before what it judges is sent."""

from __future__ import annotations

from kfinstall.errors import ClusterError
from kfinstall.resource import ResourceId
from tests.apply.sets import apply, new_cluster, parse
from tests.fakes import FakeCluster, Request

HOOK = """
apiVersion: v1
kind: Service
metadata: {name: hook, namespace: app}
spec: {selector: {app: hook}, ports: [{port: 443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: hook, namespace: app}
spec:
  selector: {matchLabels: {app: hook}}
  template:
    metadata: {labels: {app: hook}}
    spec: {containers: [{name: hook, image: "hook:1"}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
- name: pods.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {namespace: app, name: hook}, caBundle: eA==}
  objectSelector: {matchLabels: {judged: "yes"}}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  selector: {matchLabels: {judged: "yes"}}
  template:
    metadata: {labels: {judged: "yes"}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""
WEB = ResourceId("apps", "Deployment", "app", "web")
POD = Request("create", ResourceId("", "Pod", "app", "kfinstall-dry-run"))
DOWN = ClusterError("no answer", status=500, reason="WebhookUnreachable")


def refuse_pods(cluster: FakeCluster, times: int, error: ClusterError = DOWN) -> None:
    """Refuse the first pods that are tried."""
    left = iter(range(times))
    cluster.before.append(lambda _, request: error if request == POD and next(left, None) is not None else None)


def test_what_a_webhook_judges_is_sent_once_the_api_server_reaches_it():
    cluster = new_cluster("app")
    refuse_pods(cluster, 3)
    assert apply(cluster, parse(HOOK)).errors == []
    tries = [at for at, request in enumerate(cluster.requests) if request == POD]
    sent = [at for at, request in enumerate(cluster.requests) if request == ("apply", WEB)]
    assert len(tries) == 4
    assert tries[-1] < sent[-1]
    assert len(sent) == 2, "once without doing it, once for good"


def test_a_webhook_that_is_never_reached_fails_and_what_it_judges_is_skipped():
    cluster = new_cluster("app")
    refuse_pods(cluster, 10_000)
    outcome = apply(cluster, parse(HOOK))
    [error] = outcome.errors
    assert "ValidatingWebhookConfiguration.admissionregistration.k8s.io hook is in force" in error.message
    assert "cannot reach what answers it" in error.message
    assert WEB not in cluster.ids
    assert 120 <= cluster.clock.elapsed_s < 200


def test_another_refusal_says_that_the_webhook_was_reached():
    cluster = new_cluster("app")
    refuse_pods(cluster, 1, ClusterError("denied", status=403, reason="WebhookDenied"))
    assert apply(cluster, parse(HOOK)).errors == []
    assert cluster.requests.count(POD) == 1


def test_a_second_run_tries_nothing():
    cluster = new_cluster("app")
    apply(cluster, parse(HOOK))
    before = len(cluster.writes)
    assert apply(cluster, parse(HOOK)).summary.startswith("nothing to do")
    assert len(cluster.writes) == before
