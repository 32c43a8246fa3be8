"""Argo CD's controllers, built from the Go modules that `argocd/go.mod` pins, once a machine."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path
from typing import Final

from kfinstall.localplane.cache import keep
from kfinstall.localplane.layout import cache_root
from kfinstall.localplane.progress import Progress, Stopwatch
from tests.programs.building import go

MODULE: Final = Path(__file__).parent / "argocd"
UPSTREAM: Final = "github.com/argoproj/argo-cd/v3"
VERSION: Final = "v3.1.16"
PARTS: Final = (
    "argocd-application-controller",
    "argocd-applicationset-controller",
    "argocd-cmp-server",
    "argocd-git-ask-pass",
    "argocd-health",
    "argocd-repo-server",
)
"""The names that the one program goes by."""
_SOURCES: Final = ("go.mod", "go.sum", "main.go", "health.go")
KUSTOMIZE: Final = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1"
"""What the repo-server runs, in the version that `kfinstall build` is held to."""
_PROGRAM: Final = "argocd"


def argocd(progress: Progress) -> Path:
    """Give the folder of the programs, building them when the cache has them not; that takes minutes on two cores.

    Out: it holds each of PARTS, and `kustomize`, which the repo-server runs.
    """
    folder = cache_root().parent / "programs" / f"argocd-{VERSION}-{_digest()}"
    keep(folder, f"building Argo CD {VERSION} from its Go sources", _build, progress)
    return folder


def definitions() -> tuple[Path, ...]:
    """Give the files of its CustomResourceDefinitions, as it is released with them."""
    go(MODULE, "mod", "download", UPSTREAM)
    released = Path(go(MODULE, "list", "-m", "-f", "{{.Dir}}", UPSTREAM).strip())
    return tuple(sorted(released.glob("manifests/crds/*-crd.yaml")))


def _digest() -> str:
    parts = (platform.system(), platform.machine(), PARTS, *((MODULE / name).read_text() for name in _SOURCES))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _build(into: Path, watch: Stopwatch) -> None:
    flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")
    go(MODULE, "build", *flags, "-o", str(into / _PROGRAM), ".", CGO_ENABLED="0")
    for name in PARTS:
        (into / name).symlink_to(_PROGRAM)
    go(MODULE, "install", *flags, KUSTOMIZE, CGO_ENABLED="0", GOBIN=str(into))
    watch.detail = f"{(into / _PROGRAM).stat().st_size >> 20} MB"
