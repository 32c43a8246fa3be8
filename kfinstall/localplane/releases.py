"""The official releases that can be had: a table of what is published, with the digest each must have.

The programs of Kubernetes itself are taken out of the project's release images: an image is named by its SHA-256, and
everything in it by digests that the image holds.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kfinstall.localplane.versions import ETCD, KUBERNETES, KWOK

GO: Final = "1.26.5"
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

_ETCD_URL = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD}/etcd-v{ETCD}-linux-{{machine}}.tar.gz"
_KWOK_URL = f"https://github.com/kubernetes-sigs/kwok/releases/download/v{KWOK}/kwok-linux-{{machine}}"
_GO_URL = f"https://go.dev/dl/go{GO}.linux-{{machine}}.tar.gz"
_IMAGE_URL = "https://registry.k8s.io/v2/{program}/manifests/sha256:{digest}"


class Release(NamedTuple):
    """One published file, or image for several machines.

    `member` is the file or folder of an archive, or the file of an image, that is kept; empty for a single file.
    `machine` is whose part of an image is wanted; empty when it is no image.
    """

    version: str
    url: str
    sha256: str
    member: str = ""
    machine: str = ""


_IMAGES: Final = {
    "kube-apiserver": "b4bc06c81fd76f81174e6c19ddacf477acdf1583e7a5846ebbd513493aef6e43",
    "kube-controller-manager": "ed56454bf514916079a227f5765b64524fde52106dfcc52978b28634765b78b8",
    "kube-scheduler": "128fc07d278d64c4f2cce416ed0a9f37b23a30cdde6f97873d18c9c78e259df4",
}
"""Program -> the SHA-256 of its release image in our version of Kubernetes."""


def _images() -> Iterator[tuple[tuple[str, str], Release]]:
    for program, digest in _IMAGES.items():
        url = _IMAGE_URL.format(program=program, digest=digest)
        for machine in ("amd64", "arm64"):
            yield (program, machine), Release(KUBERNETES, url, digest, f"usr/local/bin/{program}", machine)


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
    **dict(_images()),
}
"""(program, machine) -> its release for Linux.

Source:  etcd: kubernetes-sigs/kubespray, roles/kubespray_defaults/vars/main/checksums.yml; kwok: the Arch User
         Repository's kwok-bin 0.8.0; go: https://go.dev/dl; images: registry.k8s.io, the digests of v1.36.3 as public
         clusters pin them.
"""


def find_release(program: str) -> Release | None:
    """Give the release of a program for this machine, None when there is none that could be checked."""
    if platform.system() != "Linux":
        return None
    return RELEASES.get((program, _MACHINES.get(platform.machine(), "")))
