"""Where the API server serves what, and how it names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kfinstall.plan.model import KindInfo
from kfinstall.resource import Manifest


def dry(dry_run: bool) -> dict[str, str | int]:
    """Give the query of a request that changes nothing, if it is one."""
    return {"dryRun": "All"} if dry_run else {}


def root_of(group: str, version: str) -> str:
    """Give the path under which a group and version are served."""
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def path_of(info: KindInfo, version: str, namespace: str, name: str) -> str:
    """Give the path of a resource, or of all of its kind when there is no name; the preferred version if none."""
    place = f"/namespaces/{_quoted(namespace)}" if namespace and info.is_namespaced else ""
    root = root_of(info.group, version or info.versions[0])
    return f"{root}{place}/{info.plural}" + (f"/{_quoted(name)}" if name else "")


def _quoted(name: str) -> str:
    """Spell a name so that it is one step of a path: names of roles may have blanks and question marks."""
    return quote(name, safe=":")


def resource_name(info: KindInfo) -> str:
    """Give the name that RBAC and people use: `deployments.apps`."""
    return f"{info.plural}.{info.group}" if info.group else info.plural


def typed(item: Manifest, body: Mapping[str, Any]) -> Manifest:
    """Give a list's item its type, which the server leaves out for built-in kinds."""
    if "kind" not in item:
        return {"apiVersion": body["apiVersion"], "kind": str(body["kind"]).removesuffix("List"), **item}
    return item


def bare(item: Manifest, info: KindInfo) -> Manifest:
    """Give the type and the metadata of an item of a list, and of that not who manages which field."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "managedFields"}
    version = f"{info.group}/{info.versions[0]}" if info.group else info.versions[0]
    return {"apiVersion": version, "kind": info.kind, "metadata": metadata}


def trimmed(item: Manifest, manager: str) -> Manifest:
    """Give a list's item without what fields others manage: half of its size, and of use only one by one."""
    metadata = item["metadata"]
    entries = metadata.get("managedFields")
    if not entries:
        return item
    kept = [
        entry if entry.get("manager") == manager else {k: v for k, v in entry.items() if k != "fieldsV1"}
        for entry in entries
    ]
    return {**item, "metadata": {**metadata, "managedFields": kept}}
