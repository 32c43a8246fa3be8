"""What is true of this machine: its kubeconfig, its proxies, and the folder one is in. No credential is read."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kfinstall.cluster.kubeconfig import Endpoint, known_contexts, kubeconfig_files
from kfinstall.doctor.snapshot import Known, LocalFacts, Problem
from kfinstall.errors import InputError

PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
TELLING: Final = ("app.yaml",)
"""Files of the folder one is in that say what it is."""
_CONNECT_S: Final = 1.0
_BEGINNING: Final = 400


def look_around(kubeconfig: str | None, meant: Endpoint, folder: Path, problem: Problem | None = None) -> LocalFacts:
    """Give what is known here.

    In: `meant`, which cluster, as far as it is known; `problem`, why it could not be asked: then the servers of the
        other contexts are tried, whether they take connections.
    """
    return LocalFacts(
        environment={name: _bare(os.environ[name]) for name in PROXIES if os.environ.get(name)},
        files=dict(_files(folder)),
        problem=problem,
        contexts=_contexts(kubeconfig) if problem is not None else (),
        modes=_modes(kubeconfig),
        server=meant.server,
        context=meant.context,
        driver=_driver(meant.context),
    )


def _driver(context: str) -> str:
    """Give what minikube runs the machine of a context with, as it has written down; empty where it is none of its.

    Source: minikube 1.37, pkg/minikube/config: a profile's settings.
    """
    home = Path(os.environ.get("MINIKUBE_HOME") or "~").expanduser()
    folder = home if home.name == ".minikube" else home / ".minikube"
    if not context or Path(context).name != context:
        return ""
    try:
        settings = json.loads((folder / "profiles" / context / "config.json").read_bytes())
        return str(settings["Driver"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _bare(address: str) -> str:
    """Give an address without who logs in there."""
    return address.rpartition("@")[2]


def _files(folder: Path) -> Mapping[str, str]:
    there = (folder / name for name in TELLING)
    return {path.name: path.read_text(errors="replace")[:_BEGINNING] for path in there if path.is_file()}


def _modes(kubeconfig: str | None) -> Mapping[str, int]:
    try:
        return {str(path): path.stat().st_mode & 0o777 for path in kubeconfig_files(kubeconfig)}
    except InputError:
        return {}


def _contexts(kubeconfig: str | None) -> tuple[Known, ...]:
    try:
        found = known_contexts(kubeconfig)
    except InputError:
        return ()
    with ThreadPoolExecutor(8, thread_name_prefix="kfinstall-local") as pool:
        answers = pool.map(lambda one: _takes_connections(one.server), found)
        return tuple(Known(one.context, one.server, does) for one, does in zip(found, answers, strict=True))


def _takes_connections(server: str) -> bool:
    parts = urlsplit(server)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), timeout=_CONNECT_S):
            return True
    except OSError:
        return False
