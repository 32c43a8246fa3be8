"""What kinds an API server serves, by aggregated discovery: two requests, whatever the number of groups.

An APIService that does not answer is reported as stale and left out; it never fails discovery.
Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from kfinstall.errors import ClusterError
from kfinstall.plan.model import KindInfo
from kfinstall.resource import GroupKind

ACCEPT = ",".join(
    [f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")]
    + ["application/json"]
)
ROOTS = ("/api", "/apis")

T = TypeVar("T")


def readable(read: Callable[..., T], *bodies: Any) -> T:
    """Give what is read from answers.

    Raises: ClusterError when they are not what an API server answers.
    """
    try:
        return read(*bodies)
    except (AttributeError, KeyError, TypeError, ValueError):
        hint = "is something else at that address, or in between? choose another with --context"
        raise ClusterError("the list of what the API server serves cannot be read", hint=hint) from None


def read_kinds(*bodies: Mapping[str, Any]) -> dict[GroupKind, KindInfo]:
    """Give the kinds that the answers of `/api` and `/apis` list, each with its versions, preferred first."""
    kinds: dict[GroupKind, KindInfo] = {}
    for group, version, resource in _resources(bodies):
        response_kind = resource.get("responseKind") or {}
        key = GroupKind(response_kind.get("group") or group, response_kind.get("kind") or "")
        known = kinds.get(key)
        if known is None:
            kinds[key] = _read_kind(key, version, resource)
        elif version not in known.versions and known.plural == resource["resource"]:
            kinds[key] = known._replace(versions=(*known.versions, version))
    return kinds


def is_aggregated(body: Mapping[str, Any]) -> bool:
    """Did the server (or a proxy before it) understand the question?"""
    return body.get("kind") == "APIGroupDiscoveryList"


def group_versions(versions: Mapping[str, Any], groups: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give (group, version) of all that the plain answers of `/api` and `/apis` list, preferred versions first."""
    found = [("", version) for version in versions.get("versions") or ()]
    for group in groups.get("groups") or ():
        preferred = (group.get("preferredVersion") or {}).get("version")
        names = [version["version"] for version in group.get("versions") or ()]
        found += [(group["name"], name) for name in sorted(names, key=lambda name: name != preferred)]
    return tuple(found)


def as_aggregated(group: str, version: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the plain answer for one group and version in the form that `read_kinds` takes."""
    resources = [
        {
            "resource": resource["name"],
            "responseKind": {"group": resource.get("group") or group, "kind": resource["kind"]},
            "scope": "Namespaced" if resource["namespaced"] else "Cluster",
            "verbs": resource["verbs"],
        }
        for resource in body.get("resources") or ()
        if "/" not in resource["name"]
    ]
    return {"items": [{"metadata": {"name": group}, "versions": [{"version": version, "resources": resources}]}]}


def stale(group: str, version: str) -> Mapping[str, Any]:
    """Give what aggregated discovery says of a group and version that does not answer."""
    return {"items": [{"metadata": {"name": group}, "versions": [{"version": version, "freshness": "Stale"}]}]}


def read_broken(*bodies: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the group/versions whose APIService does not answer."""
    return tuple(
        f"{group['metadata'].get('name', '')}/{version['version']}"
        for body in bodies
        for group in body.get("items") or ()
        for version in group.get("versions") or ()
        if version.get("freshness") == "Stale"
    )


def _resources(bodies: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for body in bodies:
        for group in body.get("items") or ():
            for version in group.get("versions") or ():
                for resource in version.get("resources") or ():
                    yield (group.get("metadata") or {}).get("name") or "", version["version"], resource


def _read_kind(key: GroupKind, version: str, resource: Mapping[str, Any]) -> KindInfo:
    return KindInfo(
        group=key.group,
        kind=key.kind,
        plural=resource["resource"],
        is_namespaced=resource.get("scope") == "Namespaced",
        versions=(version,),
        verbs=frozenset(resource.get("verbs") or ()),
    )
