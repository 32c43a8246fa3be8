"""What makes it pointless or wrong to begin, found before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kfinstall.apply.controllers import check_let_go
from kfinstall.apply.home import terminating
from kfinstall.apply.model import Installation, Options
from kfinstall.apply.protocols import Cluster
from kfinstall.apply.record import find_installations, own_ids
from kfinstall.apply.timeouts import timeout_of
from kfinstall.errors import ClusterError, InputError, KfinstallError
from kfinstall.plan.inventory import applyset_id
from kfinstall.plan.model import Change, Plan
from kfinstall.plan.owners import Owner, owner_of
from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId

NAMESPACE = GroupKind("", "Namespace")


def check_timeouts(resources: Sequence[Resource]) -> None:
    """Read all timeout annotations.

    Raises:  an ExceptionGroup of InputErrors for those that cannot be read.
    """
    errors = [error for resource in resources if (error := _timeout_error(resource))]
    if errors:
        raise ExceptionGroup("timeouts", errors)


def check_record(resources: Sequence[Resource], target: Installation) -> None:
    """See that none of the resources is what the installation is recorded in, or its lock.

    Raises:  an ExceptionGroup of InputErrors.
    """
    hint = f"give it another name, or the installation with --name; it is recorded in '{target.namespace}'"
    errors = [
        InputError(f"{one.id} is the record of this installation itself, or part of it", origin=one.origin, hint=hint)
        for one in resources
        if one.id in own_ids(target)
    ]
    if errors:
        raise ExceptionGroup("records", errors)


def _timeout_error(resource: Resource) -> InputError | None:
    try:
        timeout_of(resource, 0.0)
    except InputError as error:
        return error
    return None


def check_adoption(plan: Plan, options: Options, cluster: Cluster) -> None:
    """See that nothing to be written belongs to someone else, unless it is to be adopted.

    What a controller keeps as it is can only be adopted when the controller lets go of it.

    Raises:  an ExceptionGroup of ClusterErrors, one for each owner.
    """
    owned = _owned_by_others(plan)
    if options.adopt:
        check_let_go(owned, cluster)
        return
    if plan.before.given_to and not plan.is_noop:
        raise _given_error(plan)
    if owned:
        names = _installations(cluster, plan.after.namespace)
        errors = [_adoption_error(owner, changes, names) for owner, changes in owned.items()]
        raise ExceptionGroup("resources of another installation", errors)


def _owned_by_others(plan: Plan) -> Mapping[Owner, Sequence[Change]]:
    ours = applyset_id(plan.after.name, plan.after.namespace)
    owned: dict[Owner, list[Change]] = {}
    for change in plan.changes:
        observed = plan.observed.get(change.id) if change.action in {"create", "update", "recreate"} else None
        if owner := owner_of(observed.manifest, ours) if observed else None:
            owned.setdefault(owner, []).append(change)
    return owned


def _given_error(plan: Plan) -> ClusterError:
    return ClusterError(
        f"'{plan.before.name}' was given to {plan.before.given_to}",
        hint="change it there; to have it back, let that one go of it without deleting anything, then use --adopt",
        reason="OwnedByAnother",
    )


def _installations(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Give the names of the installations recorded beside ours, by ApplySet id; none where they may not be read."""
    try:
        return {applyset_id(one.name, one.namespace): one.name for one in find_installations(cluster, namespace)}
    except ClusterError:
        return {}


def _adoption_error(owner: Owner, changes: Sequence[Change], names: Mapping[str, str]) -> ClusterError:
    first = changes[0]
    what = f"{first.id} belongs" if len(changes) == 1 else f"{first.id} and {len(changes) - 1} more belong"
    name = names.get(owner.value)
    told = f"another installation, '{name}'" if name else owner.told
    hint = f"change that one with --name {name}, or take over what it has with --adopt" if name else owner.hint
    origin = first.resource.origin if first.resource else None
    return ClusterError(f"{what} to {told}", origin=origin, hint=hint, reason="OwnedByAnother")


def check_namespaces(plan: Plan, cluster: Cluster) -> None:
    """See that each namespace something is sent to is there or will be made, and is not being deleted.

    Raises:  an ExceptionGroup of errors, one for each namespace.
    """
    sent = [change for change in plan.changes if change.action in {"create", "update", "recreate"}]
    made = {change.id.name for change in sent if change.id.group_kind == NAMESPACE}
    users = {change.id.namespace: change for change in reversed(sent) if change.id.namespace}
    users |= {change.id.name: change for change in sent if change.id.group_kind == NAMESPACE}
    live = _live_namespaces(cluster, sorted(users))
    if live is None:
        return
    errors = [error for name, change in sorted(users.items()) if (error := _error(name, change, live, made))]
    if errors:
        raise ExceptionGroup("namespaces", errors)


def _live_namespaces(cluster: Cluster, names: Sequence[str]) -> dict[str, Manifest] | None:
    """Give the namespaces by name; None when this user may see none of them."""
    try:
        return {manifest["metadata"]["name"]: manifest for manifest in cluster.list(NAMESPACE)}
    except ClusterError as error:
        if error.status != 403:
            raise
    try:
        found = {name: cluster.get(ResourceId("", "Namespace", "", name)) for name in names}
    except ClusterError as error:
        if error.status != 403:
            raise
        return None
    return {name: manifest for name, manifest in found.items() if manifest is not None}


def _error(name: str, change: Change, live: dict[str, Manifest], made: set[str]) -> KfinstallError | None:
    origin = change.resource.origin if change.resource else None
    if name in live and live[name]["metadata"].get("deletionTimestamp"):
        error = terminating(live[name])
        error.origin = origin
        return error
    if name not in live and name not in made:
        return InputError(
            f"namespace '{name}' does not exist, and nothing here makes it",
            origin=origin,
            hint=f"add a Namespace '{name}', or make it first: kubectl create namespace {name}",
        )
    return None
