"""Programs out of release images: every step is checked against the digest that the step before it named."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kfinstall.errors import ClusterError
from kfinstall.localplane.downloads import UnreachableError
from kfinstall.localplane.images import fetch_from_image
from kfinstall.localplane.progress import Stopwatch, silent
from kfinstall.localplane.releases import Release

MEMBER = "usr/local/bin/kube-apiserver"
CONTENT = b"#!/bin/sh\necho an API server\n"
WATCH = Stopwatch("downloading", silent)


class Registry:
    """What a registry has of one image, as files of a web server."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = f"{url}/v2/kube-apiserver"
        self.folder = folder / "v2" / "kube-apiserver"

    def put(self, kind: str, content: bytes) -> str:
        """Publish a manifest or a blob; give its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = self.folder / kind / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest

    def put_json(self, value: Any) -> str:
        return self.put("manifests", json.dumps(value).encode())

    def put_image(self, layers: list[Mapping[str, bytes]], machines: tuple[str, ...] = ("arm64", "amd64")) -> Release:
        """Publish an image whose part for the last machine has these layers; give the release for amd64."""
        blobs = [{"digest": self.put("blobs", _layer(files))} for files in layers]
        parts = [self.put_json({"layers": blobs if machine == machines[-1] else []}) for machine in machines]
        manifests = [
            {"digest": part, "platform": {"os": "linux", "architecture": machine}}
            for part, machine in zip(parts, machines, strict=True)
        ]
        index = self.put_json({"manifests": manifests})
        return Release("1", f"{self.url}/manifests/{index}", index.removeprefix("sha256:"), MEMBER, "amd64")


def _layer(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def registry(published: tuple[str, Path]) -> Registry:
    return Registry(*published)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", [MEMBER, f"./{MEMBER}"])
def test_of_an_image_only_the_program_is_kept(registry: Registry, into: Path, name: str):
    release = registry.put_image([{"etc/base": b"base"}, {name: CONTENT, "etc/passwd": b"root"}])
    fetch_from_image(release, into / "kube-apiserver", WATCH)
    assert [entry.name for entry in into.iterdir()] == ["kube-apiserver"]
    assert (into / "kube-apiserver").read_bytes() == CONTENT
    assert (into / "kube-apiserver").stat().st_mode & 0o111


def test_a_layer_that_puts_another_file_in_its_place_counts(registry: Registry, into: Path):
    release = registry.put_image([{MEMBER: b"old"}, {MEMBER: CONTENT}])
    fetch_from_image(release, into / "program", WATCH)
    assert (into / "program").read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["manifests", "blobs"])
def test_what_is_not_what_the_step_before_named_is_refused(registry: Registry, into: Path, kind: str):
    release = registry.put_image([{MEMBER: CONTENT}])
    for path in (registry.folder / kind).iterdir():
        path.write_bytes(_layer({MEMBER: b"another program"}))
    with pytest.raises(ClusterError, match="published is") as raised:
        fetch_from_image(release, into / "program", WATCH)
    assert not isinstance(raised.value, UnreachableError)
    assert not (into / "program").exists()


def test_an_image_without_the_program_is_refused(registry: Registry, into: Path):
    release = registry.put_image([{"etc/base": b"base"}])
    with pytest.raises(ClusterError, match=f"has no file {MEMBER}"):
        fetch_from_image(release, into / "program", WATCH)


def test_an_image_for_other_machines_is_refused(registry: Registry, into: Path):
    release = registry.put_image([{MEMBER: CONTENT}], machines=("arm64", "s390x"))
    with pytest.raises(ClusterError, match="is not for amd64"):
        fetch_from_image(release, into / "program", WATCH)


def test_where_nobody_answers_nothing_is_made(into: Path):
    release = Release("1", "http://127.0.0.1:1/v2/x/manifests/sha256:0", "0", MEMBER, "amd64")
    with pytest.raises(UnreachableError):
        fetch_from_image(release, into / "program", WATCH)
    assert not list(into.iterdir())
