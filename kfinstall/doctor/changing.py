"""Live manifests as a fix would have them: whole, so that they are replaced at the version that was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kfinstall.doctor.model import Step
from kfinstall.resource import Manifest


def update(live: Manifest, path: tuple[str, ...], change: Callable[[Any], Any], why: str) -> Step:
    """Give the step that replaces the value at a path by what `change` makes of it; None stands for an absent one."""
    return Step("update", _changed(live, path, change), why)


def _changed(value: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(value)
    mapping = value if isinstance(value, dict) else {}
    return {**mapping, path[0]: _changed(mapping.get(path[0]), path[1:], change)}


def each_container(name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Any]:
    """Give the change of a list of containers that changes the one of this name."""

    def changed(containers: Any) -> list[Any]:
        return [change(one) if one.get("name") == name else one for one in containers or ()]

    return changed
