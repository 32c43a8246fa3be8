"""A program out of a release image: from the image's digest to its manifest, to its layers, to the file.

Each step names the next by its SHA-256, so the one digest that is pinned vouches for the program.

Source:  OCI distribution specification 1.1 and image specification 1.1; Docker's image manifest V2.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any, Final

from kfinstall.errors import ClusterError
from kfinstall.localplane.downloads import download
from kfinstall.localplane.progress import Stopwatch
from kfinstall.localplane.releases import Release

_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_ALGORITHM: Final = "sha256:"


def fetch_from_image(release: Release, target: Path, watch: Stopwatch) -> None:
    """Download the layer of an image that has a program, and keep the program alone.

    In:      `release.url` is where the registry has the image's index, `release.member` the program's path in it.
    Raises:  UnreachableError; ClusterError when what arrives is not what was published, or lacks the program.
    """
    repository = release.url.rpartition("/manifests/")[0]
    raw = target.with_name(f"{target.name}.download")
    index = _read(f"{repository}/manifests/", release.sha256, raw, watch)
    image = _read(f"{repository}/manifests/", _part_for(release, index), raw, watch)
    for layer in reversed(image["layers"]):  # what a project adds to its base image comes last
        digest = layer["digest"].removeprefix(_ALGORITHM)
        download(f"{repository}/blobs/{_ALGORITHM}{digest}", digest, raw, watch)
        found = _extract(raw, release.member, target)
        raw.unlink()
        if found:
            return
    raise ClusterError(f"the image {release.url} has no file {release.member}", hint="--no-download builds from source")


def _read(place: str, digest: str, raw: Path, watch: Stopwatch) -> Any:
    download(f"{place}{_ALGORITHM}{digest}", digest, raw, watch, _MANIFESTS)
    content = json.loads(raw.read_bytes())
    raw.unlink()
    return content


def _part_for(release: Release, index: Any) -> str:
    """Give the digest of the manifest for the release's machine."""
    for part in index["manifests"]:
        platform = part.get("platform", {})
        if (platform.get("os"), platform.get("architecture")) == ("linux", release.machine):
            digest: str = part["digest"]
            return digest.removeprefix(_ALGORITHM)
    raise ClusterError(f"the image {release.url} is not for {release.machine}", hint="--no-download builds from source")


def _extract(layer: Path, member: str, target: Path) -> bool:
    """Copy a file out of a layer; say whether it is there."""
    with tarfile.open(layer) as archive:
        for info in archive:
            if info.isfile() and info.name.removeprefix("./") == member:
                content = archive.extractfile(info)
                assert content is not None
                with target.open("wb") as out:
                    shutil.copyfileobj(content, out)
                target.chmod(0o755)
                return True
    return False
