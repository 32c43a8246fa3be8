"""Jupyter servers that do not come up, said in the name of whom they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.fitting import pod_requests
from kfinstall.doctor.gpus import GPUS
from kfinstall.doctor.grouping import names, place
from kfinstall.doctor.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    DEPLOYMENT,
    POD,
    ROLE,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
)
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.rbac import Account, Need, may
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health import Status
from kfinstall.health.model import part
from kfinstall.health.reading import age_s
from kfinstall.resource import Manifest, ResourceId, id_of

_STARTING_S = 60.0
_IDLE_S = 24 * 3600.0
_ESCAPED = re.compile(r"-([0-9a-f]{2})")
_IAP = "accounts.google.com:"
_HUB = "jupyterhub"
_COMPONENT = "kfinstall.dev/component"
_SPAWNING = tuple(Need(verb, "", "pods") for verb in ("create", "get", "list", "watch", "delete"))
"""What the hub does with the pods of its users. Source: jupyterhub-kubespawner, and the role of Zero to JupyterHub."""


def user_of(pod: Manifest) -> str:
    """Give whose Jupyter server a pod is, as that person logs in.

    The hub says so in an annotation; an old one only in the pod's name, where it writes what may not stand there as
    `-` and two hexadecimal digits. Google's proxy puts the name of its accounts before the address.
    Source: jupyterhub-kubespawner, `_expand_user_properties`; escapism.
    """
    known = part(pod["metadata"], "annotations").get("hub.jupyter.org/username")
    name = str(pod["metadata"]["name"])
    user = str(known) if known else _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name.partition("-")[2])
    return user.removeprefix(_IAP)


def servers(snapshot: Snapshot) -> Iterator[Manifest]:
    """Give the pods that a hub made for its users."""
    for pod in snapshot.of(POD):
        labels = part(pod["metadata"], "labels")
        is_old = str(pod["metadata"]["name"]).startswith("jupyter-") and not pod["metadata"].get("ownerReferences")
        if labels.get("component") == "singleuser-server" or is_old:
            yield pod


def _find_not_spawned(snapshot: Snapshot) -> Iterator[Found]:
    for pod in servers(snapshot):
        verdict, id = snapshot.health(pod), id_of(pod)
        is_late = age_s(pod["metadata"].get("creationTimestamp"), snapshot.now) > _STARTING_S
        if verdict.status is Status.FAILED or (verdict.status is Status.IN_PROGRESS and is_late):
            yield Found(
                id,
                f"the Jupyter server of '{user_of(pod)}' does not start: {verdict.message}",
                f"kubectl {place(id)}describe pod {id.name}; the hub gives up after 300 s, and can be asked again",
            )


def _find_hubs_without_rights(snapshot: Snapshot) -> Iterator[Found]:
    for hub in snapshot.of(DEPLOYMENT, STATEFUL_SET):
        for spec in template_specs(hub):
            if _COMPONENT in part(hub["metadata"], "labels") or not any(map(_is_hub, containers_of(spec))):
                continue  # a component's own hub is told by KF204
            id, account = id_of(hub), str(spec.get("serviceAccountName") or "default")
            who = Account(id.namespace, account)
            missing = [need.verb for need in _SPAWNING if not may(who, need, id.namespace, snapshot)]
            if missing:
                yield Found(
                    id,
                    f"its ServiceAccount '{account}' may not {names(missing, 5)} pods, so no Jupyter server can start",
                    f"kubectl {place(id)}create role {account}-pods --verb={','.join(n.verb for n in _SPAWNING)} "
                    f"--resource=pods && kubectl {place(id)}create rolebinding {account}-pods --role={account}-pods "
                    f"--serviceaccount={id.namespace}:{account}",
                    (ResourceId(*SERVICE_ACCOUNT, id.namespace, account),),
                )


def _is_hub(container: Mapping[str, Any]) -> bool:
    """Does a container run JupyterHub itself? Its proxy and its users' servers have other programs."""
    words = [str(word) for word in (*(container.get("command") or ()), *(container.get("args") or ()))]
    image = str(container.get("image")).partition("@")[0].rpartition("/")[2].partition(":")[0]
    return any(word.rpartition("/")[2] == _HUB for word in words[:1]) or image in ("k8s-hub", _HUB)


def _find_idle(snapshot: Snapshot) -> Iterator[Found]:
    for pod in servers(snapshot):
        held = [gpu for gpu in GPUS if pod_requests(pod).get(gpu)]
        age = age_s(part(pod, "status").get("startTime") or pod["metadata"].get("creationTimestamp"), snapshot.now)
        if held and part(pod, "status").get("phase") == "Running" and age > _IDLE_S:
            id = id_of(pod)
            yield Found(
                id,
                f"the Jupyter server of '{user_of(pod)}' has held {held[0]} for {int(age // 3600)} hours",
                f"ask its user, or end it: kubectl {place(id)}delete pod {id.name}; a culler does so by itself",
            )


CHECKS = (
    Check(
        "KF801",
        "A Jupyter server does not start",
        Severity.ERROR,
        _find_not_spawned,
        remedy="By what its pod waits for, which stands above it.",
        docs="""The hub says `Spawn failed` and no more. The pod is found by its label or its name, and told by its
user: the name is decoded (`jupyter-accounts-2egoogle-2ecom-3aalice-40example-2eorg` is
alice@example.org behind Google's proxy). Causes, in the order of how often they are met: no node
has room, a claim is not bound, the image is pulled for minutes, the pod is refused.""",
        reads=(POD,),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF802",
        "JupyterHub may not make its users' servers",
        Severity.ERROR,
        _find_hubs_without_rights,
        remedy="Give its ServiceAccount the rights on pods.",
        docs="""A user who asks for a server is told `Spawn failed`, or that it did not start in time, and the hub's log
has a 403. The rights are computed from roles and bindings. (The
hub that kfinstall installs is KF204. A hub whose claim is not bound is told as that.)""",
        reads=(ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING),
        is_proven=True,
    ),
    Check(
        "KF803",
        "A Jupyter server has held a GPU for more than a day",
        Severity.WARNING,
        _find_idle,
        remedy="End it, or let a culler do so.",
        docs="""A notebook keeps its GPU as long as it is open, whether it computes or not. Whether one is idle is
known to the hub alone; how long it has been running is known here.""",
        reads=(POD,),
        is_proven=True,
    ),
)
