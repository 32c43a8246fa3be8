"""Containers of pods and of what makes pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfinstall.health.model import part
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import Manifest


def containers_of(spec: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Give the containers of a pod's spec, init containers first."""
    return (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))


def template_specs(manifest: Manifest) -> tuple[Mapping[str, Any], ...]:
    """Give the spec of each pod that a manifest makes; a pod's own for a pod."""
    return tuple(part(template, "spec") for template in pod_templates(manifest))


def statuses_of(pod: Manifest) -> Iterator[Mapping[str, Any]]:
    """Give what the kubelet says of each container of a pod, init containers first."""
    for field in ("initContainerStatuses", "containerStatuses"):
        yield from part(pod, "status").get(field) or ()
