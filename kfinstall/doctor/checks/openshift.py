"""OpenShift's Security Context Constraints: which one pods need, and whether their ServiceAccount may use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.grouping import ref, said
from kfinstall.doctor.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    SCC,
    SERVICE,
    SERVICE_ACCOUNT,
    WORKLOADS,
)
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.rbac import Account, Need, may
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

ROUTE = GroupKind("route.openshift.io", "Route")
_GATEWAY = "ambassador"
_GROUP = "security.openshift.io"
_REFUSED = "security context constraint"
_ENOUGH: Mapping[str, tuple[str, ...]] = {
    "privileged": ("privileged",),
    "hostmount-anyuid": ("hostmount-anyuid-v2", "hostmount-anyuid", "privileged"),
    "anyuid": ("anyuid", "hostmount-anyuid-v2", "hostmount-anyuid", "privileged"),
    "nonroot-v2": ("nonroot-v2", "nonroot", "anyuid", "hostmount-anyuid-v2", "hostmount-anyuid", "privileged"),
}
"""The least constraint that pods need -> those that allow it too. Source: cluster-kube-apiserver-operator 4.16."""


def _find_unconstrained(snapshot: Snapshot) -> Iterator[Found]:
    if snapshot.platform.platform != "openshift":
        return
    for kind in WORKLOADS:
        for workload in snapshot.of(kind):
            if not workload["metadata"].get("ownerReferences"):
                yield from _missing_constraint(workload, snapshot)


def _missing_constraint(workload: Manifest, snapshot: Snapshot) -> Iterator[Found]:
    id, told = id_of(workload), _told(workload, snapshot)
    for spec in template_specs(workload):
        needed = least_constraint(spec) or ("anyuid" if told else "")
        account = Account(id.namespace, str(spec.get("serviceAccountName") or "default"))
        if not needed or _may_use(account, _ENOUGH[needed], snapshot):
            continue
        yield Found(
            ResourceId(*SERVICE_ACCOUNT, account.namespace, account.name),
            f"ServiceAccount '{account.name}' may not use the constraint {needed}, which {ref(id)} needs",
            f"oc -n {account.namespace} adm policy add-scc-to-user {needed} -z {account.name}; the openshift overlay "
            "does it: kfinstall apply --platform openshift",
            (id,),
            told,
            fix=(_binding(account, needed),),
        )


def _told(workload: Manifest, snapshot: Snapshot) -> tuple[str, ...]:
    makers = [workload, *snapshot.owned(workload)]
    return tuple(words for words in said(makers, snapshot, "FailedCreate") if _REFUSED in words)


def least_constraint(spec: Mapping[str, Any]) -> str:
    """Give the least constraint that pods of this spec need; empty where what everybody may use is enough."""
    securities = [part(spec, "securityContext"), *(part(one, "securityContext") for one in containers_of(spec))]
    users = {one["runAsUser"] for one in securities if one.get("runAsUser") is not None}
    if any(one.get("privileged") for one in securities) or spec.get("hostNetwork") or spec.get("hostPID"):
        return "privileged"
    if any("hostPath" in volume for volume in spec.get("volumes") or ()):
        return "hostmount-anyuid"
    if 0 in users:
        return "anyuid"
    return "nonroot-v2" if users or any(one.get("fsGroup") is not None for one in securities) else ""


def _may_use(account: Account, constraints: Sequence[str], snapshot: Snapshot) -> bool:
    """By a role (4.x), or because the constraint itself lists the account (3.x)."""
    for name in constraints:
        listed = snapshot.get(SCC, "", name) or {}
        is_listed = account.user in (listed.get("users") or ()) or set(account.groups) & set(listed.get("groups") or ())
        need = Need("use", _GROUP, "securitycontextconstraints", name)
        if is_listed or may(account, need, account.namespace, snapshot):
            return True
    return False


def _binding(account: Account, constraint: str) -> Step:
    role = {"apiGroup": CLUSTER_ROLE.group, "kind": CLUSTER_ROLE.kind, "name": f"system:openshift:scc:{constraint}"}
    manifest: Manifest = {
        "apiVersion": f"{ROLE_BINDING.group}/v1",
        "kind": ROLE_BINDING.kind,
        "metadata": {"name": f"{account.name}-{constraint}", "namespace": account.namespace},
        "roleRef": role,
        "subjects": [{"kind": "ServiceAccount", "name": account.name}],
    }
    return Step("apply", manifest, f"{account.user} may use the constraint {constraint}")


def _find_without_route(snapshot: Snapshot) -> Iterator[Found]:
    """Tell of the gateway that no Route leads to."""
    if snapshot.platform.platform != "openshift":
        return
    led_to = {
        (route["metadata"].get("namespace"), part(part(route, "spec"), "to").get("name"))
        for route in snapshot.of(ROUTE)
    }
    for service in snapshot.of(SERVICE):
        id = id_of(service)
        is_gateway = part(service["metadata"], "labels").get("kfinstall.dev/component") == _GATEWAY
        if is_gateway and id.name == _GATEWAY and (id.namespace, id.name) not in led_to:
            yield Found(
                id,
                "no Route leads to the gateway, so nothing of it can be reached from outside the cluster",
                f"oc -n {id.namespace} create route edge {id.name} --service={id.name}; the openshift overlay has it",
            )


CHECKS = (
    Check(
        "KF256",
        "Pods need a constraint of OpenShift that their ServiceAccount may not use",
        Severity.ERROR,
        _find_unconstrained,
        remedy="Bind the constraint's ClusterRole to the ServiceAccount; the openshift overlay does.",
        docs="""OpenShift gives each project users of its own. A pod that asks for a certain user, a group for its
volumes, a path of the host or more needs a constraint (SCC) that allows it, or it is never made: `unable to
validate against any security context constraint`. Which one is needed is computed from the pod template, and
what the ServiceAccount may use from roles, bindings and, on OpenShift 3, the constraint's own list. `--fix`
asks before it binds.""",
        reads=(ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING),
        helps=(SCC,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF257",
        "Nothing leads to the gateway from outside",
        Severity.WARNING,
        _find_without_route,
        remedy="Apply the openshift overlay, which brings a Route.",
        docs="""OpenShift's router answers for the hosts of Routes. On a cluster without load balancers a Service is
reached by one alone. (Images that insist on a user of their own are KF256.)""",
        reads=(SERVICE, ROUTE),
        is_proven=True,
    ),
)
