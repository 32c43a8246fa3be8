"""What only the API server can say of this user: who it is, what it may do, and what a dry run is refused for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Final

from kfinstall.apply.protocols import Cluster
from kfinstall.doctor.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, NAMESPACE, ROLE, ROLE_BINDING
from kfinstall.doctor.snapshot import Answers, Refused
from kfinstall.errors import ClusterError
from kfinstall.plan.conflicts import conflict_rules
from kfinstall.plan.owned import MANAGER
from kfinstall.plan.takeover import former_of
from kfinstall.resource import GroupKind, Manifest, Resource, id_of

WORKERS = 8
WRITES: Final = ("get", "list", "create", "patch")
"""The verbs that an apply needs for what it sends. Source: `kfinstall.apply.send` and `.observe`."""
_RIGHTS = (ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING)


def ask(resources: Sequence[Resource], cluster: Cluster) -> Answers:
    """Ask whether this user may write all of the resources; dry-run those that give rights, or that others write too.

    Out: rights that could not be asked about count as given: the apply will say it.
    """
    user, groups = who_am_i(cluster)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="kfinstall-ask") as pool:
        questions = _questions(resources)
        allowed = list(pool.map(lambda question: is_allowed(cluster, *question), questions))
        refused = (*dry_run_rights(resources, cluster, pool), *dry_run_conflicts(resources, cluster, pool))
    forbidden = tuple(question for question, is_given in zip(questions, allowed, strict=True) if not is_given)
    return Answers(user, groups, forbidden, refused)


def ask_as(user: str, resources: Sequence[Resource], cluster: Cluster) -> Answers:
    """Ask the same for another user, whom the connection acts as.

    Raises: ClusterError when we may not act as that user: all answers would be about nobody.
    """
    if not who_am_i(cluster)[0]:
        hint = f"see what you may: kubectl auth can-i impersonate users/{user}; an administrator may"
        raise ClusterError(f"you may not act as '{user}'", hint=hint, status=403, reason="Forbidden")
    return ask(resources, cluster)


def who_am_i(cluster: Cluster) -> tuple[str, tuple[str, ...]]:
    """Give the user's name and groups as the server sees them; empty where it does not say (before 1.28)."""
    question = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}}
    try:
        info = cluster.create(question)["status"]["userInfo"]
    except ClusterError:
        return "", ()
    return str(info.get("username") or ""), tuple(info.get("groups") or ())


def is_allowed(cluster: Cluster, verb: str, kind: GroupKind, namespace: str) -> bool:
    """Ask whether this user may use a verb on a kind."""
    info = cluster.kinds().get(kind)
    if info is None:
        return True
    attributes = {"verb": verb, "group": kind.group, "resource": info.plural, "namespace": namespace}
    question: dict[str, Any] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": attributes},
    }
    try:
        return bool(cluster.create(question)["status"]["allowed"])
    except ClusterError:
        return True


def _questions(resources: Iterable[Resource]) -> list[tuple[str, GroupKind, str]]:
    places = dict.fromkeys((resource.id.group_kind, resource.id.namespace) for resource in resources)
    return [(verb, kind, namespace) for kind, namespace in places for verb in WRITES]


def dry_run_rights(resources: Sequence[Resource], cluster: Cluster, pool: Executor) -> tuple[Refused, ...]:
    """Dry-run the resources that give rights to others; give what was refused."""
    answers = pool.map(lambda one: _dry_run(cluster, one), _to_dry_run(resources, cluster))
    return tuple(one for one in answers if one is not None)


def _to_dry_run(resources: Sequence[Resource], cluster: Cluster) -> list[Resource]:
    """Give the resources that grant rights, but for those whose namespace is known not to be there yet."""
    granting = [one for one in resources if one.id.group_kind in _RIGHTS]
    try:
        there = {str(one["metadata"]["name"]) for one in cluster.list(NAMESPACE)} | {""}
    except ClusterError:
        return granting
    return [one for one in granting if one.id.namespace in there]


def dry_run_conflicts(resources: Sequence[Resource], cluster: Cluster, pool: Executor) -> tuple[Refused, ...]:
    """Dry-run what others write too, and take nothing over from them; give what would end an apply."""
    kinds = dict.fromkeys(one.id.group_kind for one in resources)
    live = {id_of(one): one for found in pool.map(lambda kind: _live(kind, cluster), kinds) for one in found}
    shared = [one for one in resources if one.id in live and _is_shared(live[one.id])]
    answers = pool.map(lambda one: _dry_run(cluster, one, force=False), shared)
    return tuple(one for one in answers if one is not None and one.reason == "FieldManagerConflict")


def _live(kind: GroupKind, cluster: Cluster) -> Sequence[Manifest]:
    try:
        return cluster.list(kind)
    except ClusterError:
        return ()


def _is_shared(live: Manifest) -> bool:
    """Does somebody else write it, from whom an apply does not take it over anyway?"""
    entries = live["metadata"].get("managedFields") or ()
    others = {entry.get("manager") for entry in entries if not entry.get("subresource")} - {MANAGER}
    return bool(others) and not former_of(live)


def _dry_run(cluster: Cluster, resource: Resource, *, force: bool = True) -> Refused | None:
    try:
        cluster.apply(resource.manifest, force=force, dry_run=True)
    except ClusterError as error:
        if error.reason == "FieldManagerConflict" and not _would_fail(resource.manifest, error):
            return None
        said = f"{error.message} ({error.hint})" if error.hint else error.message
        return Refused(resource.id, error.reason, said, resource.origin)
    return None


def _would_fail(manifest: Manifest, conflict: ClusterError) -> bool:
    """Is there a field in conflict that its manifest neither takes over nor leaves to others?"""
    rules = conflict_rules(manifest)
    return not rules.always_forces and any(rules.policy_of(cause.field) == "fail" for cause in conflict.causes)
