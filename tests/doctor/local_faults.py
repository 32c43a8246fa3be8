"""Faults of the machine one is at, really made: files, variables, and servers on loopback."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kfinstall.localplane import Plane
from tests.proxy import open_proxy


@dataclass
class Machine:
    """What a fault changes of it: the home and the folder one is in, variables, and the kubeconfig."""

    home: Path
    plane: Plane
    environment: dict[str, str] = field(default_factory=dict)
    kubeconfig: Path | None = None
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def write(self, *contexts: tuple[str, str], current: str = "", **user: Any) -> None:
        """Write a kubeconfig with contexts (name, server)."""
        content = {
            "current-context": current or contexts[0][0],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "u"}} for name, _ in contexts],
            "clusters": [{"name": name, "cluster": {"server": server}} for name, server in contexts],
            "users": [{"name": "u", "user": user}],
        }
        self.kubeconfig = self.home / "config"
        self.kubeconfig.write_text(json.dumps(content))
        self.kubeconfig.chmod(0o600)

    def closed(self) -> str:
        """Give the URL of a port on which nobody listens."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            return f"https://127.0.0.1:{server.getsockname()[1]}"

    def open(self) -> str:
        """Give the URL of a port that takes connections."""
        server = self.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        return f"https://127.0.0.1:{server.getsockname()[1]}"

    def settings(self) -> dict[str, Any]:
        """Give the kubeconfig of the control plane, to be changed."""
        settings: dict[str, Any] = yaml.safe_load(self.plane.kubeconfig.read_text())
        return settings

    def save(self, settings: dict[str, Any]) -> None:
        """Write a kubeconfig."""
        self.kubeconfig = self.home / "config"
        self.kubeconfig.write_text(json.dumps(settings))
        self.kubeconfig.chmod(0o600)


@contextmanager
def machine(home: Path, plane: Plane) -> Iterator[Machine]:
    """Give a machine without a kubeconfig, a proxy or a minikube, and stop what a fault starts on it."""
    made = Machine(home, plane, {"HOME": str(home), "MINIKUBE_HOME": str(home)})
    with made.stack:
        yield made


def no_kubeconfig(machine: Machine) -> None:
    machine.kubeconfig = None


def no_context(machine: Machine) -> None:
    machine.write(("prod-eu", machine.closed()), current="prod")


def other_server_answers(machine: Machine) -> None:
    machine.write(("old", machine.closed()), ("kind-kind", machine.open()))


def untrusted(machine: Machine) -> None:
    settings = machine.settings()
    for cluster in settings["clusters"]:
        cluster["cluster"] = {"server": cluster["cluster"]["server"]}
    machine.save(settings)


def no_plugin(machine: Machine) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "gke-gcloud-auth-plugin-not-there"}
    machine.write(("gke", machine.closed()), exec={**plugin, "interactiveMode": "Never"})


def proxied(machine: Machine) -> None:
    machine.write(("here", machine.closed()))
    machine.environment |= {"HTTPS_PROXY": "http://alice:pass@proxy.example.com:3128", "NO_PROXY": "localhost"}


def ksonnet(machine: Machine) -> None:
    machine.write(("here", machine.closed()))
    (machine.home / "app.yaml").write_text("apiVersion: 0.3.0\nkind: ksonnet.io/app\nname: my-kubeflow\n")


def wrong_clock(machine: Machine) -> None:
    proxy = machine.stack.enter_context(open_proxy(machine.plane.kubeconfig, machine.home))
    proxy.clock_ahead_s = 95.0
    proxy.kubeconfig.chmod(0o600)
    machine.kubeconfig = proxy.kubeconfig


def old_server(machine: Machine) -> None:
    proxy = machine.stack.enter_context(open_proxy(machine.plane.kubeconfig, machine.home))
    proxy.version = "v1.27.16-gke.1258000"
    proxy.kubeconfig.chmod(0o600)
    machine.kubeconfig = proxy.kubeconfig


def readable(machine: Machine) -> None:
    machine.write(("here", machine.closed()))
    assert machine.kubeconfig is not None
    machine.kubeconfig.chmod(0o644)


def kvm(machine: Machine) -> None:
    machine.write(("minikube", machine.closed()))
    profile = machine.home / ".minikube/profiles/minikube"
    profile.mkdir(parents=True)
    (profile / "config.json").write_text('{"Name": "minikube", "Driver": "kvm2", "Memory": 8096}')


def no_desktop(machine: Machine) -> None:
    machine.write(("docker-desktop", machine.closed()))


@dataclass(frozen=True)
class LocalFault:
    """A fault of the machine: which check must find it, about what, with which words."""

    check: str
    subject: str
    make: Callable[[Machine], None]
    says: str
    code: int = 3


LOCAL_FAULTS = (
    LocalFault("KF001", "Server", no_kubeconfig, "no kubeconfig"),
    LocalFault("KF002", "Server", no_context, "did you mean 'prod-eu'?"),
    LocalFault("KF003", "Server", other_server_answers, "the server of context 'kind-kind' answers"),
    LocalFault("KF004", "Server", untrusted, "no trusted connection"),
    LocalFault("KF005", "Server", no_plugin, "'gke-gcloud-auth-plugin-not-there' is not installed"),
    LocalFault("KF006", "Variable", proxied, "the proxy proxy.example.com:3128 is used for 127.0.0.1"),
    LocalFault("KF007", "File", ksonnet, "kfinstall import-ksonnet"),
    LocalFault("KF010", "Server", wrong_clock, "s ahead of that of this machine", 0),
    LocalFault("KF011", "File", readable, "(mode 644)"),
    LocalFault("KF101", "Cluster", old_server, "the cluster runs Kubernetes 1.27, and the platform is tested on", 1),
    LocalFault("KF259", "Machine", kvm, "with the driver kvm2"),
    LocalFault("KF260", "Server", no_desktop, "tick Enable Kubernetes in its settings"),
)
"""Exit code 3: the cluster could not be asked, which is the fault, or is so beside it. A version is said by a proxy."""
