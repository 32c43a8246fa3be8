"""Which programs a control plane needs, in which version, and how each tells its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

KUBERNETES: Final = "1.36.3"
ETCD: Final = "3.6.8"
KWOK: Final = "0.8.0"


class Requirement(NamedTuple):
    """The version of a program that we build and test with, and the argument that makes it print its own.

    `says` finds the version in what it prints.
    """

    version: str
    ask: str = "--version"
    says: str = r"v?(\d+\.\d+\.\d+)"

    @property
    def minor(self) -> str:
        """The part that must agree, such as `1.36`."""
        return self.version.rpartition(".")[0]


LOCALPLANE: Final = "localplane"
"""Our own program: all of the others as subcommands, the simulated cloud, the certificates and kwok's stages."""

REQUIRED: Final = {
    # One that was built without the programs that others publish does not go on to name them.
    LOCALPLANE: Requirement(KUBERNETES, "version", r"v(\d+\.\d+\.\d+) etcd"),
    "etcd": Requirement(ETCD),
    "kube-apiserver": Requirement(KUBERNETES),
    "kube-controller-manager": Requirement(KUBERNETES),
    "kube-scheduler": Requirement(KUBERNETES),
    "kwok": Requirement(KWOK),
}


def version_of(program: Path, requirement: Requirement) -> str:
    """Ask a program for its version; empty when it does not run or does not say."""
    argv = [str(program), requirement.ask]
    try:
        answer = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(requirement.says, answer.stdout)
    return found.group(1) if found else ""


def is_right(version: str, requirement: Requirement) -> bool:
    """Say whether a version has the minor we need."""
    return version.startswith(f"{requirement.minor}.")
