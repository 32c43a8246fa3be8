"""Workflows of Argo: the rights of their steps, pods that were taken away, and locks that they wait for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kfinstall.doctor.grouping import ids, names, place
from kfinstall.doctor.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CONFIG_MAP,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    WORKFLOW,
)
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.rbac import Account, Need, may
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.errors import InputError
from kfinstall.health.model import part
from kfinstall.manifest import parse_plain
from kfinstall.resource import Manifest, ResourceId, id_of

_RIGHTS: Final = tuple(Need(verb, "argoproj.io", "workflowtaskresults") for verb in ("create", "patch"))
"""What the executor beside each step needs. Source: argo-workflows, docs/workflow-rbac.md, since 3.4."""
_RBAC: Final = (ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING)
_CONTROLLER: Final = "workflow-controller-configmap"
_DELETED: Final = "pod deleted"
"""Source: argo-workflows, workflow/controller/operator.go, the message of a node whose pod is gone."""


def _find_stuck(snapshot: Snapshot) -> Iterator[Found]:
    yield from _find_without_rights(snapshot)
    for workflow in snapshot.of(WORKFLOW):
        yield from _find_deleted(workflow)
        yield from _find_waiting(workflow)


def _find_without_rights(snapshot: Snapshot) -> Iterator[Found]:
    if not all(map(snapshot.has, _RBAC)):
        return
    groups: dict[Account, list[Manifest]] = {}
    for workflow in snapshot.of(WORKFLOW):
        if part(workflow, "status").get("phase") not in ("Succeeded", "Failed"):
            groups.setdefault(_account(workflow, snapshot), []).append(workflow)
    for account, workflows in groups.items():
        missing = [need for need in _RIGHTS if not may(account, need, account.namespace, snapshot)]
        if missing:
            yield _without_rights(account, missing, workflows)


def _without_rights(account: Account, missing: Sequence[Need], workflows: Sequence[Manifest]) -> Found:
    id = ResourceId(*SERVICE_ACCOUNT, *account)
    verbs = ",".join(need.verb for need in missing)
    role = f"kubectl {place(id)}create role {account.name}-steps --verb={verbs} --resource={missing[0].resource}"
    bind = f"kubectl {place(id)}create rolebinding {account.name}-steps --role={account.name}-steps"
    return Found(
        id,
        f"steps of {names(str(one['metadata']['name']) for one in workflows)} run as it and cannot say how they ended: "
        f"it may not {' and '.join(need.verb for need in missing)} workflowtaskresults.argoproj.io",
        f"{role}.argoproj.io && {bind} --serviceaccount={account.namespace}:{account.name}; or run them as an account "
        "that may: spec.serviceAccountName",
        ids(workflows),
    )


def _account(workflow: Manifest, snapshot: Snapshot) -> Account:
    """Give as whom the steps of a workflow run: as it says, else as its controller's defaults say."""
    namespace = str(workflow["metadata"].get("namespace"))
    said = part(workflow, "spec").get("serviceAccountName") or snapshot.memo("argo's account", _default_account)
    return Account(namespace, str(said or "default"))


def _default_account(snapshot: Snapshot) -> str:
    for found in snapshot.of(CONFIG_MAP):
        if found["metadata"]["name"] == _CONTROLLER:
            defaults = _parsed(part(found, "data").get("workflowDefaults"))
            return str(part(defaults, "spec").get("serviceAccountName") or "")
    return ""


def _parsed(text: object) -> Mapping[str, Any]:
    try:
        value = parse_plain(str(text or ""), _CONTROLLER)
    except (InputError, ExceptionGroup):
        return {}
    return value if isinstance(value, Mapping) else {}


def _find_deleted(workflow: Manifest) -> Iterator[Found]:
    nodes = part(part(workflow, "status"), "nodes").values()
    gone = [str(node.get("displayName") or node.get("name")) for node in nodes if node.get("message") == _DELETED]
    if gone:
        id = id_of(workflow)
        yield Found(
            id,
            f"the pods of its steps {names(gone)} were deleted before they ended",
            "its node was drained or scaled down, or someone deleted them; give the steps a retryStrategy, or keep the "
            f"node: kubectl {place(id)}annotate pod NAME cluster-autoscaler.kubernetes.io/safe-to-evict=false",
            severity=Severity.WARNING,
        )


def _find_waiting(workflow: Manifest) -> Iterator[Found]:
    for kind, state in part(part(workflow, "status"), "synchronization").items():
        for lock in state.get("waiting") or () if isinstance(state, Mapping) else ():
            name = str(lock.get(kind) or "?").rpartition("/")[2]
            holders = [str(one) for one in lock.get("holders") or ()]
            held = f", which {names(holders)} hold" if holders else ""
            yield Found(
                id_of(workflow),
                f"it waits for the {kind} '{name}'{held}",
                "wait until they end, end them, or give the semaphore a higher number in its ConfigMap",
                severity=Severity.INFO,
            )


CHECKS = (
    Check(
        "KF811",
        "A workflow cannot go on",
        Severity.ERROR,
        _find_stuck,
        remedy="By what it says: give the account its rights, retry steps whose pods go, or wait.",
        docs="""Beside each step runs an executor that writes how it ended as a WorkflowTaskResult, as the
ServiceAccount of the workflow. Without the right to create and patch those, steps end with an error
after their work was done. A pod that is deleted under a step is an error of the step. A workflow that
waits for a semaphore or a mutex says who holds it.""",
        reads=(WORKFLOW,),
        helps=(*_RBAC, CONFIG_MAP),
        is_proven=True,
    ),
)
