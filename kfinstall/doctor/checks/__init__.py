"""All checks, in the order of their ids. Each is a pure function from a snapshot to what it found there."""

from __future__ import annotations

from typing import Final

from kfinstall.doctor.checks import (
    addresses,
    admission,
    apis,
    changes,
    client,
    clouds,
    cluster,
    crashes,
    crds,
    gpu,
    images,
    jupyter,
    leftovers,
    mounts,
    network,
    nodes,
    openshift,
    pods,
    policies,
    pulls,
    rights,
    room,
    routes,
    scheduling,
    services,
    serving,
    storage,
    training,
    volumes,
    webhooks,
    workloads,
)
from kfinstall.doctor.model import Check

CHECKS: Final[tuple[Check, ...]] = tuple(
    sorted(
        (
            *openshift.CHECKS,
            *clouds.CHECKS,
            *webhooks.CHECKS,
            *rights.CHECKS,
            *room.CHECKS,
            *admission.CHECKS,
            *addresses.CHECKS,
            *apis.CHECKS,
            *crashes.CHECKS,
            *crds.CHECKS,
            *changes.CHECKS,
            *client.CHECKS,
            *cluster.CHECKS,
            *network.CHECKS,
            *nodes.CHECKS,
            *policies.CHECKS,
            *routes.CHECKS,
            *services.CHECKS,
            *gpu.CHECKS,
            *images.CHECKS,
            *jupyter.CHECKS,
            *leftovers.CHECKS,
            *serving.CHECKS,
            *training.CHECKS,
            *mounts.CHECKS,
            *pods.CHECKS,
            *pulls.CHECKS,
            *scheduling.CHECKS,
            *storage.CHECKS,
            *volumes.CHECKS,
            *workloads.CHECKS,
        ),
        key=lambda check: check.id,
    )
)
