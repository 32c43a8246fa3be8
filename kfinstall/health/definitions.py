"""What the definition of a custom resource says of its status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfinstall.health.model import part
from kfinstall.resource import Manifest


def writes_conditions(definition: Manifest, version: str) -> bool:
    """Will a controller write conditions into the status of such a resource, as far as its schema says?

    In:   a CustomResourceDefinition, and the version that is looked at.
    """
    found: Mapping[str, Any] = next(
        (one for one in part(definition, "spec").get("versions") or () if one.get("name") == version), {}
    )
    schema = part(part(found, "schema"), "openAPIV3Schema")
    status = part(part(schema, "properties"), "status")
    return "status" in part(found, "subresources") and "conditions" in part(status, "properties")
