"""What `build --explain` prints: for every resource with the field, its value and the place of its last write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from kfinstall.build.field_paths import parse_field_path
from kfinstall.build.history import AS_WRITTEN, Explanation
from kfinstall.errors import InputError
from kfinstall.resource import Origin

HIDDEN = ("data", "stringData")


def lines(found: list[Explanation], target: str) -> Iterator[str]:
    """Give one line a resource: place, what wrote it, resource and value. Values of Secrets are not shown."""
    path = parse_field_path(target.rpartition(":")[2])
    for one in found:
        is_secret = one.resource.manifest.get("kind") == "Secret" and path[0] in HIDDEN
        value = "(hidden)" if is_secret else json.dumps(one.value, ensure_ascii=False, sort_keys=True)
        origin = _line(one.origin, path) if one.kind == AS_WRITTEN else one.origin
        yield f"{origin}: {one.kind}: {one.resource.id} {'.'.join(path)} = {value}"


def _line(origin: Origin, path: tuple[str, ...]) -> Origin:
    """Give the line of the field itself in the file of a resource; that of the resource where it cannot be told."""
    from kfinstall.manifest import locate_document, locate_field

    try:
        node = locate_document(Path(origin.path).read_bytes(), origin.path, origin.line)
    except (OSError, InputError):
        return origin
    parts = [int(part) if part.isdigit() else part for part in path]
    return Origin(origin.path, locate_field(node, *parts).line) if node else origin
