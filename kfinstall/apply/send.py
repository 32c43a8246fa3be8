"""What the workers of a run do: send one change, remove one resource, wait until a new kind is served. Blocking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kfinstall.apply.foreign import find_inside
from kfinstall.apply.holders import held_by
from kfinstall.apply.messages import Removed
from kfinstall.apply.model import Options
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.yielding import without_fields
from kfinstall.cluster.redact import redact_error
from kfinstall.errors import ClusterError
from kfinstall.plan.conflicts import Rules, conflict_rules
from kfinstall.plan.kinds import NAMESPACE, kind_of_crd
from kfinstall.plan.model import Change
from kfinstall.plan.takeover import former_of, taken_over
from kfinstall.resource import GVK, GroupKind, Manifest, ResourceId, id_of

ON_IMMUTABLE: Final = "kfinstall.dev/on-immutable"
NEVER_RECREATED = frozenset(
    {
        GroupKind("", "Namespace"),
        GroupKind("", "PersistentVolume"),
        GroupKind("", "PersistentVolumeClaim"),
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
    }
)
"""Deleting one of these deletes what people keep in it."""
BY_HAND: Final = "change it back, or move the data and delete it by hand"

BOUND_TO_THEIR_NAME = frozenset({GroupKind("apiregistration.k8s.io", "APIService")})
"""Kinds whose name says what they are for, so that there can be none like it under another."""

ALLOCATED: Final = frozenset({"clusterIP", "clusterIPs", "healthCheckNodePort", "loadBalancerIP"})
"""What of a Service only one can have; a headless one says `None` and has none."""

PATIENCE_S: Mapping[str, float] = {"WebhookUnreachable": 120.0, "NotServed": 30.0, "Conflict": 10.0}
"""How long a refusal is answered by trying again, by reason: its cause is often on its way."""

TAKEOVER_TRIES: Final = 5

OWNERS = frozenset(
    {
        GroupKind("apps", "Deployment"),
        GroupKind("apps", "StatefulSet"),
        GroupKind("apps", "DaemonSet"),
        GroupKind("apps", "ReplicaSet"),
        GroupKind("batch", "Job"),
        GroupKind("batch", "CronJob"),
    }
)
"""Built-in kinds that are gone only when the pods they made are: deleted in the foreground, unless their namespace
goes too and takes them along. (Of custom resources the garbage collector learns only after a while.)"""


def send_change(change: Change, live: Manifest | None, cluster: Cluster, clock: Clock, options: Options) -> Manifest:
    """Apply one change; give what the server has then. One that is on its way out is waited for first.

    In:      `live`: what was there when the plan was made.
    Raises:  ClusterError with the origin of the resource; no value of a Secret is in it.
    """
    assert change.resource is not None
    manifest = change.resource.manifest
    try:
        if live is not None and live["metadata"].get("deletionTimestamp"):
            _wait_until_gone(change.id, str(live["metadata"]["uid"]), cluster, clock, options.timeout_s)
        if change.action == "recreate":
            return recreate(manifest, change.version, cluster, clock, options)
        if live is not None and former_of(live):
            _take_over(live, change, cluster)
        return _apply_patiently(manifest, change.version, cluster, clock, options)
    except ClusterError as error:
        redact_error(error, manifest, live or {})
        error.origin = error.origin or change.resource.origin
        if error.reason == "Immutable" and change.id.group_kind in NEVER_RECREATED:
            error.hint = BY_HAND
        raise


def _take_over(live: Manifest, change: Change, cluster: Cluster) -> None:
    """Make the fields of a former manager ours; its status and whatever others own stay theirs."""
    now: Manifest | None = live
    for tries_left in reversed(range(TAKEOVER_TRIES)):
        if now is None or not former_of(now):
            return
        try:
            cluster.update(taken_over(now))
            return
        except ClusterError as error:
            if error.status != 409 or not tries_left:
                raise
        now = cluster.get(change.id, change.version)  # a controller wrote meanwhile


def _apply_patiently(manifest: Manifest, version: str, cluster: Cluster, clock: Clock, options: Options) -> Manifest:
    annotations = manifest["metadata"].get("annotations") or {}
    rules = conflict_rules(manifest, options.on_conflict)
    began_s, wait_s = clock.monotonic(), 0.1
    while True:
        try:
            return cluster.apply(manifest, force=rules.always_forces)
        except ClusterError as error:
            if error.reason == "FieldManagerConflict":
                return _settle(manifest, rules, error, cluster)
            if error.reason == "Immutable" and annotations.get(ON_IMMUTABLE) == "recreate":
                return recreate(manifest, version, cluster, clock, options)
            if clock.monotonic() - began_s >= PATIENCE_S.get(_patience_key(error), 0.0):
                raise
        clock.sleep(wait_s)
        wait_s = min(wait_s * 2, 2.0)


def _settle(manifest: Manifest, rules: Rules, conflict: ClusterError, cluster: Cluster) -> Manifest:
    """Apply again as the rules for the conflicting fields say: without those that yield, and taking the others over.

    Raises:  the conflict, where the rules say so of one of its fields.
    """
    policies = {cause: rules.policy_of(cause.field) for cause in conflict.causes}
    if "fail" in policies.values():
        raise conflict
    yielding = [cause for cause, policy in policies.items() if policy == "yield"]
    return cluster.apply(without_fields(manifest, yielding), force="force" in policies.values())


def _patience_key(error: ClusterError) -> str:
    return "NotServed" if error.status == 404 and error.reason == "NotServed" else error.reason


def recreate(manifest: Manifest, version: str, cluster: Cluster, clock: Clock, options: Options) -> Manifest:
    """Delete a resource and create it anew, after the server agreed, without doing it, to create one like it.

    Raises:  ClusterError when the kind is never recreated, or the server would refuse the new one.
    """
    id = id_of(manifest)
    if id.group_kind in NEVER_RECREATED:
        message = f"{id}: a {id.kind} is never recreated, what is kept in it would be lost"
        raise ClusterError(message, hint=BY_HAND, reason="Immutable")
    _prove_creation(manifest, cluster)
    live = cluster.get(id, version)
    if live is not None:
        cluster.delete(id, uid=str(live["metadata"]["uid"]), propagation="Foreground")
        _wait_until_gone(id, str(live["metadata"]["uid"]), cluster, clock, options.timeout_s)
    return cluster.apply(manifest, force=True)


def _prove_creation(manifest: Manifest, cluster: Cluster) -> None:
    """See that the server would create a resource like this one.

    Raises:  ClusterError when it would not.
    """
    if id_of(manifest).group_kind not in BOUND_TO_THEIR_NAME:
        cluster.create(_twin(manifest), dry_run=True)
        return
    try:
        cluster.create(manifest, dry_run=True)
    except ClusterError as error:
        if error.status != 409:
            raise  # with 409 there is nothing else against it than that it exists


def _twin(manifest: Manifest) -> Manifest:
    """Give the manifest under another name and without what only one resource can have."""
    name = manifest["metadata"]["name"][:30].rstrip(".-")  # a CronJob's may have 52 characters
    metadata = {**manifest["metadata"], "name": f"{name}-kfinstall-dry-run"}
    twin = {**manifest, "metadata": metadata}
    if manifest.get("kind") == "Service":
        spec = {key: value for key, value in manifest["spec"].items() if key not in ALLOCATED or value == "None"}
        ports = [{k: v for k, v in port.items() if k != "nodePort"} for port in spec.get("ports") or ()]
        twin["spec"] = {**spec, "ports": ports}
    return twin


def _wait_until_gone(id: ResourceId, uid: str, cluster: Cluster, clock: Clock, timeout_s: float) -> None:
    began_s, wait_s = clock.monotonic(), 0.05
    while (live := cluster.get(id)) is not None and live["metadata"]["uid"] == uid:
        if clock.monotonic() - began_s > timeout_s:
            raise ClusterError(f"{id} is not gone after {timeout_s:.0f} s{held_by(live)}", reason="Timeout")
        clock.sleep(wait_s)
        wait_s = min(wait_s * 2, 2.0)


def wait_until_served(crd: Manifest, cluster: Cluster, clock: Clock) -> None:
    """Wait until the API server serves all versions of a CustomResourceDefinition that is established.

    Raises:  ClusterError when it does not within half a minute.
    """
    kind, began_s = kind_of_crd(crd), clock.monotonic()
    for version in kind.versions:
        wait_s = 0.02
        while not cluster.serves(GVK(kind.group, version, kind.kind)):
            if clock.monotonic() - began_s > PATIENCE_S["NotServed"]:
                raise ClusterError(
                    f"{id_of(crd)} is established, but the API server does not serve {kind.group}/{version}",
                    hint="the API server's log says why",
                    reason="NotServed",
                )
            clock.sleep(wait_s)
            wait_s = min(wait_s * 2, 1.0)
    cluster.learn(kind)


def remove(
    change: Change,
    live: Manifest | None,
    cluster: Cluster,
    options: Options,
    ours: frozenset[str],
    propagation: str,
) -> Removed:
    """Delete one resource, by its uid; a definition is looked into first (a namespace was, see `Emptiness`).

    In:      `ours`: the uids of all that this run removes or has removed.
    """
    if live is None:
        return Removed(change.id)
    if change.if_empty and change.id.group_kind != NAMESPACE:
        inside = find_inside(live, cluster, ours, ignore_data=options.delete_data)
        if inside:
            return Removed(change.id, kept=kept_for(inside))
    uid = str(live["metadata"]["uid"])
    return Removed(change.id, cluster.delete(change.id, uid=uid, propagation=propagation))


def kept_for(inside: Sequence[str]) -> str:
    """Say why something stays that holds what is not ours."""
    more = f" and {len(inside) - 3} more" if len(inside) > 3 else ""
    return f"{', '.join(inside[:3])}{more} would be lost with it"


def look_after(id: ResourceId, uid: str, cluster: Cluster) -> Removed:
    """See whether a resource that was deleted is gone."""
    live = cluster.get(id)
    return Removed(id, live if live is not None and live["metadata"]["uid"] == uid else None)
