"""Where things lie: the folder of one control plane, the cache of built programs, the Go sources and the shapes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kfinstall.errors import InputError

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")

ETCD_SOCKET: Final = "etcd:0"
"""etcd listens on a Unix socket in the instance's folder: no port, and only its owner may connect. It wants a colon."""

EGRESS_SOCKET: Final = "egress.sock"
"""The socket through which the API server reaches pods. Relative, as paths of Unix sockets end at 104 bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one control plane; every one of them lies under `directory`."""

    directory: Path

    @property
    def name(self) -> str:
        """The instance's name, which is also the folder's."""
        return self.directory.name

    @property
    def pki(self) -> Path:
        """Certificates, keys and the programs' own kubeconfigs."""
        return self.directory / "pki"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, the one to use."""
        return self.pki / "admin.kubeconfig"

    @property
    def logs(self) -> Path:
        """One log per program."""
        return self.directory / "log"

    @property
    def state(self) -> Path:
        """Which processes belong to it."""
        return self.directory / "state.json"


def state_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder that holds one folder per control plane."""
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".local" / "state"
    return Path(base) / "kfinstall" / "local"


def cache_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder in which downloaded and built programs are kept; `KFINSTALL_CACHE_DIR` overrides it."""
    if chosen := environ.get("KFINSTALL_CACHE_DIR"):
        return Path(chosen) / "localplane"
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(base) / "kfinstall" / "localplane"


def sources() -> Path:
    """Give the folder of the Go module, its stages and the shapes: in a wheel it lies inside the package."""
    packaged = _PACKAGE / "data" / "localplane"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "localplane"


def check_name(name: str) -> str:
    """Give the name back when it can name a control plane.

    Raises:  InputError when it is not a lower-case label of at most 40 characters.
    """
    if not _NAME.fullmatch(name):
        hint = "use at most 40 lower-case letters, digits and '-', for example 'gke-2'"
        raise InputError(f"{name!r} cannot name a local control plane", hint=hint)
    return name
