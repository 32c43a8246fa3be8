"""All checks, in the order of their ids. Each is a pure function from a snapshot to what it found there."""

from __future__ import annotations

from typing import Final

from kfinstall.doctor.checks import (
    addresses,
    gpu,
    images,
    mounts,
    network,
    policies,
    pulls,
    routes,
    scheduling,
    services,
    storage,
    volumes,
)
from kfinstall.doctor.model import Check

CHECKS: Final[tuple[Check, ...]] = tuple(
    sorted(
        (
            *services.CHECKS,
            *routes.CHECKS,
            *policies.CHECKS,
            *network.CHECKS,
            *addresses.CHECKS,
            *gpu.CHECKS,
            *images.CHECKS,
            *mounts.CHECKS,
            *pulls.CHECKS,
            *scheduling.CHECKS,
            *storage.CHECKS,
            *volumes.CHECKS,
        ),
        key=lambda check: check.id,
    )
)
