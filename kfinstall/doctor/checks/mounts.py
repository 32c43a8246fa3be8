"""Pods that wait because something they mount is missing, or cannot be mounted on their node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfinstall.doctor.grouping import by_workload, ids, place, said
from kfinstall.doctor.kinds import CLAIM, CONFIG_MAP, POD, SECRET, VOLUME
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import last_words
from kfinstall.plan.templates import references
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of

_TOKEN = re.compile(r"-token-[a-z0-9]{5}$")
_CACHE = "couldn't propagate object cache"
_NO_CLIENT = re.compile(
    r"unknown filesystem type '(?P<a>nfs|cifs|ceph|glusterfs)'"
    r"|need a /sbin/mount\.(?P<b>\w+) helper|mount\.(?P<c>nfs|cifs): not found"
)
_NO_SERVER = re.compile(
    r"(Connection timed out|No route to host|Connection refused|access denied by server|mount system call failed)"
)
_PACKAGES = {"nfs": "nfs-common (nfs-utils on Red Hat)", "cifs": "cifs-utils", "ceph": "ceph-common"}


def waiting_pods(snapshot: Snapshot) -> Iterator[Manifest]:
    """Give the pods that have a node and no container that runs yet."""
    for pod in snapshot.of(POD):
        if part(pod, "status").get("phase") == "Pending" and part(pod, "spec").get("nodeName"):
            yield pod


def _find_missing(snapshot: Snapshot) -> Iterator[Found]:
    missing: dict[ResourceId, list[Manifest]] = {}
    for pod in waiting_pods(snapshot):
        for id in _missing_volumes(pod, snapshot):
            missing.setdefault(id, []).append(pod)
    for id, pods in missing.items():
        yield Found(
            id,
            f"{id.kind} '{id.name}' does not exist in namespace '{id.namespace}', and {_count(pods)} it",
            _creating(id, snapshot),
            ids(pods),
            said(pods, snapshot, "FailedMount"),
            fix=from_render(id, snapshot),
        )


def _missing_volumes(pod: Manifest, snapshot: Snapshot) -> Iterator[ResourceId]:
    namespace = str(pod["metadata"].get("namespace") or "")
    spec = {"volumes": part(pod, "spec").get("volumes")}
    for reference in references(spec):
        is_file = reference.kind in (CONFIG_MAP, SECRET) and not reference.is_optional
        if is_file and snapshot.has(reference.kind) and not snapshot.get(reference.kind, namespace, reference.name):
            yield ResourceId(*reference.kind, namespace, reference.name)


def _count(pods: Sequence[Manifest]) -> str:
    return f"pod '{pods[0]['metadata']['name']}' mounts" if len(pods) == 1 else f"{len(pods)} pods mount"


def _creating(id: ResourceId, snapshot: Snapshot) -> str:
    if id.kind == "Secret" and _TOKEN.search(id.name):
        return (
            "since Kubernetes 1.24 no such Secret is made for a ServiceAccount: take the volume out, a token is "
            "mounted without it"
        )
    if from_render(id, snapshot):
        return "it is in what is to be installed: kfinstall apply"
    return f"kubectl {place(id)}create {id.kind.lower()}{' generic' if id.kind == 'Secret' else ''} {id.name} …"


def from_render(id: ResourceId, snapshot: Snapshot) -> tuple[Step, ...]:
    """Give the step that applies a missing resource, where it is among what is to be installed."""
    found = next((one for one in snapshot.rendered or () if one.id == id), None)
    return (Step("apply", found.manifest, f"{id} is created as it is rendered"),) if found else ()


def _find_missing_keys(snapshot: Snapshot) -> Iterator[Found]:
    for pod in waiting_pods(snapshot):
        namespace = str(pod["metadata"].get("namespace") or "")
        for kind, name, key in _keys_of_volumes(pod):
            live = snapshot.get(kind, namespace, name)
            if live is not None and key not in {**part(live, "data"), **part(live, "binaryData")}:
                yield Found(
                    id_of(live),
                    f"{kind.kind} '{name}' has no key '{key}', which pod '{pod['metadata']['name']}' mounts",
                    f"add the key: kubectl -n {namespace} edit {kind.kind.lower()} {name}",
                    ids([pod]),
                    said([pod], snapshot, "FailedMount"),
                )


def _keys_of_volumes(pod: Manifest) -> Iterator[tuple[GroupKind, str, str]]:
    for volume in part(pod, "spec").get("volumes") or ():
        for kind, field, named in ((CONFIG_MAP, "configMap", "name"), (SECRET, "secret", "secretName")):
            source = part(volume, field)
            if not source.get("optional"):
                for item in source.get("items") or ():
                    yield kind, str(source.get(named)), str(item.get("key"))


def _find_cache_timeouts(snapshot: Snapshot) -> Iterator[Found]:
    """The object is there, and the kubelet does not get it: trouble between kubelet and API server."""
    for pod in waiting_pods(snapshot):
        event = next((e for e in snapshot.events(pod, "FailedMount") if _CACHE in str(e.get("message"))), None)
        if event is not None and not list(_missing_volumes(pod, snapshot)):
            node = str(part(pod, "spec").get("nodeName"))
            yield Found(
                id_of(pod),
                f"the kubelet of node {node} did not get what pod '{pod['metadata']['name']}' mounts, and it is there",
                f"wait a minute; when it stays, restart the kubelet of {node}: systemctl restart kubelet",
                (id_of(pod),),
                (last_words(event.get("message") or ""),),
                severity=Severity.WARNING,
            )


def _find_config(snapshot: Snapshot) -> Iterator[Found]:
    yield from _find_missing(snapshot)
    yield from _find_missing_keys(snapshot)
    yield from _find_cache_timeouts(snapshot)


def _find_no_client(snapshot: Snapshot) -> Iterator[Found]:
    found = ((pod, trouble) for pod in waiting_pods(snapshot) if (trouble := _mount_trouble(pod, snapshot)))
    for owner, (what, hint), pods in by_workload(found, snapshot):
        yield Found(
            owner, f"pod '{pods[0]['metadata']['name']}' {what}", hint, ids(pods), said(pods, snapshot, "FailedMount")
        )


def _mount_trouble(pod: Manifest, snapshot: Snapshot) -> tuple[str, str] | None:
    node = str(part(pod, "spec").get("nodeName"))
    for event in snapshot.events(pod, "FailedMount"):
        message = str(event.get("message") or "")
        if match := _NO_CLIENT.search(message):
            type_ = next(value for value in match.groupdict().values() if value)
            package = _PACKAGES.get(type_, f"the client for {type_}")
            return f"cannot mount {type_}: node {node} has no client for it", f"install {package} on {node}"
        if "mount failed" in message.lower() and (match := _NO_SERVER.search(message)):
            server = _server_of(pod, snapshot)
            return (
                f"cannot mount from {server or 'its server'} on node {node}: {match[1]}",
                f"see that {server or 'the server'} runs, exports the path, and is reached from {node}",
            )
    return None


def _server_of(pod: Manifest, snapshot: Snapshot) -> str:
    for volume in _volume_specs(pod, snapshot):
        if server := part(volume, "nfs").get("server"):
            return str(server)
    return ""


def _volume_specs(pod: Manifest, snapshot: Snapshot) -> Iterator[Mapping[str, Any]]:
    namespace = str(pod["metadata"].get("namespace") or "")
    for volume in part(pod, "spec").get("volumes") or ():
        yield volume
        claim = snapshot.get(CLAIM, namespace, str(part(volume, "persistentVolumeClaim").get("claimName"))) or {}
        live = snapshot.get(VOLUME, "", str(part(claim, "spec").get("volumeName"))) or {}
        yield part(live, "spec")


CHECKS = (
    Check(
        "KF309",
        "A ConfigMap or Secret that a pod mounts is missing, or lacks a key",
        Severity.ERROR,
        _find_config,
        remedy="Create it, or correct the name.",
        docs="""The pod stays in ContainerCreating. Whether the object is there is looked up: `couldn't propagate
object cache: timed out waiting for the condition` says nothing about that, and comes from trouble
between the kubelet and the API server when the object exists. A Secret named `…-token-xxxxx` is a
service account token of the old kind, which since Kubernetes 1.24 nobody makes.""",
        reads=(POD,),
        helps=(CONFIG_MAP, SECRET),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF310",
        "A volume cannot be mounted on the node",
        Severity.ERROR,
        _find_no_client,
        remedy="Install the client on the nodes, or see that the server is reached.",
        docs="""NFS and CIFS volumes need a client program on every node; without it the kubelet says `unknown
filesystem type 'nfs'` or `you might need a /sbin/mount.<type> helper program`. A server that does
not answer shows as a time-out.""",
        reads=(POD,),
        is_proven=True,
    ),
)
