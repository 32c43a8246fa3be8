"""Complete what was built with what the cluster knows: namespaces, scopes, and one spelling of Secrets."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence

from kfinstall.errors import ClusterError, InputError, KfinstallError, did_you_mean, raise_all
from kfinstall.plan.annotations import check_annotations
from kfinstall.plan.kinds import kinds_from_crds
from kfinstall.plan.model import KindInfo, Kinds
from kfinstall.plan.shapes import check_shape
from kfinstall.plan.templates import SECRET, pod_templates
from kfinstall.resource import Manifest, Resource, ResourceId

Resources = tuple[Resource, ...]

KEPT_BY = frozenset({"get", "list", "patch", "delete"})
"""The verbs of a kind that is kept, so that it can be applied and removed; others are only answered."""
OF_THE_SERVER = frozenset({"managedFields", "resourceVersion", "uid"})
"""Metadata of one object in one cluster, which a manifest has that was copied out of it. The server refuses them."""


def normalise(resources: Sequence[Resource], kinds: Kinds, broken: Collection[str] = ()) -> Resources:
    """Give resources whose ids are what the server will call them, and which can be compared with what it has.

    In:      `kinds` as discovery gives them; the CRDs among the resources are added here; `broken`: each
             `group/version` whose API did not answer then.
    Out:     the same resources in the same order: a namespaced one has its namespace (`default` when none was
             written), a cluster-scoped one has none, a Secret's stringData is folded into data, and what only the
             server can set is left out.
    Raises:  InputError, or a group of them: a field of another shape than it must have, a kind or version that nobody
             serves, a kind of which nothing is kept, no name, two with one id, an annotation that cannot be understood.
    """
    raise_all([problem for resource in resources for problem in check_shape(resource)])
    known = {**kinds, **kinds_from_crds(resources)}
    problems = [problem for resource in resources for problem in _check(resource, known, broken)]
    raise_all(problems)
    done = tuple(_normalise_one(resource, known) for resource in resources)
    raise_all(_twins(done))
    return done


def _check(resource: Resource, kinds: Kinds, broken: Collection[str]) -> list[KfinstallError]:
    info = kinds.get(resource.gvk.group_kind)
    if info is None:
        is_broken = resource.gvk.api_version in broken
        return [_unanswered(resource) if is_broken else _unknown_kind(resource, kinds)]
    problems: list[KfinstallError] = [
        *check_annotations(resource, pod_templates(resource.manifest)),
        *_odd_values(resource),
    ]
    if info.versions and resource.gvk.version not in info.versions:
        problems.append(_unknown_version(resource, info))
    if info.verbs and not info.verbs >= KEPT_BY:
        hint = f"the API server answers it and keeps nothing: it lets one {', '.join(sorted(info.verbs))}"
        message = f"a {resource.gvk.kind} cannot be applied ({resource.id.name})"
        problems.append(InputError(message, origin=resource.origin, hint=hint))
    return [*problems, *_odd_name(resource)]


def _odd_name(resource: Resource) -> list[InputError]:
    """Give an error for a name that would be another path in a URL, or none."""
    name, metadata = resource.id.name, resource.manifest.get("metadata") or {}
    if name and name not in {".", ".."} and not set("/%") & set(f"{name}{metadata.get('namespace') or ''}"):
        return []
    if name:
        message, hint = f"{resource.id} has a name that the API server takes for a path", "leave out / and %"
    else:
        message = f"a {resource.gvk.kind} has no metadata.name"
        hint = "what is made anew under another name each time cannot be applied: replace generateName by name"
    return [InputError(message, origin=resource.origin, hint=hint if name or "generateName" in metadata else "")]


def _odd_values(resource: Resource) -> list[InputError]:
    """Give an error for what the server takes for no text in a Secret; it is named, but not what it is."""
    plain = resource.manifest.get("stringData")
    if resource.gvk.group_kind != SECRET or plain is None:
        return []
    fields = {f".{key}": value for key, value in plain.items()} if isinstance(plain, dict) else {"": plain}
    return [
        InputError(
            f"{resource.id}: stringData{field} must be {'text' if field else 'a mapping of keys to texts'}",
            origin=resource.origin,
            hint="put quotes around it" if field else "",
        )
        for field, value in fields.items()
        if not field or not isinstance(value, str | None)
    ]


def _unanswered(resource: Resource) -> ClusterError:
    gvk = resource.gvk
    return ClusterError(
        f"the API '{gvk.api_version}' does not answer, and {gvk.kind} {resource.id.name} is of it",
        origin=resource.origin,
        hint=f"what stands behind it may be down: kubectl get apiservice {gvk.version}.{gvk.group} -o yaml",
        status=503,
        reason="ApiUnavailable",
    )


def _unknown_kind(resource: Resource, kinds: Kinds) -> InputError:
    gvk = resource.gvk
    same_kind = sorted(kind.group for kind in kinds if kind.kind == gvk.kind)
    if same_kind:
        hint = f"'{gvk.kind}' is served in {', '.join(repr(group or 'v1') for group in same_kind)}"
    else:
        near = did_you_mean(gvk.kind, (kind.kind for kind in kinds if kind.group == gvk.group))
        hint = near or "add its CustomResourceDefinition to the set, or install first what brings it"
    return InputError(
        f"the cluster serves no kind '{gvk.kind}' in '{gvk.api_version}' ({resource.id.name})",
        origin=resource.origin,
        hint=hint,
    )


def _unknown_version(resource: Resource, info: KindInfo) -> InputError:
    gvk = resource.gvk
    served = ", ".join(f"{gvk.group}/{version}" if gvk.group else version for version in info.versions)
    return InputError(
        f"kind '{gvk.kind}' is not served as '{gvk.api_version}' ({resource.id.name})",
        origin=resource.origin,
        hint=f"it is served as {served}",
    )


def _normalise_one(resource: Resource, kinds: Kinds) -> Resource:
    info = kinds[resource.gvk.group_kind]
    manifest = _with_namespace(_without_the_servers(resource.manifest), info.is_namespaced)
    if resource.gvk.group_kind == SECRET:
        manifest = _fold_string_data(manifest)
    return resource if manifest is resource.manifest else resource._replace(manifest=manifest)


def _without_the_servers(manifest: Manifest) -> Manifest:
    metadata = manifest["metadata"]
    if not OF_THE_SERVER & metadata.keys():
        return manifest
    return {**manifest, "metadata": {key: value for key, value in metadata.items() if key not in OF_THE_SERVER}}


def _with_namespace(manifest: Manifest, is_namespaced: bool) -> Manifest:
    metadata = manifest["metadata"]
    if is_namespaced:
        return manifest if metadata.get("namespace") else {**manifest, "metadata": {**metadata, "namespace": "default"}}
    if "namespace" not in metadata:
        return manifest
    return {**manifest, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}}


def _fold_string_data(manifest: Manifest) -> Manifest:
    """Do what the server does, before it: keys that it folded would stay for ever, since nobody owns them."""
    if "stringData" not in manifest:
        return manifest
    plain = manifest["stringData"] or {}
    encoded = {key: b64encode((value or "").encode()).decode() for key, value in plain.items()}
    rest = {key: value for key, value in manifest.items() if key != "stringData"}
    return {**rest, "data": {**(manifest.get("data") or {}), **encoded}}


def _twins(resources: Resources) -> list[InputError]:
    first: dict[ResourceId, Resource] = {}
    problems = []
    for resource in resources:
        other = first.setdefault(resource.id, resource)
        if other is not resource:
            problems.append(
                InputError(f"{resource.id} is there twice, first at {other.origin}", origin=resource.origin)
            )
    return problems
