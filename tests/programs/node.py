"""A node whose pods are processes of this machine: a small kubelet, beside the simulated ones.

It runs one container a pod, mounts claims, ConfigMaps and empty folders, asks HTTP readiness probes, and says how a
process ended. It restarts nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from tests.e2e.sites import Site
from tests.programs.containers import Disk, Manifest, address_of, command_of
from tests.programs.running import Program, answers, running

NAME = "this-machine"
ADDRESS = "10.99.0.1"
TICK_S = 0.2
HEARTBEAT_S = 10.0
NOT_FOUND = 404
ROOM = {"cpu": "16", "memory": "64Gi", "pods": "110"}
DOMAIN = "local.kfinstall.dev"


@dataclass
class Started:
    """The process of a pod, the address that the cluster sees, and how to end it."""

    program: Program
    ip: str
    stack: ExitStack
    phase: str = "Pending"
    is_ready: bool = False


@dataclass
class Node:
    """The node: a connection, what runs in place of which image, and what runs now, by the UID of its pod."""

    api: Any
    images: Mapping[str, list[str]]
    folder: Path
    started: dict[str, Started] = field(default_factory=dict)
    count: int = 1

    def work(self, stop: threading.Event) -> None:
        """Do what a kubelet does, until `stop`; all processes have ended then."""
        next_beat_s = 0.0
        try:
            while not stop.wait(TICK_S):
                if time.monotonic() > next_beat_s:
                    self.api.patch_node_status(NAME, {"status": {"conditions": [_ready_condition()]}})
                    next_beat_s = time.monotonic() + HEARTBEAT_S
                for pod in self._pods():
                    self._advance(pod)
        finally:
            for started in self.started.values():
                started.stack.close()

    def _pods(self) -> list[Manifest]:
        found = self.api.list_pod_for_all_namespaces(field_selector=f"spec.nodeName={NAME}")
        return [self.api.api_client.sanitize_for_serialization(pod) for pod in found.items]

    def _advance(self, pod: Manifest) -> None:
        """Bring one pod a step on."""
        uid = pod["metadata"]["uid"]
        try:
            if "deletionTimestamp" in pod["metadata"]:
                self._end(pod)
            elif uid not in self.started:
                self.started[uid] = self._start(pod)
            else:
                self._watch(pod, self.started[uid])
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise

    def _start(self, pod: Manifest) -> Started:
        self.count += 1
        own = self.folder / pod["metadata"]["uid"]
        own.mkdir()
        (container,) = pod["spec"]["containers"]
        disk = Disk(self.folder / "claims", own / "volumes", self._config_map)
        command = command_of(pod, self.images[container["image"]], disk)
        stack = ExitStack()
        return Started(
            stack.enter_context(running(command.words, own, command.variables)), f"10.99.0.{self.count}", stack
        )

    def _config_map(self, namespace: str, name: str) -> Mapping[str, str]:
        data: Mapping[str, str] = self.api.read_namespaced_config_map(name, namespace).data
        return data

    def _watch(self, pod: Manifest, started: Started) -> None:
        """Say what has become of a process, when that changed."""
        code = started.program.process.poll()
        phase = "Running" if code is None else "Failed" if code else "Succeeded"
        is_ready = code is None and _answers_its_probe(pod)
        if (phase, is_ready) == (started.phase, started.is_ready):
            return
        marks = {f"{DOMAIN}/log": started.program.said(), f"{DOMAIN}/backend": _backend(pod)}
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        self.api.patch_namespaced_pod(name, namespace, {"metadata": {"annotations": marks}})
        started.phase, started.is_ready = phase, is_ready
        self.api.patch_namespaced_pod_status(name, namespace, {"status": _status(pod, started, code)})

    def _end(self, pod: Manifest) -> None:
        started = self.started.get(pod["metadata"]["uid"])
        if started:
            started.stack.close()
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        self.api.delete_namespaced_pod(name, namespace, grace_period_seconds=0)


def _answers_its_probe(pod: Manifest) -> bool:
    (container,) = pod["spec"]["containers"]
    if "readinessProbe" not in container:
        return True
    get = container["readinessProbe"]["httpGet"]
    ports = {port.get("name"): port["containerPort"] for port in container["ports"]}
    return answers(f"http://{_address(pod)}:{ports.get(get['port'], get['port'])}{get['path']}")


def _backend(pod: Manifest) -> str:
    """Give where the control plane's own connections to a pod lead: to the port its probe asks, else its first."""
    (container,) = pod["spec"]["containers"]
    ports = container.get("ports") or [{"containerPort": 1}]
    asked = container.get("readinessProbe", {}).get("httpGet", {}).get("port")
    number = next((port["containerPort"] for port in ports if port.get("name") == asked), ports[0]["containerPort"])
    return f"{_address(pod)}:{number}"


def _address(pod: Manifest) -> str:
    return address_of(pod["metadata"]["namespace"], pod["metadata"]["name"])


def _status(pod: Manifest, started: Started, code: int | None) -> Manifest:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (container,) = pod["spec"]["containers"]
    ended = {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed", "finishedAt": now}}
    state = {"running": {"startedAt": now}, "terminated": None} if code is None else {"running": None, **ended}
    ready = str(started.is_ready)
    said = {"PodScheduled": "True", "Initialized": "True", "ContainersReady": ready, "Ready": ready}
    return {
        "phase": started.phase,
        "hostIP": ADDRESS,
        "podIP": started.ip,
        "podIPs": [{"ip": started.ip}],
        "startTime": pod["status"].get("startTime", now),
        "conditions": [{"type": kind, "status": value} for kind, value in said.items()],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "restartCount": 0,
                "ready": started.is_ready,
                "state": state,
            }
        ],
    }


def _ready_condition() -> Manifest:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now}


@contextmanager
def running_node(site: Site, images: Mapping[str, list[str]], folder: Path) -> Iterator[None]:
    """Have all new pods scheduled to a node that runs them, until the block ends.

    In: `images`, image -> the program that is run in its place; `folder`, for volumes and logs.
    """
    api = client.CoreV1Api(config.new_client_from_config(str(site.kubeconfig)))
    for node in api.list_node().items:
        api.patch_node(node.metadata.name, {"spec": {"unschedulable": True}})
    api.create_node({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME}})
    status = {"capacity": ROOM, "allocatable": ROOM, "addresses": [{"type": "InternalIP", "address": ADDRESS}]}
    api.patch_node_status(NAME, {"status": {**status, "conditions": [_ready_condition()]}})
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(Node(api, images, folder).work, stop)
        try:
            yield
        finally:
            stop.set()
            work.result()
