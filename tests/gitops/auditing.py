"""What the API server's audit log says: who wrote what, in which order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CREATED = 201


class Write(NamedTuple):
    """One write that the server accepted: (group, resource, namespace, name) of what, and by which program."""

    group: str
    resource: str
    namespace: str
    name: str
    agent: str
    is_creation: bool
    subresource: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names the object."""
        return self.group, self.resource, self.namespace, self.name


def writes(log: Path) -> list[Write]:
    """Give the accepted writes of an audit log in its order; dry runs are none. A namespace is said to be in itself."""
    return list(_writes(log))


def _writes(log: Path) -> Iterator[Write]:
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        about, status = entry.get("objectRef") or {}, entry.get("responseStatus") or {}
        if "dryRun=" in entry.get("requestURI", "") or int(status.get("code") or 0) >= 300:
            continue
        yield Write(
            about.get("apiGroup", ""),
            about.get("resource", ""),
            "" if about.get("resource") == "namespaces" else about.get("namespace", ""),
            about.get("name", ""),
            entry.get("userAgent", ""),
            int(status.get("code") or 0) == CREATED,
            about.get("subresource", ""),
        )
