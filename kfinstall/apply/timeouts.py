"""How long one resource may take: the annotation `kfinstall.dev/timeout`, such as `90s`, `5m` or `1h30m`."""

from __future__ import annotations

import re
from typing import Final

from kfinstall.errors import InputError
from kfinstall.resource import Resource

TIMEOUT: Final = "kfinstall.dev/timeout"
_DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def timeout_of(resource: Resource, default_s: float) -> float:
    """Give the seconds that a resource may take to become healthy.

    Raises:  InputError when the annotation is no duration.
    """
    text = (resource.manifest["metadata"].get("annotations") or {}).get(TIMEOUT)
    if text is None:
        return default_s
    match = _DURATION.fullmatch(str(text))
    seconds = sum(_SECONDS[unit] * float(n) for unit, n in match.groupdict().items() if n) if match else 0.0
    if seconds <= 0:
        raise InputError(
            f"annotation {TIMEOUT}: '{text}' is no duration",
            origin=resource.origin,
            hint="write it as 90s, 5m or 1h30m",
        )
    return seconds
