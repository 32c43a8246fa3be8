"""The catalogue as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kfinstall.catalog import ComponentInfo, components, packaged_set, platforms
from kfinstall.cli import output


def components_text(at: Path | None = None, installed: Sequence[str] | None = None) -> list[str]:
    """Give the components in a table: name, whether it was proven, what it is, its version, and what to take instead.

    In: `at`, the catalogue of a project, and which of it are in the project.
    """
    rows = [(_marked(info, installed), info.status, _summary(info)) for info in components(at)]
    return output.table(["COMPONENT" if installed is None else "  COMPONENT", "STATUS", "WHAT IT IS"], rows)


def _summary(info: ComponentInfo) -> str:
    gone = "" if info.upstream == "alive" else f"; {info.successor}"
    return f"{info.description} ({info.version}){gone}"


def _marked(info: ComponentInfo, installed: Sequence[str] | None) -> str:
    if installed is None:
        return info.name
    return f"* {info.name}" if info.name in installed else f"  {info.name}"


def components_data(at: Path | None = None, installed: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Give all that the components declare, and which of them are in a project."""
    return [
        component_data(info) | ({} if installed is None else {"installed": info.name in installed})
        for info in components(at)
    ]


def component_data(info: ComponentInfo) -> dict[str, Any]:
    """Give all that one component declares."""
    found: dict[str, Any] = _plain(asdict(info))
    return found


def component_text(info: ComponentInfo) -> list[str]:
    """Give one component as a person reads it."""
    facts = [
        ("version", info.version),
        ("status", f"{info.status}: {info.proven}"),
        ("upstream", "" if info.upstream == "alive" else info.upstream),
        ("successor", info.successor),
        ("source", info.source),
        ("requires", ", ".join(info.requires)),
        ("namespace", info.namespace),
        ("unrestricted", info.unrestricted),
        *(("image", f"{use.image} - {use.use}") for use in info.images),
        *(("port", f"{port.service}:{port.port} - {port.use}") for port in info.ports),
        *(("stores", f"{kept.claim}, {kept.size} - {kept.holds}") for kept in info.stores),
        *(("parameter", f"{one.name} - {one.description}") for one in info.parameters),
    ]
    lines = output.table(["", ""], [fact for fact in facts if fact[1]])
    return [output.styled(info.name, "bold"), f"{info.description}", *lines]


def platforms_text() -> list[str]:
    """Give the platforms in a table."""
    return output.table(["PLATFORM", "WHAT IT IS"], [(info.name, info.description) for info in platforms()])


def platforms_data() -> list[dict[str, Any]]:
    """Give all that the platforms declare, and the components of each one's packaged overlay."""
    return [{**_plain(asdict(info)), "components": list(packaged_set(info.name))} for info in platforms()]


def _plain(value: Any) -> Any:
    """Turn tuples into lists: JSON and YAML have only those."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    return [_plain(child) for child in value] if isinstance(value, tuple | list) else value
