"""Rights: of who installs, and of what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kfinstall.doctor.containers import template_specs
from kfinstall.doctor.grouping import names, place, ref
from kfinstall.doctor.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    DEPLOYMENT,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
)
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.rbac import Account, Need, is_everything, may
from kfinstall.doctor.snapshot import Refused, Snapshot, Written
from kfinstall.health.model import part
from kfinstall.plan.templates import POD_TEMPLATES
from kfinstall.resource import Manifest, ResourceId, id_of

_COMPONENT = "kfinstall.dev/component"
_ESCALATION = re.compile(r"attempt to grant extra privileges|attempting to grant RBAC permissions not currently held")
_OLD_USER = re.compile(r"user=&\{(\S+) ")
_NEW_USER = re.compile(r'user "([^"]+)"')
_PODS = tuple(Need(verb, "", "pods") for verb in ("create", "delete", "get", "list", "watch"))
_SERVICES = tuple(Need(verb, "", "services") for verb in ("create", "delete", "list", "watch"))
_CLAIMS = tuple(Need(verb, "", "persistentvolumeclaims") for verb in ("create", "get"))


def _jobs(plural: str) -> tuple[Need, ...]:
    own = tuple(Need(verb, "kubeflow.org", plural) for verb in ("get", "list", "watch"))
    return (*own, Need("update", "kubeflow.org", f"{plural}/status"))


class _Controller(NamedTuple):
    account: str
    needs: tuple[Need, ...]


_CONTROLLERS = {
    "tf-operator": _Controller("tf-job-operator", (*_jobs("tfjobs"), *_PODS, *_SERVICES)),
    "pytorch-operator": _Controller("pytorch-operator", (*_jobs("pytorchjobs"), *_PODS, *_SERVICES)),
    "mpi-operator": _Controller("mpi-operator", (*_jobs("mpijobs"), *_PODS)),
    "xgboost-operator": _Controller("xgboost-operator", (*_jobs("xgboostjobs"), *_PODS, *_SERVICES)),
    "paddle-operator": _Controller("paddle-operator", (*_jobs("paddlejobs"), *_PODS, *_SERVICES)),
    "jupyter": _Controller("jupyter-hub", (*_PODS, *_CLAIMS)),
    "argo": _Controller("argo", (*_PODS, Need("list", "argoproj.io", "workflows"))),
}
"""Component -> the ServiceAccount of its controller, and what that cannot do without.

Source: training-operator v1.8.1 manifests/base/rbac; kubespawner 7.0 documentation; argo-workflows v3.7 manifests.
"""


def _find_missing_rights(snapshot: Snapshot) -> Iterator[Found]:
    answers = snapshot.answers
    if answers is None or not answers.forbidden:
        return
    user = answers.user or "this user"
    asked = tuple(
        f"{verb} {kind.kind}{f' in {namespace}' if namespace else ''}" for verb, kind, namespace in answers.forbidden
    )
    yield Found(
        ResourceId("", "User", "", user),
        f"user '{user}' may not {names(asked)}, which the install needs",
        _admin_hint(user, snapshot),
        evidence=(names(asked, 20),),
    )


def _admin_hint(user: str, snapshot: Snapshot) -> str:
    on_gke = snapshot.platform.platform == "gke"
    first = (
        f"gcloud projects add-iam-policy-binding PROJECT --member=user:{user} --role=roles/container.admin; or, "
        if on_gke
        else ""
    )
    return (
        f"{first}an administrator runs: kubectl create clusterrolebinding {_binding_name(user)} "
        f"--clusterrole=cluster-admin --user={user}"
    )


def _binding_name(user: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", user.lower()).strip("-") + "-admin"


def _find_escalations(snapshot: Snapshot) -> Iterator[Found]:
    refused = [one for one in (snapshot.answers.refused if snapshot.answers else ()) if _is_escalation(one)]
    if refused:
        user = (snapshot.answers.user if snapshot.answers else "") or _user_in(refused[0])
        yield Found(
            ResourceId("", "User", "", user),
            f"user '{user}' may not give rights that they have not themselves: {names(str(one.id) for one in refused)}",
            _admin_hint(user, snapshot),
            tuple(one.id for one in refused),
            tuple(one.message for one in refused[:3]),
            refused[0].origin,
        )


def _is_escalation(refused: Refused) -> bool:
    return refused.reason == "Escalation" or bool(_ESCALATION.search(refused.message))


def _user_in(refused: Refused) -> str:
    match = _NEW_USER.search(refused.message) or _OLD_USER.search(refused.message)
    return match[1] if match else "this user"


def _find_missing_accounts(snapshot: Snapshot) -> Iterator[Found]:
    rendered = {one.id: one.manifest for one in snapshot.rendered or ()}
    wanted: dict[ResourceId, list[ResourceId]] = {}
    for kind in POD_TEMPLATES:
        for manifest in snapshot.of(kind):
            for account in _accounts(Written(manifest, None)):
                wanted.setdefault(_id(account), []).append(id_of(manifest))
    for id, users in wanted.items():
        if snapshot.find(id) is None:
            fix = (Step("apply", rendered[id], f"{id} is made"),) if id in rendered else ()
            yield Found(
                id,
                f"ServiceAccount '{id.name}' is not there: no pod of {ref(users[0])} can be made",
                f"kubectl {place(id)}create serviceaccount {id.name}; one of a component: kfinstall apply",
                tuple(users),
                fix=fix,
            )


def _accounts(written: Written) -> Iterator[Account]:
    for spec in template_specs(written.manifest):
        name = str(spec.get("serviceAccountName") or "default")
        if name != "default":
            yield Account(written.id.namespace, name)


def _id(account: Account) -> ResourceId:
    return ResourceId(*SERVICE_ACCOUNT, account.namespace, account.name)


def _find_controllers_without_rights(snapshot: Snapshot) -> Iterator[Found]:
    for component, controller in _CONTROLLERS.items():
        for manifest in _workloads_of(component, snapshot):
            id = id_of(manifest)
            for account in _accounts(Written(manifest, None)):
                lacks = [one for one in controller.needs if not may(account, one, id.namespace, snapshot)]
                if account.name == controller.account and lacks:
                    yield Found(
                        _id(account),
                        f"ServiceAccount '{account.name}' may not {names(map(str, lacks))}; {ref(id)} needs it",
                        f"bring back its role and binding: kfinstall apply -c {component}; to see what it may: "
                        f"kubectl auth can-i --list --as={account.user} -n {id.namespace}",
                        (id,),
                    )


def _workloads_of(component: str, snapshot: Snapshot) -> Iterator[Manifest]:
    for manifest in snapshot.of(DEPLOYMENT, STATEFUL_SET):
        if part(manifest["metadata"], "labels").get(_COMPONENT) == component:
            yield manifest


def _find_everything_allowed(snapshot: Snapshot) -> Iterator[Found]:
    roles = {written.id: written.manifest for written in snapshot.written(ROLE, CLUSTER_ROLE)}
    for written in snapshot.written(ROLE_BINDING, CLUSTER_ROLE_BINDING):
        reference = part(written.manifest, "roleRef")
        namespace = written.id.namespace if reference.get("kind") == "Role" else ""
        id = ResourceId(written.id.group, str(reference.get("kind")), namespace, str(reference.get("name")))
        rules = roles.get(id, {}).get("rules") or ()
        if id.name != "cluster-admin" and not any(is_everything(rule) for rule in rules):
            continue
        for subject in written.manifest.get("subjects") or ():
            if subject.get("kind") == "ServiceAccount" and _is_looked_at(written, subject):
                yield Found(
                    written.id,
                    f"ServiceAccount '{subject.get('name')}' may do everything ({id.name}), and so may its pod",
                    "give it the rules it needs; what a component needs stands in its base",
                    (ResourceId(*SERVICE_ACCOUNT, str(subject.get("namespace") or ""), str(subject.get("name"))),),
                    origin=written.origin,
                )


def _is_looked_at(written: Written, subject: Mapping[str, str]) -> bool:
    """Look at all of a render; in a cluster, whose own parts are somebody else's, at components' bindings."""
    return written.origin is not None or _COMPONENT in part(part(written.manifest, "metadata"), "labels")


_RBAC = (ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING)

CHECKS = (
    Check(
        "KF201",
        "You may not do what the install needs",
        Severity.ERROR,
        _find_missing_rights,
        remedy="Have an administrator give you the rights.",
        docs="""The API server is asked, for each kind and namespace of what is to be installed, whether you may get,
list, create and patch it. The command in the hint has your name as the server knows it.""",
        needs=("live", "rendered", "access"),
        is_proven=True,
    ),
    Check(
        "KF202",
        "You may not give the rights that components need",
        Severity.ERROR,
        _find_escalations,
        remedy="Have an administrator bind you to cluster-admin, or install as one.",
        docs="""Kubernetes lets nobody give rights that they have not themselves (`attempt to grant extra privileges`).
Each role and binding is tried in a dry run, which is refused just as the real request would be. On GKE the
account needs roles/container.admin.""",
        needs=("live", "rendered", "access"),
        is_proven=True,
    ),
    Check(
        "KF203",
        "A ServiceAccount is missing",
        Severity.ERROR,
        _find_missing_accounts,
        remedy="Make it, or apply what brings it.",
        docs="""Pods that name a ServiceAccount which is not there are never made; only their owner says so
(`error looking up service account`). `--fix` makes it where it is part of what is installed.""",
        reads=(SERVICE_ACCOUNT,),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF204",
        "A controller may not do its work",
        Severity.ERROR,
        _find_controllers_without_rights,
        remedy="Apply the component's roles and bindings again.",
        docs="""What a component's controller cannot do without is compared with the roles that its ServiceAccount is
bound to. A controller without a right runs, looks healthy, and does nothing with its resources.""",
        reads=_RBAC,
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF205",
        "A component may do everything",
        Severity.WARNING,
        _find_everything_allowed,
        remedy="Give its ServiceAccount the rules that it needs.",
        docs="""Old guides bind cluster-admin to operators, or write a role of stars. Whoever gets into such a pod owns
the cluster. In a cluster only bindings of the platform's components are looked at, in a render all.""",
        needs=("written",),
        helps=_RBAC,
        is_proven=True,
    ),
)
