"""Pipelines, model servers and what goes with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kfinstall.doctor.grouping import place, ref
from kfinstall.doctor.kinds import CONFIG_MAP, DEPLOYMENT, POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import as_int, is_true, last_words
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

MAPPING: Final = GroupKind("getambassador.io", "Mapping")
VIRTUAL_SERVICE: Final = GroupKind("networking.istio.io", "VirtualService")
DESTINATION_RULE: Final = GroupKind("networking.istio.io", "DestinationRule")
_EXECUTOR = re.compile(r"containerRuntimeExecutor\s*:\s*['\"]?(?P<name>docker|pns|k8sapi|kubelet)\b")
_NO_MODEL = re.compile(
    r"(Could not find base path|No versions of servable \S+ found under base path) ?(?P<rest>[^\n]*)"
)
_PATH = re.compile(r"(gs|s3|hdfs|https?)://\S+|/[\w./-]+")


def _find_executor(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(CONFIG_MAP):
        if "workflow-controller" not in written.id.name:
            continue
        match = _EXECUTOR.search("\n".join(_settings(written.manifest)))
        if match:
            yield Found(
                written.id,
                f"it sets the executor '{match['name']}', which Argo Workflows has not had since 3.4",
                "take containerRuntimeExecutor out: there is one executor (emissary), and it needs no setting",
                origin=written.origin,
            )


def _settings(config_map: Manifest) -> Iterator[str]:
    for key, value in part(config_map, "data").items():
        yield f"{key}: {value}"


def _find_no_model(snapshot: Snapshot) -> Iterator[Found]:
    told: set[ResourceId] = set()
    for (namespace, name, container), log in snapshot.logs.items():
        pod, match = snapshot.get(POD, namespace, name), _NO_MODEL.search(log)
        if pod is None or match is None:
            continue
        owner = id_of(snapshot.top_owner(pod))
        if owner not in told:
            told.add(owner)
            path = _PATH.search(match["rest"])
            where = path[0].rstrip(".,'\"") if path else "its base path"
            yield Found(
                owner,
                f"container '{container}' finds no model at {where}",
                f"there must be a folder whose name is a number, such as {where.rstrip('/')}/1; see that volume or "
                f"bucket is the right one: kubectl {place(owner)}edit {ref(owner)}",
                (id_of(pod),),
                (last_words(match[0]),),
            )


def _find_no_traffic(snapshot: Snapshot) -> Iterator[Found]:
    for mapping in snapshot.of(MAPPING):
        spec = part(mapping, "spec")
        if "weight" in spec and as_int(spec.get("weight")) == 0:
            yield _unreached(mapping, str(spec.get("service")), "weight: 0")
    for route in snapshot.of(VIRTUAL_SERVICE):
        yield from _unreached_subsets(route, snapshot)


def _unreached_subsets(route: Manifest, snapshot: Snapshot) -> Iterator[Found]:
    """Subsets that a DestinationRule declares, whose pods are ready, and that no route gives traffic to."""
    namespace = str(route["metadata"].get("namespace") or "")
    weights: dict[tuple[str, str], int] = {}
    for rule in part(route, "spec").get("http") or ():
        for target in rule.get("route") or ():
            destination = part(target, "destination")
            key = (str(destination.get("host")), str(destination.get("subset") or ""))
            weights[key] = weights.get(key, 0) + as_int(target.get("weight"), 100)
    for declared in snapshot.in_namespace(DESTINATION_RULE, namespace):
        host = str(part(declared, "spec").get("host"))
        for subset in part(declared, "spec").get("subsets") or ():
            is_routed = any(known == host for known, _ in weights)
            if (
                is_routed
                and not weights.get((host, str(subset.get("name"))))
                and _is_served(subset, namespace, snapshot)
            ):
                yield _unreached(route, f"{host}, subset {subset.get('name')}", "no route has a weight for it")


def _is_served(subset: Mapping[str, Any], namespace: str, snapshot: Snapshot) -> bool:
    return any(is_true(pod, "Ready") for pod in snapshot.labelled(POD, namespace, part(subset, "labels")))


def _unreached(route: Manifest, service: str, why: str) -> Found:
    id = id_of(route)
    return Found(
        id,
        f"{service} runs and gets no traffic: {why}",
        f"give it a weight: kubectl {place(id)}edit {ref(id)}",
    )


def _find_telemetry(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(DEPLOYMENT):
        if "spartakus" in written.id.name:
            yield Found(
                written.id,
                "it reports on the use of the cluster to a service that is not there any more",
                "leave spartakus out",
                origin=written.origin,
            )


CHECKS = (
    Check(
        "KF810",
        "Argo Workflows is told to use an executor that it has not",
        Severity.ERROR,
        _find_executor,
        remedy="Take the setting out.",
        docs="""The executors docker, pns, k8sapi and kubelet went away with Argo Workflows 3.4. On nodes with
containerd the docker executor never worked: `failed to save outputs: … No such container`.""",
        needs=("written",),
        helps=(CONFIG_MAP,),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF813",
        "A model server finds no model",
        Severity.ERROR,
        _find_no_model,
        remedy="Put the model into a folder whose name is a number.",
        docs="""TensorFlow Serving wants a folder for each version below its base path, whose name is a number. It
does not end when it finds none: it goes on looking, and is never ready. Its log says so, which is
read of containers that are not ready.""",
        reads=(POD,),
        is_proven=True,
    ),
    Check(
        "KF814",
        "A new version runs and gets no traffic",
        Severity.WARNING,
        _find_no_traffic,
        remedy="Give it a weight in the route.",
        docs="""After a new version was rolled out beside the old one, routes decide who gets requests: an
Ambassador Mapping of weight 0, or an Istio subset that no route names, leaves all traffic on the
old one.""",
        helps=(MAPPING, VIRTUAL_SERVICE, DESTINATION_RULE, POD),
        is_proven=True,
    ),
    Check(
        "KF816",
        "Usage is reported to a service that is gone",
        Severity.INFO,
        _find_telemetry,
        remedy="Leave spartakus out.",
        docs="""Spartakus sent a report of the cluster's size and versions once a day. Its collector was turned off;
the program runs and reaches nobody.""",
        needs=("written",),
        fix="ask",
        is_proven=True,
    ),
)
