"""The order of our graph as Argo CD's sync waves: annotations on resources, and patches that stock kustomize applies.

A wave is the depth in the graph; a claim has that of what first uses it. Waves that we wrote are marked, and never read
back as edges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kfinstall.errors import InputError
from kfinstall.manifest import dump_documents
from kfinstall.plan import BUILTIN_KINDS, assumed_kinds, find_edges, kinds_from_crds, normalise, waves
from kfinstall.plan.annotations import SYNC_WAVE, WAVE_GENERATED
from kfinstall.plan.model import Edge
from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId

CLAIM: Final = GroupKind("", "PersistentVolumeClaim")
JOB: Final = GroupKind("batch", "Job")
HOOK: Final = "argocd.argoproj.io/hook"
HOOK_DELETE: Final = "argocd.argoproj.io/hook-delete-policy"
SYNC_OPTIONS: Final = "argocd.argoproj.io/sync-options"
KUSTOMIZATION: Final = "kustomization.yaml"
_HASHED: Final = re.compile(r"(?P<name>.*)-[bcdfghkmt2456789]{10}")
"""What kustomize appends to the name of a ConfigMap or Secret that it generates. Source: kustomize v5.8, api/hasher."""
_HEAD: Final = """\
# Written by 'kfinstall gitops waves': the order of the graph, for Argo CD. What is changed here is lost with the next.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
"""


def graph_of(resources: Sequence[Resource]) -> tuple[tuple[Resource, ...], tuple[Edge, ...]]:
    """Give the resources as they are planned, and the edges among them; no cluster is asked.

    Raises:  InputError that prints a cycle.
    """
    kinds = {**assumed_kinds(resources), **BUILTIN_KINDS, **kinds_from_crds(resources)}
    planned = normalise(resources, kinds)
    return tuple(planned), tuple(find_edges(planned, kinds))


def annotations_by_id(resources: Sequence[Resource]) -> Mapping[ResourceId, Mapping[str, str]]:
    """Give what Argo CD is told of each resource, in the order given: its wave; that a Job is a hook; that a custom
    resource comes with its definition.

    Raises:  InputError that prints a cycle.
    """
    planned, edges = graph_of(resources)
    depths = _late_claims(waves([resource.id for resource in planned], edges), edges)
    brought = kinds_from_crds(resources).keys()
    return {one.id: dict(_told(one, depths[one.id], one.id.group_kind in brought)) for one in planned}


def _late_claims(depths: Mapping[ResourceId, int], edges: Sequence[Edge]) -> Mapping[ResourceId, int]:
    """Give claims the wave of what first uses them: bound by its pod alone, they would hold up any wave before."""
    users: dict[ResourceId, list[int]] = {}
    for edge in edges:
        if edge.before.group_kind == CLAIM and edge.until == "applied":
            users.setdefault(edge.before, []).append(depths[edge.after])
    return {**depths, **{claim: min(found) for claim, found in users.items()}}


def _told(resource: Resource, wave: int, is_brought: bool) -> Iterator[tuple[str, str]]:
    """Give the annotations of one resource. What a person wrote there stays as it is.

    A Job cannot be changed. It is made anew at each sync, as a hook, where nobody says how it is to be replaced.
    """
    written = resource.manifest["metadata"].get("annotations") or {}
    if SYNC_WAVE not in written or WAVE_GENERATED in written:
        yield SYNC_WAVE, str(wave)
        yield WAVE_GENERATED, "true"
    if resource.id.group_kind == JOB and HOOK not in written and SYNC_OPTIONS not in written:
        yield HOOK, "Sync"
        yield HOOK_DELETE, "BeforeHookCreation"
    if is_brought and SYNC_OPTIONS not in written:
        yield SYNC_OPTIONS, "SkipDryRunOnMissingResource=true"


def with_waves(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Give the resources with what Argo CD is told of each; nothing else of them changes."""
    told = annotations_by_id(resources)
    return tuple(_annotated(resource, told.get(resource.id, {})) for resource in resources)


def _annotated(resource: Resource, more: Mapping[str, str]) -> Resource:
    metadata = resource.manifest["metadata"]
    annotations = {**(metadata.get("annotations") or {}), **more}
    if not annotations:
        return resource
    return resource._replace(manifest={**resource.manifest, "metadata": {**metadata, "annotations": annotations}})


def wave_files(
    resources: Sequence[Resource], bases: Sequence[str], components: Sequence[str] = ()
) -> Mapping[str, str]:
    """Give the files of a kustomization that adds what Argo CD is told: name -> text.

    In:      what is built from `bases` and `components`, which are paths as the kustomization has them.
    Raises:  InputError that prints a cycle; for two resources that a patch cannot tell apart.
    """
    told = annotations_by_id(resources)
    patches: dict[str, list[Manifest]] = {}
    known: dict[ResourceId, Resource] = {}
    for resource in resources:
        annotations = told[_planned_id(resource, told)]
        wave, id = int(annotations.get(SYNC_WAVE, "0")), _patched_id(resource)
        if id in known:
            raise InputError(f"{id} is there twice", origin=resource.origin, hint=f"the other is {known[id].origin}")
        known[id] = resource
        patches.setdefault(f"wave-{wave:02}.yaml", []).append(_patch(resource, id, annotations))
    files = {name: dump_documents(patches[name]) for name in sorted(patches)}
    lists = {"resources": bases, "components": components}
    head = _HEAD + "".join(_list(field, names) for field, names in lists.items())
    return {KUSTOMIZATION: head + "patches:\n" + "".join(f"- path: {name}\n" for name in files), **files}


def _list(field: str, names: Sequence[str]) -> str:
    return f"{field}:\n" + "".join(f"- {name}\n" for name in names) if names else ""


def _planned_id(resource: Resource, told: Mapping[ResourceId, object]) -> ResourceId:
    """Give the id that a resource is planned with: one that names no namespace may get one."""
    if resource.id in told:
        return resource.id
    return next(id for id in told if (id.group_kind, id.name) == (resource.id.group_kind, resource.id.name))


def _patched_id(resource: Resource) -> ResourceId:
    """Give the id that a patch around the built resources has to name: without the hash that comes last."""
    match = _HASHED.fullmatch(resource.id.name)
    if match is not None and any(former.name == match["name"] for former in resource.former_ids[-1:]):
        return resource.id._replace(name=match["name"])
    return resource.id


def _patch(resource: Resource, id: ResourceId, annotations: Mapping[str, str]) -> Manifest:
    metadata: dict[str, Any] = {"annotations": dict(annotations), "name": id.name}
    if id.namespace:
        metadata["namespace"] = id.namespace
    return {"apiVersion": resource.manifest["apiVersion"], "kind": id.kind, "metadata": metadata}
