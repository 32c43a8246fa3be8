"""A control plane, the command line as a user runs it, and kubectl as the judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kfinstall.cluster import connect
from kfinstall.resource import GroupKind
from tests.localplane.waiting import eventually

ROOT = Path(__file__).parents[2]
KUBECTL = Path(sys.executable).parent / "kubectl"

Objects = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""Kind with group, namespace and name -> the object."""

COMINGS_AND_GOINGS = {
    GroupKind("", "Event"),
    GroupKind("events.k8s.io", "Event"),
    GroupKind("coordination.k8s.io", "Lease"),
}
"""What the control plane writes all the time, whatever is installed."""


IN_EVERY_NAMESPACE = {("ConfigMap.", "kube-root-ca.crt"), ("ServiceAccount.", "default")}
"""What controllers put into each namespace, some time after it is there."""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What `-o json` printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def written(self) -> set[str]:
        """The resources that were sent or pruned, as `Kind name`."""
        return {f"{e['id']['kind']} {e['id']['name']}" for e in self.events if e["type"] in ("sent", "pruned")}


class Site(NamedTuple):
    """One control plane and the ways to it."""

    kubeconfig: Path
    home: Path

    def kfinstall(self, *arguments: object, **environment: str) -> Outcome:
        """Run the command line against this cluster, without a terminal."""
        command = [sys.executable, "-m", "kfinstall", *map(str, arguments)]
        env = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "COLUMNS": "80", **environment}
        done = subprocess.run(
            command, cwd=self.home, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def until_established(self, definition: str) -> None:
        """Wait until a kind is served. (`kubectl wait` fails on a definition that has no condition yet.)"""

        def is_established() -> bool:
            status = json.loads(self.kubectl("get", "crd", definition, "-o", "json")).get("status") or {}
            true = {one["type"] for one in status.get("conditions") or () if one["status"] == "True"}
            return "Established" in true

        eventually(is_established)

    def kubectl(self, *arguments: object, stdin: str | None = None) -> str:
        """Run kubectl as administrator; it must succeed."""
        command = [str(KUBECTL), "--kubeconfig", str(self.kubeconfig), *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def objects(self) -> Objects:
        """Give all there is in the cluster but what comes and goes by itself."""
        with connect(self.kubeconfig) as cluster:
            kinds = [k for k, info in cluster.kinds().items() if "list" in info.verbs and k not in COMINGS_AND_GOINGS]
            found = {_key(item): item for kind in kinds for item in cluster.list(kind)}
        return {key: item for key, item in found.items() if (key[0], key[2]) not in IN_EVERY_NAMESPACE}

    def overlay(self, name: str, text: str, **files: str) -> Path:
        """Write an overlay of one's own; `{root}` in its text is the way to the checkout."""
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        root = os.path.relpath(ROOT, folder.resolve())
        (folder / "kustomization.yaml").write_text(text.replace("{root}", root))
        for file, content in files.items():
            (folder / f"{file}.yaml").write_text(content)
        return folder


def _key(item: Mapping[str, Any]) -> tuple[str, str, str]:
    group = item["apiVersion"].rpartition("/")[0]
    metadata = item["metadata"]
    return f"{item['kind']}.{group}", metadata.get("namespace", ""), metadata["name"]


def versions(objects: Objects) -> dict[tuple[str, str, str], str]:
    """Give what changes with every write to an object; nodes are left out, their heartbeat is a write."""
    return {key: item["metadata"].get("resourceVersion", "") for key, item in objects.items() if key[0] != "Node."}


def added(before: Objects, after: Objects) -> set[tuple[str, str, str]]:
    """Give the keys of what is there now and was not before."""
    return set(after) - set(before)
