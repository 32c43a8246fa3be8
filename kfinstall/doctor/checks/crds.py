"""CustomResourceDefinitions that do not work, and resources in versions that they do not serve."""

from __future__ import annotations

from collections.abc import Iterator

from kfinstall.doctor.grouping import ids, names
from kfinstall.doctor.kinds import CRD, POD, SERVICE
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.doctor.versions import FORMER_CUSTOM, find_removal
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, condition, explain, is_true
from kfinstall.plan.kinds import kinds_from_crds
from kfinstall.resource import GroupKind, Manifest, ResourceId, gvk_of, id_of

_ESTABLISHING_S = 30.0


def _find_crd_trouble(snapshot: Snapshot) -> Iterator[Found]:
    for crd in snapshot.of(CRD):
        name, id = str(crd["metadata"]["name"]), id_of(crd)
        if crd["metadata"].get("deletionTimestamp"):
            holds = ", ".join(crd["metadata"].get("finalizers") or ()) or "nothing that it names"
            yield Found(
                id,
                f"is being deleted, and waits for {holds}: {explain(condition(crd, 'Terminating')) or 'no word why'}",
                f"see which of its resources have finalizers: kubectl get {name} -A",
            )
        elif not is_true(crd, "Established") and age_s(crd["metadata"].get("creationTimestamp"), snapshot.now) > (
            _ESTABLISHING_S
        ):
            yield Found(id, f"is not served: {snapshot.health(crd).message}", f"kubectl describe crd {name}")
    yield from _find_no_crd(snapshot)


def _find_no_crd(snapshot: Snapshot) -> Iterator[Found]:
    """What is to be installed has custom resources whose kind nobody serves and nobody brings along."""
    if snapshot.rendered is None or not snapshot.is_live:
        return
    brought = kinds_from_crds(snapshot.rendered)
    missing: dict[GroupKind, list[Written]] = {}
    for written in snapshot.written():
        kind = gvk_of(written.manifest).group_kind
        is_builtin = "." not in kind.group or kind.group.endswith(".k8s.io")
        if kind not in snapshot.kinds and kind not in brought and not is_builtin:
            missing.setdefault(kind, []).append(written)
    for kind, found in missing.items():
        yield Found(
            ResourceId(*CRD, "", str(kind)),
            f"no CustomResourceDefinition of {kind} is there, and {names(one.id.name for one in found)} is one",
            "install the component that brings it first: 'kfinstall component list'",
            tuple(one.id for one in found),
            origin=found[0].origin,
        )


def _find_wrong_version(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written() if snapshot.rendered is not None and snapshot.is_live else ():
        gvk = gvk_of(written.manifest)
        known = snapshot.kinds.get(gvk.group_kind)
        is_told = find_removal(gvk.api_version, gvk.kind) or gvk.api_version in FORMER_CUSTOM
        brought = kinds_from_crds(snapshot.rendered or ()).get(gvk.group_kind)
        served = {*(known.versions if known else ()), *(brought.versions if brought else ())}
        if known is not None and gvk.version not in served and not is_told:
            yield Found(
                written.id,
                f"{gvk.kind} is not served in version {gvk.version}, but in {names(sorted(served))}",
                f"write apiVersion {gvk.group}/{known.versions[0]}",
                origin=written.origin,
            )
    for written in snapshot.written(CRD) if snapshot.rendered is not None else ():
        live = snapshot.find(written.id)
        kept = set(part(live or {}, "status").get("storedVersions") or ())
        if lost := kept - _versions(written.manifest):
            yield Found(
                written.id,
                f"its new version drops {names(sorted(lost))}, in which resources are stored: the server refuses it",
                "let each resource be written anew in the new version, and take the old one out of storedVersions",
                origin=written.origin,
            )


def _versions(crd: Manifest) -> set[str]:
    return {str(version.get("name")) for version in part(crd, "spec").get("versions") or ()}


def _find_no_conversion(snapshot: Snapshot) -> Iterator[Found]:
    for crd in snapshot.of(CRD):
        conversion = part(part(crd, "spec"), "conversion")
        service = part(part(part(conversion, "webhook"), "clientConfig"), "service")
        if conversion.get("strategy") != "Webhook" or not service.get("name"):
            continue
        namespace, name = str(service.get("namespace") or ""), str(service["name"])
        if why := _why_silent(namespace, name, snapshot):
            yield Found(
                ResourceId(*SERVICE, namespace, name),
                f"it converts {crd['metadata']['name']} and {why}: every list of these resources fails",
                f"let its pods run: kubectl -n {namespace} get pods,endpointslices",
                ids([crd]),
            )


def _why_silent(namespace: str, name: str, snapshot: Snapshot) -> str:
    live = snapshot.get(SERVICE, namespace, name)
    if live is None:
        return "does not exist"
    pods = snapshot.labelled(POD, namespace, part(part(live, "spec"), "selector"))
    return "" if any(is_true(pod, "Ready") for pod in pods) else "has no pod that is ready"


CHECKS = (
    Check(
        "KF752",
        "A CustomResourceDefinition is missing, or not served",
        Severity.ERROR,
        _find_crd_trouble,
        remedy="Install what brings it, or make good what its conditions say.",
        docs="""A definition that is not Established serves nothing: its names may be taken by another, or its
schema refused. One that is being deleted waits until all resources of its kind are gone
(`customresourcecleanup`), which a finalizer of a controller that is not there any more keeps from
happening.""",
        reads=(CRD,),
        is_proven=True,
    ),
    Check(
        "KF753",
        "A custom resource in a version that is not served, or a definition that drops one that is stored",
        Severity.ERROR,
        _find_wrong_version,
        remedy="Write a version that is served; migrate what is stored first.",
        docs="""The versions that a cluster serves come from its discovery. An upgrade of a definition is refused as
long as `status.storedVersions` names a version that the new one has not.""",
        needs=("rendered",),
        helps=(CRD,),
        is_proven=True,
    ),
    Check(
        "KF754",
        "The webhook that converts custom resources does not answer",
        Severity.ERROR,
        _find_no_conversion,
        remedy="Let the pods behind its Service run.",
        docs="""With `conversion.strategy: Webhook` the API server asks a Service for every version but the stored
one. Without a ready pod behind it, each list of the kind fails, and with it the deletion of
namespaces.""",
        reads=(CRD, SERVICE),
        is_proven=True,
    ),
)
