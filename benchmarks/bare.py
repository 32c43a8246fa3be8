"""A client that does nothing but send: what an install costs the API server, as a measure for those that think.

    python -m benchmarks.bare FILE CONNECTIONS

It sends each manifest of a file by server-side apply in a fixed order (namespaces first, Deployments last) over so many
connections, then asks once in a while until all Deployments are available. It knows the kinds of `objects` by heart,
compares nothing, records nothing, and gives up at the first refusal.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ROOTS: Mapping[str, str] = {
    "Namespace": "/api/v1",
    "ServiceAccount": "/api/v1",
    "ConfigMap": "/api/v1",
    "Secret": "/api/v1",
    "Service": "/api/v1",
    "Role": "/apis/rbac.authorization.k8s.io/v1",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1",
    "PodDisruptionBudget": "/apis/policy/v1",
    "Deployment": "/apis/apps/v1",
}
"""Kind -> where it is served, in the order of sending."""
QUERY = "?fieldManager=bare&force=true"
PAUSE_S = 0.1


def main(file: str, connections: int) -> None:
    """Install, and wait."""
    manifests = list(yaml.load_all(Path(file).read_bytes(), yaml.CSafeLoader))
    Bare(_server(), connections).install(manifests)


class Bare:
    """Owner of the connections, one a thread."""

    def __init__(self, server: str, connections: int) -> None:
        self._server = server
        self._connections = connections
        self._local = threading.local()

    def install(self, manifests: Sequence[Mapping[str, Any]]) -> None:
        """Send all, kind by kind, and wait until all Deployments are available."""
        ordered = sorted(manifests, key=lambda manifest: list(ROOTS).index(manifest["kind"]))
        with ThreadPoolExecutor(self._connections) as pool:
            for _, of_kind in groupby(ordered, key=lambda manifest: manifest["kind"]):
                list(pool.map(self._apply, of_kind))
        while not self._is_all_available():
            time.sleep(PAUSE_S)

    def _apply(self, manifest: Mapping[str, Any]) -> None:
        metadata, kind = manifest["metadata"], manifest["kind"]
        place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
        path = f"{ROOTS[kind]}{place}/{kind.lower()}s/{metadata['name']}{QUERY}"
        self._ask("PATCH", path, json.dumps(manifest).encode(), "application/apply-patch+yaml")

    def _is_all_available(self) -> bool:
        items = json.loads(self._ask("GET", f"{ROOTS['Deployment']}/deployments"))["items"]
        return all(_is_available(item) for item in items)

    def _ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._server)
        headers = {"Content-Type": content_type} if body else {}
        self._local.connection.request(method, path, body, headers)
        response = self._local.connection.getresponse()
        data: bytes = response.read()
        if response.status >= 400:
            raise SystemExit(f"{method} {path}: {response.status} {data.decode(errors='replace')[:300]}")
        return data


def _is_available(deployment: Mapping[str, Any]) -> bool:
    status = deployment.get("status") or {}
    is_seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    return bool(is_seen and status.get("availableReplicas", 0) >= deployment["spec"]["replicas"])


def _server() -> str:
    """Give host and port out of a kubeconfig with one cluster that needs no credentials."""
    content = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    return str(urlsplit(content["clusters"][0]["cluster"]["server"]).netloc)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
