"""The catalogue as a person reads it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kfinstall.catalog import components, packaged_set, platforms
from kfinstall.cli import output


def components_text() -> list[str]:
    """Give the components in a table: name, whether it was proven, what it is and its version."""
    rows = [(info.name, info.status, f"{info.description} ({info.version})") for info in components()]
    return output.table(["COMPONENT", "STATUS", "WHAT IT IS"], rows)


def components_data() -> list[dict[str, Any]]:
    """Give all that the components declare."""
    return [_plain(asdict(info)) for info in components()]


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
