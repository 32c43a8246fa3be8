"""Argo CD's own repo-server and application-controller, with a real Redis, on a control plane here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kfinstall.localplane import Plane
from kfinstall.localplane.progress import silent
from tests.e2e.sites import ROOT, Site
from tests.gitops.building import argocd, definitions
from tests.localplane.waiting import eventually
from tests.programs.running import Program, free_port, running

NAMESPACE: Final = "argocd"
PATIENCE_S: Final = 300.0
RESYNC_S: Final = 10
PLUGIN: Final = ROOT / "docs" / "gitops" / "plugin"
"""What adds kfinstall to an Argo CD."""
_REDIS: Final = "redis-server"
_MAPS: Final = (
    "argocd-cm",
    "argocd-rbac-cm",
    "argocd-cmd-params-cm",
    "argocd-ssh-known-hosts-cm",
    "argocd-tls-certs-cm",
)


@dataclass(frozen=True)
class Argo:
    """What a test holds: the cluster and the programs."""

    site: Site
    repositories: Program
    controller: Program
    plugin: Program

    def application(self, name: str) -> Mapping[str, Any]:
        """Give an Application as the controller left it; empty when there is none."""
        asked = ("-n", NAMESPACE, "get", "applications.argoproj.io", name, "-o", "json", "--ignore-not-found")
        return json.loads(self.site.kubectl(*asked) or "{}")

    def verdict(self, name: str) -> tuple[str, str]:
        """Give whether an Application is synced, and its health."""
        status = self.application(name).get("status") or {}
        return (
            str((status.get("sync") or {}).get("status") or "Unknown"),
            str((status.get("health") or {}).get("status") or "Unknown"),
        )

    def until(self, ask: Callable[[], Any], told: str = "") -> Any:
        """Give the first answer that is true, while both programs run; fail with what Argo CD says of it."""

        def ask_them_alive() -> Any:
            for program in (self.repositories, self.controller, self.plugin):
                assert program.process.poll() is None, program.said()[-3000:]
            return ask()

        try:
            return eventually(ask_them_alive, PATIENCE_S)
        except AssertionError as error:
            raise AssertionError(
                f"{error}; {self.explain(told) if told else self.controller.said()[-3000:]}"
            ) from error

    def until_synced(self, name: str, health: str = "Healthy") -> None:
        """Wait until an Application is synced and has this health."""
        self.until(lambda: self.verdict(name) == ("Synced", health), name)

    def explain(self, name: str) -> str:
        """Say why an Application is not as wanted, in Argo CD's words."""
        status = self.application(name).get("status") or {}
        operation = status.get("operationState") or {}
        resources = [
            (one.get("kind"), one.get("name"), one.get("status"), one.get("health"))
            for one in status.get("resources") or ()
            if one.get("status") != "Synced" or (one.get("health") or {}).get("status") not in (None, "Healthy")
        ]
        failed = [
            (one.get("kind"), one.get("name"), one.get("message"))
            for one in (operation.get("syncResult") or {}).get("resources") or ()
            if one.get("status") == "SyncFailed" or one.get("hookPhase") in ("Failed", "Error")
        ]
        said = (self.verdict(name), status.get("conditions"), operation.get("phase"), operation.get("message"))
        return f"{said}; unwell: {resources}; failed: {failed}"


@contextmanager
def argo_cd(plane: Plane, folder: Path, health: Mapping[str, str] | None = None) -> Iterator[Argo]:
    """Run Argo CD on a control plane.

    In: `health`, further entries of its ConfigMap `argocd-cm`.
    """
    site = Site(plane.kubeconfig, folder)
    programs = argocd(silent)
    _install(site, health or {})
    with ExitStack() as stack:
        redis = _redis(stack, folder)
        places = {name: _private(folder / name) for name in ("gpg", "ssh", "tls", "plugins", "repo", "controller")}
        variables = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "KUBECONFIG": str(plane.kubeconfig),
            "ARGOCD_GPG_ENABLED": "false",
            "GNUPGHOME": str(places["gpg"]),
            "ARGOCD_GNUPGHOME": str(places["gpg"]),
            "ARGOCD_SSH_DATA_PATH": str(places["ssh"]),
            "ARGOCD_TLS_DATA_PATH": str(places["tls"]),
            "ARGOCD_PLUGINSOCKFILEPATH": str(places["plugins"]),
            "ARGOCD_FAKE_IN_CLUSTER": "true",
        }
        port = free_port()
        repositories = stack.enter_context(
            running(
                [str(programs / "argocd-repo-server"), f"--redis={redis}", f"--port={port}", "--address=127.0.0.1",
                 f"--metrics-port={free_port()}", "--metrics-address=127.0.0.1", "--disable-tls",
                 f"--revision-cache-expiration={RESYNC_S}s"],
                places["repo"], variables,
            )
        )  # fmt: skip
        controller = stack.enter_context(
            running(
                [str(programs / "argocd-application-controller"), f"--kubeconfig={plane.kubeconfig}",
                 f"--namespace={NAMESPACE}", f"--redis={redis}", f"--repo-server=127.0.0.1:{port}",
                 "--repo-server-plaintext", f"--metrics-port={free_port()}", f"--app-resync={RESYNC_S}"],
                places["controller"], variables,
            )
        )  # fmt: skip
        yield Argo(site, repositories, controller, _plugin(stack, programs, folder, variables))


def _plugin(stack: ExitStack, programs: Path, folder: Path, variables: Mapping[str, str]) -> Program:
    """Start the sidecar that runs `kfinstall build`, with the very file that people install."""
    home = _private(folder / "plugin")
    shutil.copy(PLUGIN / "plugin.yaml", home)
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"}
    command = [str(programs / "argocd-cmp-server"), f"--config-dir-path={home}"]
    program = stack.enter_context(running(command, home, {**variables, **path}))
    program.until((folder / "plugins" / "kfinstall.sock").is_socket)
    return program


def _redis(stack: ExitStack, folder: Path) -> str:
    """Start a Redis that keeps nothing; give its address."""
    assert shutil.which(_REDIS), "there is no 'redis-server' on PATH: apt-get install redis-server"
    address, home = f"127.0.0.1:{free_port()}", _private(folder / "redis")
    host, _, port = address.partition(":")
    options = ("--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", str(home))
    program = stack.enter_context(running([str(shutil.which(_REDIS)), *options], home, {}))
    program.until(lambda: "Ready to accept connections" in program.said())
    return address


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder


def _install(site: Site, health: Mapping[str, str]) -> None:
    """Do what Argo CD's own manifests do before its controllers start."""
    for path in definitions():
        site.kubectl("apply", "--server-side", "-f", path)
    for name in ("applications", "applicationsets", "appprojects"):
        site.until_established(f"{name}.argoproj.io")
    site.kubectl("create", "namespace", NAMESPACE)
    labels = {"app.kubernetes.io/part-of": "argocd"}
    maps: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
            "data": {"application.resourceTrackingMethod": "annotation", **health} if name == "argocd-cm" else {},
        }
        for name in _MAPS
    ]
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "argocd-secret", "namespace": NAMESPACE, "labels": labels},
        "stringData": {"server.secretkey": os.urandom(16).hex()},
    }
    everything = {"apiVersion": "v1", "kind": "List", "items": [*maps, secret]}
    site.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(everything))


class Repository:
    """A bare Git repository on this disk, and the work tree that commits to it."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.bare = folder / "tree", folder / "bare.git"
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), at=folder)
        self._git("clone", "--quiet", str(self.bare), str(self.tree), at=folder)
        self._git("checkout", "--quiet", "-B", "main")

    @property
    def url(self) -> str:
        """What Argo CD clones."""
        return f"file://{self.bare}"

    def commit(self, said: str = "change") -> None:
        """Commit and push all that is in the work tree."""
        self._git("add", "--all", "--force")
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        self._git(*who, "commit", "--quiet", "--allow-empty", "-m", said)
        self._git("push", "--quiet", "origin", "main")

    def _git(self, *arguments: str, at: Path | None = None) -> None:
        done = subprocess.run(["git", *arguments], cwd=at or self.tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
