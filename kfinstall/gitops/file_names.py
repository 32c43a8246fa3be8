"""Where a resource stands in a rendered folder: a path that depends on its id and component alone.

No two resources share a path, on file systems that ignore case as well: what a name may hold and a file name may not,
and what would be too long, is replaced and told apart by a digest behind `+`, which no name can have.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from kfinstall.resource import Resource, ResourceId

COMPONENT_LABEL: Final = "kfinstall.dev/component"
OTHER: Final = "other"
"""The folder of what belongs to no component."""

MOST_CHARACTERS: Final = 100
"""Of a part of a path, without digest and suffix: a checkout on Windows has 260 for all of a path."""

DIGEST_CHARACTERS: Final = 10
PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
FORBIDDEN = re.compile(r"[^a-z0-9._-]+")
RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?")
"""Names that are devices on Windows, whatever suffix they have."""

UNAMBIGUOUS_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""Groups of Kubernetes itself that share no kind: `deployment` says as much as `deployment.apps`."""


def component_of(resource: Resource) -> str:
    """Give the component a resource belongs to, by its label; empty for none."""
    return str((resource.manifest["metadata"].get("labels") or {}).get(COMPONENT_LABEL) or "")


def folder_of(resource: Resource) -> str:
    """Give the folder of a resource's component, below the rendered folder."""
    component = component_of(resource)
    return _safe(component, component) if component else OTHER


def file_name(id: ResourceId) -> str:
    """Give the name of a resource's file: `KIND_NAMESPACE_NAME.yaml`, `KIND_NAME.yaml` where it has no namespace.

    Out: lower case; the kind with its group, where it is not one of Kubernetes' own.
    """
    kind = id.kind if id.group in UNAMBIGUOUS_GROUPS else f"{id.kind}.{id.group}"
    parts = [kind.lower(), *([id.namespace] if id.namespace else []), id.name]
    has_own_parts = "_" not in "".join(parts)
    return f"{_safe('_'.join(parts), str(id), is_clear=has_own_parts)}.yaml"


def _safe(text: str, identity: str, *, is_clear: bool = True) -> str:
    """Give a text as part of a path: itself where that is possible, else what is left of it and a digest.

    In:  `identity`, what the digest is of; `is_clear`, whether the text says all of it.
    """
    if is_clear and len(text) <= MOST_CHARACTERS and PLAIN.fullmatch(text) and not RESERVED.fullmatch(text):
        return text
    digest = sha256(identity.encode()).hexdigest()[:DIGEST_CHARACTERS]
    left = FORBIDDEN.sub("-", text.lower())[:MOST_CHARACTERS].strip("-._")
    return f"{'x-' if RESERVED.fullmatch(left) else ''}{left}+{digest}"
