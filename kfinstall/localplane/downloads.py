"""Downloading an official release: it is used only when it is, byte for byte, what was published."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from kfinstall.errors import ClusterError
from kfinstall.localplane.progress import Stopwatch
from kfinstall.localplane.releases import Release

ANSWER_TIMEOUT_S: Final = 4.0
_CHUNK_BYTES: Final = 1 << 20


class UnreachableError(ClusterError):
    """Nobody answers where a release is published: no network, or one that does not let us out."""


def fetch(release: Release, target: Path, watch: Stopwatch) -> None:
    """Download a published file to a file, or a folder of a published archive to a folder.

    In:      `target` lies in a folder that is thrown away when this fails.
    Raises:  UnreachableError; ClusterError when what arrives is not what was published.
    """
    raw = target.with_name(f"{target.name}.download")
    download(release.url, release.sha256, raw, watch)
    _unpack(raw, release.member, target)


def download(url: str, sha256: str, raw: Path, watch: Stopwatch, accept: str = "*/*") -> None:
    """Download a file and check its digest.

    Raises:  as `fetch` does.
    """
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310 https, from the table
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310
            digest = _receive(answer, raw, lambda size: watch.tell("running", f"{size >> 20} MB of {url}"))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{url} cannot be had: {error}") from error
    if digest != sha256:
        raise ClusterError(
            f"{url} has the SHA-256 {digest}, published is {sha256}",
            hint="it is not used; --no-download builds from source instead",
        )


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
