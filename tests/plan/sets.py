"""Sets of resources written as YAML, and what a cluster makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kfinstall.manifest import parse_documents
from kfinstall.plan import (
    BUILTIN_KINDS,
    Edge,
    Inventory,
    Member,
    Observed,
    Plan,
    answered,
    find_edges,
    make_plan,
    normalise,
)
from kfinstall.resource import Manifest, Origin, Resource, ResourceId, id_of

KEY = b"a key of the test"
EMPTY = Inventory("demo", "kfinstall-system")


def resources(text: str, path: str = "set.yaml") -> tuple[Resource, ...]:
    """The documents of a YAML text."""
    return tuple(Resource(doc.manifest, Origin(path, doc.line)) for doc in parse_documents(text, path) if doc.manifest)


def config_map(name: str, namespace: str = "demo", **data: str) -> Manifest:
    """A ConfigMap."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def as_resources(*manifests: Manifest) -> tuple[Resource, ...]:
    """Manifests as if written in one file, one a line."""
    return tuple(Resource(manifest, Origin("set.yaml", n)) for n, manifest in enumerate(manifests, start=1))


def edges_of(text: str) -> set[str]:
    """The edges of a set, each as `Kind/name -> Kind/name until`, without those of namespaces."""
    found = find_edges(normalise(resources(text), BUILTIN_KINDS), BUILTIN_KINDS)
    return {shown(edge) for edge in found if "namespace" not in edge.reason}


def shown(edge: Edge) -> str:
    """An edge as text."""
    before, after = edge.before, edge.after
    return f"{before.kind}/{before.name} -> {after.kind}/{after.name} {edge.until}"


def as_live(manifest: Manifest, uid: str = "", **status: Any) -> Manifest:
    """What a server answers to an apply of a manifest: with uid, and all of it owned by us."""
    metadata = {
        **manifest["metadata"],
        "uid": uid or f"uid-{manifest['metadata']['name']}",
        "managedFields": [
            {
                "manager": "kfinstall",
                "operation": "Apply",
                "apiVersion": manifest["apiVersion"],
                "fieldsType": "FieldsV1",
                "fieldsV1": _owned(manifest),
            }
        ],
    }
    return {**manifest, "metadata": metadata, **({"status": status} if status else {})}


def _owned(manifest: Manifest) -> dict[str, Any]:
    """The field set of an apply: names are nobody's, and what is empty in metadata is not there."""
    body = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
    metadata = {key: value for key, value in manifest["metadata"].items() if key in ("labels", "annotations")}
    return _field_set({**body, **({"metadata": metadata} if metadata else {})})


def _field_set(value: Any) -> dict[str, Any]:
    return {f"f:{name}": _field_set(inner) for name, inner in value.items()} if isinstance(value, dict) else {}


def installed(plan: Plan) -> tuple[dict[ResourceId, Observed], Inventory]:
    """The cluster and the inventory after a plan was carried out."""
    observed = dict(plan.observed)
    members: list[Member] = []
    for change in plan.changes:
        if change.action == "prune":
            observed.pop(change.id)
        elif change.resource is not None:
            live = as_live(change.resource.manifest)
            observed[change.id] = Observed(live)
            members.append(answered(Member(change.id, change.version), change.resource.manifest, live, KEY))
    kept = [m for m in plan.after.members if m.id not in {member.id for member in members}]
    return observed, Inventory(plan.after.name, plan.after.namespace, (*members, *kept), plan.after.revision)


def plan_of(
    wanted: Iterable[Resource],
    observed: dict[ResourceId, Observed] | None = None,
    inventory: Inventory = EMPTY,
    **options: Any,
) -> Plan:
    """The plan for a set on a cluster of built-in kinds."""
    return make_plan(tuple(wanted), observed or {}, inventory, BUILTIN_KINDS, digest_key=KEY, **options)


def actions(plan: Plan) -> dict[str, str]:
    """What a plan does, by name."""
    return {change.id.name: change.action for change in plan.changes}


def observe(*manifests: Manifest) -> dict[ResourceId, Observed]:
    """A cluster that holds these live manifests."""
    return {id_of(manifest): Observed(manifest) for manifest in manifests}
