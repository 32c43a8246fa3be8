"""The settings of a connection that a plain kubeconfig says: a certificate or a token, no proxy.

The Kubernetes library reads every kubeconfig, and takes as long to import as all of kfinstall. What most have is read
here; for anything else `plain_settings` gives None, and the library is asked.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CLUSTER_KEYS: Final = frozenset(
    {"server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name"}
)
USER_KEYS: Final = frozenset(
    {"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"}
)
PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


@dataclass(slots=True)
class Settings:
    """What a connection needs, by the names that the library's `Configuration` gives it. Files are paths."""

    host: str
    verify_ssl: bool = True
    ssl_ca_cert: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    tls_server_name: str | None = None
    token: str = ""
    proxy: str | None = None
    proxy_headers: Mapping[str, str] | None = None
    no_proxy: str | None = None
    assert_hostname: bool | None = None

    def auth_settings(self) -> Mapping[str, Mapping[str, str]]:
        """Give the value of the authorization header, as the library does."""
        return {"BearerToken": {"value": f"Bearer {self.token}"}} if self.token else {}


def plain_settings(
    cluster: Mapping[str, Any], user: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> Settings | None:
    """Give the settings of a cluster and a user whose file names are absolute; None when the library must read them.

    Source:  kubernetes-client/python, config/kube_config.py: data goes before files; certificates are for https only.
    """
    is_plain = cluster.keys() <= CLUSTER_KEYS and user.keys() <= USER_KEYS and not any(map(environ.get, PROXIES))
    if not is_plain:
        return None
    settings = Settings(
        str(cluster["server"]).rstrip("/"),
        verify_ssl=not cluster.get("insecure-skip-tls-verify"),
        tls_server_name=cluster.get("tls-server-name"),
        token=str(user.get("token") or ""),
    )
    if settings.host.startswith("https"):
        try:
            settings.ssl_ca_cert = _file(cluster, "certificate-authority")
            settings.cert_file = _file(user, "client-certificate")
            settings.key_file = _file(user, "client-key")
        except (OSError, ValueError):
            return None  # the library says what is wrong with it
    return settings


def _file(section: Mapping[str, Any], key: str) -> str | None:
    """Give the file that a key names, or one that holds its data until the process ends."""
    data = section.get(f"{key}-data")
    if data is None:
        named = section.get(key)
        return None if named is None else str(Path(named).resolve(strict=True))
    descriptor, name = tempfile.mkstemp()
    atexit.register(Path(name).unlink, missing_ok=True)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b64decode(data, validate=True))
    return name
