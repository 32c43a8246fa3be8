"""The training operators' part on a control plane where no pod runs a program: they say what became of a job."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

KINDS = "tfjobs.kubeflow.org,pytorchjobs.kubeflow.org"
PAUSE_S = 0.5

Kubectl = Callable[..., str]


def verdict(name: str) -> dict[str, Any]:
    """Give the status that the operator writes when a job has ended: `Succeeded` or `Failed`."""
    reason = f"Job{name}"
    condition = {"type": name, "status": "True", "reason": reason, "message": f"the job has {name.lower()}"}
    return {"conditions": [condition], "replicaStatuses": {"Worker": {name.lower(): 1}}}


@contextmanager
def operating(kubectl: Kubectl) -> Iterator[None]:
    """Let every training job that has no status succeed, until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_operate, args=(kubectl, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _operate(kubectl: Kubectl, ended: threading.Event) -> None:
    while not ended.wait(PAUSE_S):
        if "tfjobs" not in kubectl("api-resources", "--api-group=kubeflow.org", "-o", "name"):
            continue
        for job in json.loads(kubectl("get", KINDS, "-A", "-o", "json"))["items"]:
            if not job.get("status"):
                end(kubectl, job, "Succeeded")


def end(kubectl: Kubectl, job: dict[str, Any], name: str) -> None:
    """Write what became of one job."""
    where = ("-n", job["metadata"]["namespace"], job["kind"].lower(), job["metadata"]["name"])
    kubectl("patch", *where, "--subresource=status", "--type=merge", "-p", json.dumps({"status": verdict(name)}))
