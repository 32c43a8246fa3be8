"""Health of what the API server itself serves or asks: Namespace, CustomResourceDefinition, APIService, webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.health.model import Health, Live, Status, current, failed, in_progress, part
from kfinstall.health.reading import condition, conditions, explain, first_words, is_false, is_true


def judge_namespace(live: Live) -> Health:
    """Active."""
    if live.status.get("phase") == "Terminating":
        return Health(Status.TERMINATING, why_terminating(live))
    return current()


def why_terminating(live: Live) -> str:
    """Give what a removal waits for: a namespace's own words, else the finalizers and so who holds them."""
    if words := [explain(c) for c in conditions(live.manifest) if _blocks_removal(c)]:
        return f"is being deleted: {'; '.join(words)}"
    finalizers = live.metadata.get("finalizers") or part(live.manifest, "spec").get("finalizers") or ()
    return f"is being deleted: waits for finalizer {', '.join(finalizers)}" if finalizers else "is being deleted"


def _blocks_removal(found: Mapping[str, Any]) -> bool:
    return str(found.get("type")).startswith(("Namespace", "Terminating")) and found.get("status") == "True"


def judge_crd(live: Live) -> Health:
    """Established, under the names it asks for."""
    if is_false(live.manifest, "NamesAccepted"):
        return failed(f"its names are taken: {explain(condition(live.manifest, 'NamesAccepted'))}")
    if is_true(live.manifest, "Established"):
        return current()
    if condition(live.manifest, "Established").get("reason") == "NotAccepted":
        return failed(f"is not served: {explain(condition(live.manifest, 'Established'))}")
    if is_true(live.manifest, "NonStructuralSchema"):
        return failed(f"its schema is not accepted: {explain(condition(live.manifest, 'NonStructuralSchema'))}")
    return in_progress("is not served yet")


def judge_api_service(live: Live) -> Health:
    """Available: the API server reaches what stands behind it."""
    if is_true(live.manifest, "Available"):
        return current()
    found = condition(live.manifest, "Available")
    return in_progress(f"is not available: {explain(found)}" if found else "has not been checked yet")


def judge_webhooks(live: Live) -> Health:
    """Each webhook behind a Service has the CA bundle with which the API server can trust it.

    Bundles are often filled in by a controller afterwards; a call before that is refused.
    """
    for webhook in live.manifest.get("webhooks") or ():
        client = part(webhook, "clientConfig")
        if "service" in client and not client.get("caBundle"):
            return in_progress(f"webhook '{webhook.get('name')}' has no caBundle yet")
    return current()


def judge_admission_policy(live: Live) -> Health:
    """Its expressions have been type-checked."""
    warnings = part(live.status, "typeChecking").get("expressionWarnings") or ()
    words = "; ".join(f"{w.get('fieldRef')}: {w.get('warning')}" for w in warnings)
    return current(f"has type warnings: {first_words(words)}" if words else "")


def judge_flow_schema(live: Live) -> Health:
    """The priority level it names is there."""
    dangling = condition(live.manifest, "Dangling")
    return in_progress(explain(dangling)) if dangling.get("status") == "True" else current()


def judge_signing_request(live: Live) -> Health:
    """Approved and signed; a denial is final."""
    for type_ in ("Denied", "Failed"):
        if is_true(live.manifest, type_):
            return failed(explain(condition(live.manifest, type_)) or type_)
    return current() if live.status.get("certificate") else in_progress("has not been signed yet")


def judge_node(live: Live) -> Health:
    """Ready."""
    ready = condition(live.manifest, "Ready")
    if ready.get("status") == "True":
        return current()
    return in_progress(f"is not ready: {explain(ready)}" if ready else "its kubelet has not reported yet")
