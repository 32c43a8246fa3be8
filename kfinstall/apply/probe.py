"""Ask the API server, before anything depends on it, whether a webhook really answers: a dry run that it must admit.

The pods behind a webhook may be ready while the API server cannot reach them yet. What the webhook judges would then be
refused one by one, and pods that controllers make would fail without anybody asking us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.errors import ClusterError
from kfinstall.plan.model import Change, Edge
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import GroupKind, Manifest, ResourceId

WEBHOOKS: Final = frozenset(
    GroupKind("admissionregistration.k8s.io", f"{kind}WebhookConfiguration") for kind in ("Mutating", "Validating")
)
REACHED_WITHIN_S: Final = 120.0
UNREACHABLE: Final = "WebhookUnreachable"


def find_judged(
    id: ResourceId, edges: Iterable[Edge], changes: Callable[[ResourceId], Change | None]
) -> Manifest | None:
    """Give the first manifest that waits for a webhook and is going to be sent."""
    for edge in edges:
        change = changes(edge.after) if edge.before == id else None
        if change is not None and change.resource is not None and change.action != "keep":
            return change.resource.manifest
    return None


def wait_until_reached(id: ResourceId, judged: Manifest, cluster: Cluster, clock: Clock) -> None:
    """Wait until the API server reaches what answers a webhook.

    In:      `judged`: what the webhook will judge; where its pods may be meant, one of those is tried too.
    Raises:  ClusterError when it is not reached within two minutes.
    """
    began_s = clock.monotonic()
    for attempt in _attempts(judged, cluster):
        wait_s = 0.1
        while (error := _unreachable(attempt)) is not None:
            if clock.monotonic() - began_s >= REACHED_WITHIN_S:
                message = f"{id} is in force, and the API server cannot reach what answers it: {error.message}"
                raise ClusterError(message, hint=error.hint, status=error.status, reason=UNREACHABLE)
            clock.sleep(wait_s)
            wait_s = min(wait_s * 2, 2.0)


def _attempts(judged: Manifest, cluster: Cluster) -> list[Callable[[], object]]:
    pods = [_pod(judged, template) for template in pod_templates(judged) if judged["kind"] != "Pod"]
    tries: list[Callable[[], object]] = [lambda: cluster.apply(judged, force=True, dry_run=True)]
    return [*tries, *((lambda pod=pod: cluster.create(pod, dry_run=True)) for pod in pods[:1])]


def _pod(judged: Manifest, template: Any) -> Manifest:
    """Give a pod as a controller would make it."""
    place = {"name": "kfinstall-dry-run", "namespace": judged["metadata"].get("namespace")}
    metadata = {**(template.get("metadata") or {}), **place}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec") or {}}


def _unreachable(attempt: Callable[[], object]) -> ClusterError | None:
    """Try; any other refusal says that the webhook answered, or that the request never came so far."""
    try:
        attempt()
    except ClusterError as error:
        return error if error.reason == UNREACHABLE else None
    return None
