"""Changes in the cluster that make good what was found, where the check itself does not bring one.

All of them are shown and asked about first, but for what is created as it was rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from kfinstall.doctor.changing import update
from kfinstall.doctor.gpus import is_plugin
from kfinstall.doctor.kinds import (
    CLAIM,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CRD,
    DAEMON_SET,
    DEPLOYMENT,
    JOB,
    NAMESPACE,
    NODE,
    ROLE,
    ROLE_BINDING,
    SECRET,
    STATEFUL_SET,
    STORAGE_CLASS,
    VOLUME,
)
from kfinstall.doctor.model import Finding, Step
from kfinstall.doctor.rbac import Account, is_bound
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import Manifest, ResourceId, id_of

Fix: TypeAlias = Callable[[Finding, Snapshot], Iterator[Step]]

NEVER_DELETED: Final = frozenset({CLAIM, VOLUME, NAMESPACE, CRD, SECRET, STORAGE_CLASS})
"""What holds data or secrets, or takes others along: that is deleted by a person alone."""
_MADE_ANEW: Final = frozenset({DEPLOYMENT, DAEMON_SET, STATEFUL_SET, JOB, ROLE_BINDING, CLUSTER_ROLE_BINDING})
_OF_CONTROL_PLANES: Final = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_FORMER: Final = ("ksonnet.io/managed", "ksonnet.io/component")


def _let_nodes_take_pods(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    """Uncordon all nodes; where none is cordoned, take the taint of control planes away, as `kubectl taint` would."""
    cordoned = [one for one in snapshot.of(NODE) if part(one, "spec").get("unschedulable")]
    for node in cordoned:
        yield update(node, ("spec", "unschedulable"), lambda _: False, f"node {_name(node)} takes pods again")
    for node in () if cordoned else snapshot.of(NODE):
        if any(taint.get("key") in _OF_CONTROL_PLANES for taint in part(node, "spec").get("taints") or ()):
            yield update(node, ("spec", "taints"), _untainted, f"control plane {_name(node)} takes pods of others too")


def _untainted(taints: Any) -> list[Any]:
    return [taint for taint in taints or () if taint.get("key") not in _OF_CONTROL_PLANES]


def _give_back_rights(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    """Apply the roles and bindings that were rendered for the account."""
    account = Account(finding.subject.namespace, finding.subject.name)
    rendered = {one.id: one.manifest for one in snapshot.rendered or ()}
    for id, binding in rendered.items():
        if id.group_kind in (ROLE_BINDING, CLUSTER_ROLE_BINDING) and is_bound(binding, account):
            for each in (_role_of(binding, id), id):
                if each in rendered:
                    yield Step("apply", rendered[each], f"{each}, which {account.user} needs, is as it was rendered")


def _role_of(binding: Manifest, id: ResourceId) -> ResourceId:
    reference = part(binding, "roleRef")
    is_role = reference.get("kind") == ROLE.kind
    return ResourceId(*(ROLE if is_role else CLUSTER_ROLE), id.namespace if is_role else "", str(reference.get("name")))


def _install_plugin(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    for one in snapshot.rendered or ():
        if one.id.group_kind == DAEMON_SET and is_plugin(one.manifest) and snapshot.find(one.id) is None:
            yield Step("apply", one.manifest, f"{one.id} is created as it is rendered: it offers the GPUs")


def _make_anew(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    wanted = _rendered(finding.subject, snapshot)
    if wanted is not None and finding.subject.group_kind in _MADE_ANEW:
        yield Step("recreate", wanted, f"{finding.subject} is deleted and made anew; its pods go with it")


def _as_rendered(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    wanted = _rendered(finding.subject, snapshot)
    if wanted is not None and finding.subject.group_kind != SECRET:
        yield Step("apply", wanted, f"{finding.subject} is as it was rendered, whoever manages it")


def _remove(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    live = snapshot.find(finding.subject)
    if live is not None and finding.subject.group_kind not in NEVER_DELETED:
        yield Step("delete", live, f"{finding.subject} is removed")


def _strip(finding: Finding, snapshot: Snapshot) -> Iterator[Step]:
    found = [(id, live) for id in finding.affects if (live := snapshot.find(id)) is not None]
    # a controller copies annotations to what it owns: owners first
    for id, live in sorted(found, key=lambda one: bool(one[1]["metadata"].get("ownerReferences"))):
        if id.group_kind != SECRET:  # its values were not collected, and would be lost
            yield update(live, ("metadata",), _without_former, f"{id} loses what ksonnet wrote on it")


def _without_former(metadata: Manifest) -> Manifest:
    kept = {name: _left(metadata.get(name)) for name in ("annotations", "labels") if metadata.get(name)}
    return {**metadata, **kept}


def _left(marks: Any) -> dict[str, Any]:
    return {key: value for key, value in (marks or {}).items() if key not in _FORMER}


def _rendered(id: ResourceId, snapshot: Snapshot) -> Manifest | None:
    return next((one.manifest for one in snapshot.rendered or () if one.id == id), None)


def _name(manifest: Manifest) -> str:
    return id_of(manifest).name


FIXES: Final[Mapping[str, Fix]] = {
    "KF104": _let_nodes_take_pods,
    "KF204": _give_back_rights,
    "KF605": _install_plugin,
    "KF712": _make_anew,
    "KF713": _remove,
    "KF714": _as_rendered,
    "KF757": _strip,
    "KF816": _remove,
}
"""Check -> what makes its finding good."""


def steps_of(finding: Finding, snapshot: Snapshot) -> tuple[Step, ...]:
    """Give the changes that make a finding good: those its check brought, else those of the table."""
    fix = FIXES.get(finding.check)
    return finding.fix or (tuple(fix(finding, snapshot)) if fix else ())
