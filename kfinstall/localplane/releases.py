"""The official releases that can be had: a table of what is published, with the digest each file must have.

Only files whose digest someone published are in it. The Kubernetes project publishes none for kube-apiserver,
kube-controller-manager and kube-scheduler that could be pinned here (its change log has digests of whole archives, of
releases other than ours), so these three come from a folder of the user's, from PATH, or from the Go build.
"""

from __future__ import annotations

import hashlib
import http.client
import platform
import shutil
import tarfile
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Final, NamedTuple

from kfinstall.errors import ClusterError
from kfinstall.localplane.progress import Stopwatch
from kfinstall.localplane.versions import ETCD, KWOK

GO: Final = "1.26.5"
ANSWER_TIMEOUT_S: Final = 4.0
_CHUNK_BYTES: Final = 1 << 20
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

_ETCD_URL = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD}/etcd-v{ETCD}-linux-{{machine}}.tar.gz"
_KWOK_URL = f"https://github.com/kubernetes-sigs/kwok/releases/download/v{KWOK}/kwok-linux-{{machine}}"
_GO_URL = f"https://go.dev/dl/go{GO}.linux-{{machine}}.tar.gz"


class Release(NamedTuple):
    """One published file. `member` is the file or folder of an archive that is kept; empty when it is no archive."""

    version: str
    url: str
    sha256: str
    member: str = ""


RELEASES: Final[Mapping[tuple[str, str], Release]] = {
    ("etcd", "amd64"): Release(
        ETCD,
        _ETCD_URL.format(machine="amd64"),
        "cf9cfe91a4856cb90eed9c99e6aee4b708db2c7888b88a6f116281f04b0ea693",
        f"etcd-v{ETCD}-linux-amd64/etcd",
    ),
    ("etcd", "arm64"): Release(
        ETCD,
        _ETCD_URL.format(machine="arm64"),
        "438f56a700d17ce761510a3e63e6fa5c1d587b2dd4d7a22c179c09a649366760",
        f"etcd-v{ETCD}-linux-arm64/etcd",
    ),
    ("kwok", "amd64"): Release(
        KWOK, _KWOK_URL.format(machine="amd64"), "f5a4385a2ae1b9dd7f8acae18e002a75c0ebba124ae9d7259aa8dadb50711f46"
    ),
    ("kwok", "arm64"): Release(
        KWOK, _KWOK_URL.format(machine="arm64"), "628f7d277860f524a2a775c217adcc58828e7b59ab0933680315784f1b8b0e37"
    ),
    ("go", "amd64"): Release(
        GO,
        _GO_URL.format(machine="amd64"),
        "5c2c3b16caefa1d968a94c1daca04a7ca301a496d9b086e17ad77bb81393f053",
        "go",
    ),
    ("go", "arm64"): Release(
        GO,
        _GO_URL.format(machine="arm64"),
        "fe4789e92b1f33358680864bbe8704289e7bb5fc207d80623c308935bd696d49",
        "go",
    ),
}
"""(program, machine) -> its release for Linux.

Source:  etcd: kubernetes-sigs/kubespray, roles/kubespray_defaults/vars/main/checksums.yml; kwok: the Arch User
         Repository's kwok-bin 0.8.0; go: https://go.dev/dl.
"""


def find_release(program: str) -> Release | None:
    """Give the release of a program for this machine, None when there is none that could be checked."""
    if platform.system() != "Linux":
        return None
    return RELEASES.get((program, _MACHINES.get(platform.machine(), "")))


class UnreachableError(ClusterError):
    """Nobody answers where a release is published: no network, or one that does not let us out."""


def fetch(release: Release, target: Path, watch: Stopwatch) -> None:
    """Download a release to a file, or a folder of an archive to a folder.

    In:      `target` lies in a folder that is thrown away when this fails.
    Raises:  UnreachableError; ClusterError when what arrives is not what was published.
    """
    raw = target.with_name(f"{target.name}.download")
    try:
        with urllib.request.urlopen(release.url, timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310 https, from the table
            digest = _receive(answer, raw, lambda size: watch.tell("running", f"{size >> 20} MB of {release.url}"))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{release.url} cannot be had: {error}") from error
    if digest != release.sha256:
        raise ClusterError(
            f"{release.url} has the SHA-256 {digest}, published is {release.sha256}",
            hint="it is not used; --no-download builds from source instead",
        )
    _unpack(raw, release.member, target)


def _receive(answer: IO[bytes], raw: Path, tell: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with raw.open("wb") as out:
        while chunk := answer.read(_CHUNK_BYTES):
            digest.update(chunk)
            out.write(chunk)
            tell(out.tell())
    return digest.hexdigest()


def _unpack(raw: Path, member: str, target: Path) -> None:
    if not member:
        raw.rename(target)
        target.chmod(0o755)
        return
    unpacked = raw.with_suffix(".unpacked")
    with tarfile.open(raw) as archive:
        # Python 3.11.3 and older do not know the filter; the archive is the published one, byte for byte.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(unpacked)  # noqa: S202
    (unpacked / member).rename(target)
    shutil.rmtree(unpacked)
    raw.unlink()
