"""The few requests a control plane needs while it starts: over TLS, with the administrator's certificate."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from kfinstall.errors import ClusterError
from kfinstall.resource import Manifest, gvk_of

CREATED_OR_THERE = (200, 201, 409)


class Client:
    """One connection to one API server, opened again when it breaks."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._address = urlsplit(cluster["server"]).netloc
        self._context = _tls(cluster, user, kubeconfig)
        self._connection: http.client.HTTPSConnection | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Send one request; give the status and the answer's body, `(0, b"")` when nobody answers."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(self._address, context=self._context, timeout=10)
            payload = None if body is None else json.dumps(body)
            self._connection.request(method, path, payload, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b""

    def get(self, path: str) -> dict[str, Any]:
        """Read one resource or list.

        Raises:  ClusterError when it cannot be had.
        """
        status, body = self.request("GET", path)
        if status != 200:
            raise refusal(path, status, body)
        answer: dict[str, Any] = json.loads(body)
        return answer


def collection_path(client: Client, manifest: Manifest) -> str:
    """Give the path to which a resource is sent, with the plural the server has; empty when it has no such kind."""
    gvk = gvk_of(manifest)
    prefix = f"/apis/{gvk.api_version}" if gvk.group else f"/api/{gvk.version}"
    status, body = client.request("GET", prefix)
    known = json.loads(body)["resources"] if status == 200 else []
    kind = next((r for r in known if r["kind"] == gvk.kind and "/" not in r["name"]), None)
    if kind is None:
        return ""
    scope = f"/namespaces/{manifest['metadata'].get('namespace', 'default')}" if kind["namespaced"] else ""
    return f"{prefix}{scope}/{kind['name']}"


def refusal(what: str, status: int, body: bytes) -> ClusterError:
    """Give the error for an answer that is none of those wanted."""
    try:
        answer = json.loads(body)
        return ClusterError(f"{what}: {answer['message']}", status=status, reason=answer.get("reason", ""))
    except (ValueError, KeyError):
        return ClusterError(f"{what}: HTTP status {status}", status=status)


def _tls(cluster: dict[str, str], user: dict[str, str], kubeconfig: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
    # The ssl module takes a client certificate from a file only.
    pem = kubeconfig.with_suffix(f".{os.getpid()}.pem")
    descriptor = os.open(pem, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as out:
            out.write(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
        context.load_cert_chain(pem)
    finally:
        pem.unlink()
    return context


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
