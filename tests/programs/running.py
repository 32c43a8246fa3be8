"""Real programs on this machine that work on a control plane with the rights of a service account."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from kfinstall.localplane.binaries import find_binaries
from kfinstall.localplane.children import environment
from tests.e2e.sites import Site
from tests.localplane.listening import Socket, sockets_of
from tests.localplane.waiting import eventually

NAMESPACE = "kubeflow"
PATIENCE_S = 180.0
_END_S = 10.0

Manifest = Mapping[str, Any]


class Program(NamedTuple):
    """A program that was started, and the file that all it says goes to."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def sockets(self) -> list[Socket]:
        """Give the TCP sockets of the program, which is the only child of what watches over it."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/").glob("*/children")
        return sockets_of(int(child) for file in children for child in file.read_text().split())

    def until(self, ask: Callable[[], Any]) -> Any:
        """Give the first answer that is true; fail with the program's last words when it ends or takes too long."""

        def ask_it_alive() -> Any:
            answer = ask()
            assert answer or self.process.poll() is None, f"it ended: {self.said()[-3000:]}"
            return answer

        try:
            return eventually(ask_it_alive, PATIENCE_S)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said: {self.said()[-3000:]}") from error

    def until_refused(self, account: str, verb: str, resource: str) -> None:
        """Wait until it says, quoted this way or another, that its account may not do this."""
        words = f'User "system:serviceaccount:{NAMESPACE}:{account}" cannot {verb} resource "{resource}"'
        self.until(lambda: words in self.said().replace("\\", ""))


@contextmanager
def running(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Iterator[Program]:
    """Run a program in a folder of its own; it ends with the block, and also when this process is killed."""
    read_end, write_end = os.pipe()
    log = folder / "log"
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = subprocess.Popen(
            [find_binaries().localplane, "--watch-fd", str(read_end), "exec", *command],
            cwd=folder,
            env={**environment(os.environ), "TMPDIR": str(folder), **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(read_end,),
            start_new_session=True,
        )
    finally:
        os.close(output)
        os.close(read_end)
    try:
        yield Program(process, log)
    finally:
        os.close(write_end)
        try:
            process.wait(_END_S)
        finally:
            process.kill()


def write_private(path: Path, content: bytes) -> Path:
    """Write a file that its owner alone may read, and never was anything else."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path


def kubeconfig_of(site: Site, account: str, folder: Path) -> Path:
    """Write a kubeconfig with which one is a service account, and has its rights and no others."""
    config = json.loads(site.kubectl("config", "view", "--raw", "--flatten", "--minify", "-o", "json"))
    token = site.kubectl("create", "token", account, "-n", NAMESPACE, "--duration=1h").strip()
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    return write_private(folder / "kubeconfig", json.dumps(config).encode())


def read(site: Site, kind: str, name: str, namespace: str = NAMESPACE) -> Any:
    """Give what the server has."""
    return json.loads(site.kubectl("get", kind, name, "-n", namespace, "-o", "json"))


def listed(site: Site, kind: str, namespace: str, *arguments: str) -> list[Any]:
    """Give all that the server has of a kind in a namespace."""
    return list(json.loads(site.kubectl("get", kind, "-n", namespace, "-o", "json", *arguments))["items"])


def answers(url: str) -> bool:
    """Say whether a program answers there that all is well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port(host: str = "127.0.0.1") -> int:
    """Give a port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def without(site: Site, role: str, resource: str, verb: str) -> Iterator[None]:
    """Take one verb on one resource from a role (`Kind/name`) that is installed, until the block ends."""
    kind, name = role.split("/")
    was = read(site, kind, name)
    rules = [rule for old in was["rules"] for rule in _split(old, resource, verb)]
    assert rules != was["rules"], f"{role} does not allow {verb} {resource}"
    replace = '[{"op": "replace", "path": "/rules", "value": %s}]'
    patch = ("patch", kind, name, "-n", NAMESPACE, "--type=json", "-p")
    site.kubectl(*patch, replace % json.dumps(rules))
    try:
        yield
    finally:
        site.kubectl(*patch, replace % json.dumps(was["rules"]))


def _split(rule: Manifest, resource: str, verb: str) -> list[Manifest]:
    """Give rules that allow what one allowed, but for one verb on one resource."""
    if resource not in rule["resources"] or verb not in rule["verbs"]:
        return [rule]
    others = {**rule, "resources": [r for r in rule["resources"] if r != resource]}
    less = {**rule, "resources": [resource], "verbs": [v for v in rule["verbs"] if v != verb]}
    return [new for new in (others, less) if new["resources"] and new["verbs"]]
