"""What is to be installed, compared with what is live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.doctor.grouping import names, place, ref
from kfinstall.doctor.kinds import DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, STATEFUL_SET
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.plan.compare import differing_paths, dotted
from kfinstall.resource import GroupKind, Manifest, id_of

_IMMUTABLE: Mapping[GroupKind, tuple[tuple[str, ...], ...]] = {
    DEPLOYMENT: (("spec", "selector"),),
    REPLICA_SET: (("spec", "selector"),),
    DAEMON_SET: (("spec", "selector"),),
    STATEFUL_SET: (
        ("spec", "selector"), ("spec", "serviceName"), ("spec", "podManagementPolicy"),
        ("spec", "volumeClaimTemplates"),
    ),
    JOB: (("spec", "selector"), ("spec", "template")),
    GroupKind("", "Service"): (("spec", "clusterIP"),),
    GroupKind("rbac.authorization.k8s.io", "RoleBinding"): (("roleRef",),),
    GroupKind("rbac.authorization.k8s.io", "ClusterRoleBinding"): (("roleRef",),),
    GroupKind("storage.k8s.io", "StorageClass"): (("provisioner",), ("parameters",), ("volumeBindingMode",)),
}  # fmt: skip
"""Kind -> fields that cannot be changed. Source: kubernetes v1.36, pkg/apis/*/validation."""


def _find_immutable(snapshot: Snapshot) -> Iterator[Found]:
    for resource in snapshot.rendered or ():
        live = snapshot.find(resource.id)
        for path in _IMMUTABLE.get(resource.id.group_kind, ()) if live is not None else ():
            wanted, has = _at(resource.manifest, path), _at(live, path)
            if wanted is not None and has is not None and differing_paths({"v": wanted}, {"v": has}):
                yield Found(
                    resource.id,
                    f"{'.'.join(path)} is another than what is live, and cannot be changed",
                    "write it as it is, or annotate it with kfinstall.dev/on-immutable: recreate, to have it made anew",
                    origin=resource.origin,
                )


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _find_orphans(snapshot: Snapshot) -> Iterator[Found]:
    rendered = {resource.id for resource in snapshot.rendered or ()}
    components = {_component(resource.manifest) for resource in snapshot.rendered or ()} - {""}
    namespaces = {id.namespace for id in rendered}
    for kind in snapshot.manifests:
        for live in snapshot.of(kind):
            id = id_of(live)
            is_ours = _component(live) and id.namespace in namespaces and not live["metadata"].get("ownerReferences")
            if is_ours and id not in rendered and id.kind not in ("Event", "Pod") and not _was_made(live, snapshot):
                known = _component(live) in components
                yield Found(
                    id,
                    f"{id.kind} '{id.name}' of component {_component(live)} is live and not in what is to be installed"
                    + ("" if known else "; nothing of that component is"),
                    f"kfinstall apply removes what it has installed itself; else: kubectl {place(id)}delete {ref(id)}",
                )


def _was_made(live: Manifest, snapshot: Snapshot) -> bool:
    """Did something that is installed make it: a Job its Secrets, a StatefulSet its claims?"""
    if "kfinstall.dev/generated-by" in part(part(live, "metadata"), "labels"):
        return True
    id = id_of(live)
    templates = (
        f"{part(template, 'metadata').get('name')}-{stateful['metadata']['name']}-"
        for stateful in snapshot.in_namespace(STATEFUL_SET, id.namespace)
        for template in part(stateful, "spec").get("volumeClaimTemplates") or ()
    )
    return id.kind == "PersistentVolumeClaim" and id.name.startswith(tuple(templates))


def _component(manifest: Manifest) -> str:
    return str(part(part(manifest, "metadata"), "labels").get("kfinstall.dev/component") or "")


def _find_drift(snapshot: Snapshot) -> Iterator[Found]:
    for resource in snapshot.rendered or ():
        live = snapshot.find(resource.id)
        if live is None or resource.id.kind == "Secret":
            continue
        fields = [dotted(path) for path in differing_paths(resource.manifest, live)]
        if fields:
            yield Found(
                resource.id,
                f"is live other than it is to be installed: {names(fields)} (managed by {names(_managers(live))})",
                "see 'kfinstall diff'; 'kfinstall apply' makes it as it is written",
                origin=resource.origin,
            )


def _managers(live: Manifest) -> list[str]:
    entries = live["metadata"].get("managedFields") or ()
    return [str(one.get("manager")) for one in entries if one.get("subresource") != "status"] or ["nobody known"]


CHECKS = (
    Check(
        "KF712",
        "A change to a field that cannot be changed",
        Severity.ERROR,
        _find_immutable,
        remedy="Write it as it is, or let it be recreated.",
        docs="""Selectors of workloads, a Job's template, a StatefulSet's claim templates, a Service's clusterIP,
the roleRef of bindings and most of a StorageClass are fixed once they are created. What is to be
installed is compared with what is live.""",
        needs=("live", "rendered"),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF713",
        "Something is live that is no longer to be installed",
        Severity.WARNING,
        _find_orphans,
        remedy="Apply, which prunes; or delete it.",
        docs="""Resources with the label of a component, in a namespace of what is to be installed, that are not in
it. `kfinstall apply` removes those it has installed itself.""",
        needs=("live", "rendered"),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF714",
        "What is live is other than what is to be installed",
        Severity.WARNING,
        _find_drift,
        remedy="Apply, or write down what was changed by hand.",
        docs="""Each field that is to be installed is compared with the live one; what the server merely spells
otherwise is no difference. Values are not shown.""",
        needs=("live", "rendered"),
        fix="ask",
        is_proven=True,
    ),
)
