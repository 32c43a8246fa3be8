"""The record of what is installed: is it of this cluster, and is all of it there?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kfinstall.doctor.grouping import names
from kfinstall.doctor.kinds import CONFIG_MAP, CRD, DAEMON_SET, DEPLOYMENT, POD, SERVICE, STATEFUL_SET
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.redact import MEMBER
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import Manifest, ResourceId, id_of

_MANAGED_BY = ("app.kubernetes.io/managed-by", "kfinstall")


class _Member(NamedTuple):
    id: ResourceId
    uid: str


def _find_foreign(snapshot: Snapshot) -> Iterator[Found]:
    label, ours = _MANAGED_BY
    for record in snapshot.of(CONFIG_MAP):
        if part(record["metadata"], "labels").get(label) != ours:
            continue
        there = [(one, live) for one in _members(record) if (live := snapshot.find(one.id)) is not None]
        others = [one for one, live in there if live["metadata"].get("uid") != one.uid]
        if others and len(others) == len(there):
            id = id_of(record)
            yield Found(
                id,
                f"it records what is in another cluster, or was before a backup: of {len(there)} resources that are "
                f"here none is the one it names ({names(f'{one.id.kind} {one.id.name}' for one in others)})",
                f"see that this is the cluster you mean; then take over what is here: kfinstall apply --name {id.name} "
                f"-n {id.namespace} --adopt",
                tuple(one.id for one in others),
            )


_TOLD: Final = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, CRD)
"""Kinds whose absence no other check tells: a ServiceAccount or a ConfigMap that is gone is missed by its users."""


def _find_gone(snapshot: Snapshot) -> Iterator[Found]:
    label, ours = _MANAGED_BY
    for record in snapshot.of(CONFIG_MAP):
        if part(record["metadata"], "labels").get(label) != ours or record["metadata"].get("deletionTimestamp"):
            continue
        for one in _members(record):
            kind = one.id.group_kind
            if kind in _TOLD and one.uid and snapshot.has(kind) and snapshot.find(one.id) is None:
                yield Found(
                    one.id,
                    f"{one.id.kind} '{one.id.name}' was installed with '{record['metadata']['name']}', and is gone",
                    "kfinstall apply makes it anew; see what else differs: kfinstall status",
                    tuple(_services_of(one.id, snapshot)),
                )


def _services_of(workload: ResourceId, snapshot: Snapshot) -> Iterator[ResourceId]:
    """Give the Services that reach nothing without a workload, as its name tells: its labels went with it."""
    for service in snapshot.in_namespace(SERVICE, workload.namespace) if workload.namespace else ():
        selector = part(part(service, "spec"), "selector")
        if workload.name in selector.values() and not any(snapshot.labelled(POD, workload.namespace, selector)):
            yield id_of(service)


def _members(record: Manifest) -> Iterator[_Member]:
    """Give what a record names with its uid; what it did not come to make has none."""
    for match in MEMBER.finditer(str(part(record, "data").get("members") or "")):
        yield _Member(ResourceId(match["group"], match["kind"], match["namespace"], match["name"]), match["uid"])


CHECKS = (
    Check(
        "KF012",
        "The record of an installation is of another cluster",
        Severity.ERROR,
        _find_foreign,
        remedy="See which cluster this is; take over what is here with apply --adopt.",
        docs="""What kfinstall has installed is recorded with the uid of each resource. After a backup was
restored into a new cluster, or a record was copied, the resources have the same names and other uids:
nothing of them would be removed, and they would be taken for those of another. It is told where no
resource that is here is the one that was recorded.""",
        reads=(CONFIG_MAP,),
        is_proven=True,
    ),
    Check(
        "KF715",
        "Something that was installed is gone",
        Severity.ERROR,
        _find_gone,
        remedy="Apply again.",
        docs="""The record of an installation names what it made. A workload or a CustomResourceDefinition of it that
is not there was deleted by somebody else; with a definition all its resources went.""",
        reads=(CONFIG_MAP,),
        helps=(CRD, DEPLOYMENT, STATEFUL_SET, DAEMON_SET, SERVICE, POD),
        is_proven=True,
    ),
)
