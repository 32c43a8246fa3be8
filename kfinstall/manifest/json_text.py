"""JSON text -> plain data, no deeper than YAML may be."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.events import MAX_DEPTH

if TYPE_CHECKING:
    from typing import Any

TOO_DEEP = f"nested deeper than {MAX_DEPTH}"


def parse_json(text: str | bytes) -> Any:
    """Give JSON as plain data.

    Raises: ValueError for what is no JSON, or nested too deep.
    """
    import json

    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    level, depth = [value], 0
    while level:
        level = [child for one in level for child in _children(one)]
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise ValueError(TOO_DEEP)
    return value


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
