"""Flux's kustomize-controller as one of the installers: outside the cluster, with its defaults.

It is handed its manifests as an ExternalArtifact, an archive that a web server here serves, so no time goes to fetching
a repository; and it runs before it is measured, which leaves out its start. Memory is its peak during a step.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.installers import NAME, STEPS, TIMEOUT, Manifests
from benchmarks.installs import FailedRunError
from benchmarks.processes import Cost
from kfinstall.cluster.api import ApiCluster
from kfinstall.cluster.http import Request, Transport
from kfinstall.cluster.kubeconfig import load_access
from kfinstall.cluster.refusals import Call
from kfinstall.resource import GVK, Manifest, ResourceId

NAMESPACE: Final = "flux-system"
SOURCES, KUSTOMIZATIONS = "source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"
KUSTOMIZATION: Final = ResourceId(KUSTOMIZATIONS, "Kustomization", NAMESPACE, NAME)
ARTIFACT: Final = ResourceId(SOURCES, "ExternalArtifact", NAMESPACE, NAME)
MERGE_PATCH: Final = "application/merge-patch+json"
LOOK_EVERY_S: Final = 0.1
PATIENCE_S: Final = 1800.0
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


class Flux:
    """The controller that runs, seen as an installer. Custom resources are written past the counting proxy."""

    name = "Flux"

    def __init__(self, process: subprocess.Popen[bytes], transport: Transport, folder: Path, url: str) -> None:
        self._process = process
        self._transport = transport
        self._cluster = ApiCluster(transport)
        self._folder = folder
        self._url = url

    def steps(self) -> Sequence[str]:
        """Give the steps it can do, in order."""
        return STEPS

    def run(self, step: str, manifests: Manifests) -> Cost:
        """Do one step."""
        proc = Path("/proc") / str(self._process.pid)
        (proc / "clear_refs").write_text("5")
        began_s, cpu_s = time.perf_counter(), _cpu_s(proc)
        {
            STEPS[0]: lambda: self._install(manifests.first),
            STEPS[1]: self._reconcile,
            STEPS[2]: lambda: self._change(manifests.changed),
            STEPS[3]: self._delete,
        }[step]()
        return Cost(time.perf_counter() - began_s, _cpu_s(proc) - cpu_s, _peak_mib(proc))

    def _install(self, manifests: Path) -> None:
        revision = self._publish(manifests)
        spec = {
            "interval": "10h",
            "timeout": TIMEOUT,
            "prune": True,
            "wait": True,
            "deletionPolicy": "WaitForTermination",
            "sourceRef": {"kind": ARTIFACT.kind, "name": NAME},
        }
        self._cluster.apply(_manifest(KUSTOMIZATION, spec=spec))
        self._wait(lambda status: status.get("lastAppliedRevision") == revision)

    def _reconcile(self) -> None:
        now = datetime.now(UTC).isoformat()
        live = self._cluster.get(KUSTOMIZATION)
        assert live is not None
        metadata = live["metadata"]
        asked = {**(metadata.get("annotations") or {}), "reconcile.fluxcd.io/requestedAt": now}
        self._cluster.update({**live, "metadata": {**metadata, "annotations": asked}})
        self._wait(lambda status: status.get("lastHandledReconcileAt") == now)

    def _change(self, manifests: Path) -> None:
        revision = self._publish(manifests)
        self._wait(lambda status: status.get("lastAppliedRevision") == revision)

    def _delete(self) -> None:
        self._cluster.delete(KUSTOMIZATION)
        self._until(lambda: self._cluster.get(KUSTOMIZATION) is None)
        self._cluster.delete(ARTIFACT)

    def _publish(self, manifests: Path) -> str:
        """Serve an archive of manifests, and have the ExternalArtifact name it; give its revision."""
        archive = _archive(manifests)
        digest = hashlib.sha256(archive).hexdigest()
        (self._folder / f"{digest}.tar.gz").write_bytes(archive)
        artifact = {
            "digest": f"sha256:{digest}",
            "lastUpdateTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "path": f"{digest}.tar.gz",
            "revision": f"sha256:{digest}",
            "url": f"{self._url}/{digest}.tar.gz",
        }
        self._cluster.apply(_manifest(ARTIFACT, spec={}))
        path = f"/apis/{SOURCES}/v1/namespaces/{NAMESPACE}/externalartifacts/{NAME}/status"
        body = {"status": {"artifact": artifact}}
        self._transport.send(Request(Call("patch", "status"), "PATCH", path, {}, body, MERGE_PATCH))
        return f"sha256:{digest}"

    def _wait(self, is_done: Any) -> None:
        self._until(lambda: self._is_ready(is_done))

    def _is_ready(self, is_done: Any) -> bool:
        live = self._cluster.get(KUSTOMIZATION) or {}
        status: Mapping[str, Any] = live.get("status") or {}
        conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
        ready = conditions.get("Ready") or {}
        if conditions.get("Stalled", {}).get("status") == "True" or ready.get("reason") == "HealthCheckFailed":
            raise FailedRunError(f"Flux: {ready.get('message')}")
        is_current = status.get("observedGeneration") == live.get("metadata", {}).get("generation")
        return bool(is_current and ready.get("status") == "True" and is_done(status))

    def _until(self, is_true: Any) -> None:
        give_up_s = time.perf_counter() + PATIENCE_S
        while not is_true():
            if self._process.poll() is not None or time.perf_counter() > give_up_s:
                raise FailedRunError(f"Flux: not done after {PATIENCE_S:.0f} s, or it ended")
            time.sleep(LOOK_EVERY_S)


@contextmanager
def running(program: Path, definitions: str, direct: Path, counted: Path, folder: Path) -> Iterator[Flux]:
    """Put Flux's kinds into the cluster, and run the controller.

    In:      kubeconfigs: `direct` for us, `counted` for the controller; `folder`, an empty one.
    """
    with closing(Transport(load_access(direct))) as transport, _serving(folder) as url:
        _prepare(ApiCluster(transport), definitions)
        flags = ("--metrics-addr=0", "--health-addr=0", "--feature-gates=ExternalArtifact=true", "--log-level=error")
        env = {**os.environ, "KUBECONFIG": str(counted), "RUNTIME_NAMESPACE": NAMESPACE}
        log = (folder / "controller.log").open("w")
        with log, subprocess.Popen([str(program), *flags], env=env, stdout=log, stderr=log) as process:
            try:
                yield Flux(process, transport, folder, url)
            finally:
                process.kill()


def _prepare(cluster: ApiCluster, definitions: str) -> None:
    found = [one for one in yaml.load_all(definitions, yaml.CSafeLoader) if one]
    for manifest in ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, *found):
        cluster.apply(manifest, force=True)
    for definition in found:
        spec = definition["spec"]
        while not cluster.serves(GVK(spec["group"], spec["versions"][0]["name"], spec["names"]["kind"])):
            time.sleep(LOOK_EVERY_S)


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """Serve the files of a folder on loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _archive(manifests: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(manifests, "objects.yaml")
    return buffer.getvalue()


def _manifest(id: ResourceId, **parts: Any) -> Manifest:
    return {
        "apiVersion": f"{id.group}/v1",
        "kind": id.kind,
        "metadata": {"namespace": id.namespace, "name": id.name},
        **parts,
    }


def _cpu_s(proc: Path) -> float:
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _peak_mib(proc: Path) -> float:
    lines = (proc / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
