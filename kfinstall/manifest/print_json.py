"""Resources as JSON: the values that the YAML which is printed says."""

from __future__ import annotations

import json

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.emit import MAX_PRINTED, float_text, within_limit
from kfinstall.manifest.scalar import Unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from kfinstall.resource import Manifest, Resource

HEAD = '{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": ['
MARGIN = "\n    "


def dump_json_list(resources: Iterable[Resource], most: int = MAX_PRINTED) -> str:
    """Give one List with the resources.

    In:     `most`, characters that all of them together may have.
    Raises: InputError for a value JSON cannot hold, and where more is printed than may be, at the place where its
            resource was written.
    """
    return "".join(_pieces(resources, most))


def _pieces(resources: Iterable[Resource], most: int) -> Iterator[str]:
    yield HEAD
    comma = ""
    for text in within_limit(resources, dump_json, most):
        indented = text.rstrip("\n").replace("\n", MARGIN)
        yield f"{comma}{MARGIN}{indented}"
        comma = ","
    yield "\n  ]\n}\n" if comma else "]\n}\n"


def dump_json(manifest: Manifest) -> str:
    """Give one manifest.

    Raises: InputError without an origin for infinity, and for what is not a number.
    """
    return json.dumps(_printed(manifest), indent=2, ensure_ascii=False) + "\n"


def _printed(value: Any) -> Any:
    """Give a value as it is in YAML: what was a number before it became text is one."""
    if isinstance(value, dict):
        return {key: _printed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_printed(inner) for inner in value]
    if isinstance(value, Unquoted):
        return _printed(value.value)
    if isinstance(value, float):
        float_text(value)
    return value
