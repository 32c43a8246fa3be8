"""All checks, in the order of their ids. Each is a pure function from a snapshot to what it found there."""

from __future__ import annotations

from typing import Final

from kfinstall.doctor.checks import scheduling
from kfinstall.doctor.model import Check

CHECKS: Final[tuple[Check, ...]] = tuple(
    sorted(
        (*scheduling.CHECKS,),
        key=lambda check: check.id,
    )
)
