"""Programs that are built for another processor than that of the node they are on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import Manifest, id_of

_SAID: Final = "exec format error"
"""Source: Linux, ENOEXEC, in the words of libc and of Go; runc and shells pass it on."""


def is_for_another_processor(pod: Manifest, status: Mapping[str, Any], snapshot: Snapshot) -> bool:
    """Did the container with this status say so when it ended, waits or in its log?"""
    id = id_of(pod)
    ends = (part(part(status, field), "terminated").get("message") for field in ("state", "lastState"))
    waits = part(part(status, "state"), "waiting").get("message")
    log = snapshot.logs.get((id.namespace, id.name, str(status.get("name"))))
    return any(_SAID in str(text) for text in (*ends, waits, log))
