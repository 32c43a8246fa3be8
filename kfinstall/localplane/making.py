"""Make what no folder has: official releases where their digest is known, and a Go build of what only we have.

Our own program stands for all others, so one build is enough. It is built without them, which takes a minute instead
of ten, when the others came from elsewhere.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kfinstall.errors import InputError
from kfinstall.localplane.cache import keep
from kfinstall.localplane.downloads import UnreachableError, fetch
from kfinstall.localplane.gobuild import BuildOrder, build, can_build
from kfinstall.localplane.images import fetch_from_image
from kfinstall.localplane.layout import cache_root, sources
from kfinstall.localplane.progress import Progress, Stopwatch
from kfinstall.localplane.releases import GO, find_release
from kfinstall.localplane.versions import KUBERNETES, LOCALPLANE, REQUIRED

_SIMULATION: Final = "simulation"
"""The build tag that leaves out what others publish."""


@dataclass(frozen=True, slots=True)
class Made:
    """A program in the cache, and in words how it came there."""

    program: str
    path: Path
    version: str
    place: str


@dataclass(frozen=True, slots=True)
class Order:
    """What may be done to make programs."""

    may_download: bool
    environ: Mapping[str, str]
    progress: Progress


def make(have: Set[str], order: Order) -> list[Made]:
    """Give our own program, and those of the others that were downloaded.

    In:      `have`, the programs that came from elsewhere.
    Raises:  InputError when there is no Go toolchain and none can be had; ClusterError for a download that is not
             what was published.
    """
    whole = _folder("", order)
    if whole.is_dir():
        return [Made(LOCALPLANE, whole / LOCALPLANE, KUBERNETES, "the cache")]
    downloaded = _download_all(REQUIRED.keys() - have - {LOCALPLANE}, order)
    tag = "" if downloaded is None else _SIMULATION
    return [*(downloaded or ()), _built(tag, order)]


def _built(tag: str, order: Order) -> Made:
    folder = _folder(tag, order)
    if folder.is_dir():
        return Made(LOCALPLANE, folder / LOCALPLANE, KUBERNETES, "the cache")
    go = _find_go(order)

    def fill(into: Path, watch: Stopwatch) -> None:
        build(BuildOrder(go, sources(), into / LOCALPLANE, tag), order.environ, watch)

    keep(folder, "building the control plane from its Go sources", fill, order.progress)
    return Made(LOCALPLANE, folder / LOCALPLANE, KUBERNETES, "a Go build just made")


def _find_go(order: Order) -> str:
    found = shutil.which("go", path=order.environ.get("PATH", ""))
    if found and can_build(found):
        return found
    if downloaded := _download("go", order):
        return str(downloaded.path / "bin" / "go")
    problem = f"{found} is too old" if found else "there is no 'go' on PATH"
    hint = f"install Go {GO} or newer from https://go.dev/dl, or name a folder with the programs by --bin-dir"
    raise InputError(f"the local control plane is built from source, and {problem}", hint=hint)


def _download_all(programs: Set[str], order: Order) -> list[Made] | None:
    """Give all of these programs; None when one cannot be had: then those behind it are not asked for."""
    made: list[Made] = []
    for program in sorted(programs):
        one = _download(program, order)
        if one is None:
            return None
        made.append(one)
    return made


def _download(program: str, order: Order) -> Made | None:
    release = find_release(program)
    if release is None or not order.may_download:
        return None
    folder = cache_root(order.environ) / f"{program}-{release.version}"
    place = "the cache" if folder.is_dir() else release.url

    def fill(into: Path, watch: Stopwatch) -> None:
        (fetch_from_image if release.machine else fetch)(release, into / program, watch)

    try:
        keep(folder, f"downloading {program} {release.version}", fill, order.progress)
    except UnreachableError:
        return None
    return Made(program, folder / program, release.version, place)


def _folder(tag: str, order: Order) -> Path:
    name = "-".join(filter(None, (KUBERNETES, digest_of(sources()), tag)))
    return cache_root(order.environ) / name


def digest_of(folder: Path) -> str:
    """Give the digest of Go sources and of what they embed, for this kind of machine.

    The shapes are no part of it: they are read when a control plane starts.
    """
    digest = hashlib.sha256(f"{platform.system()} {platform.machine()}".encode())
    for path in sorted(_sources(folder)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        is_go = path.suffix == ".go" and not path.name.endswith("_test.go")
        if is_go or path.name in ("go.mod", "go.sum") or path.parent == folder / "stages":
            yield path
