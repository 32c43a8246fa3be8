"""Official releases: used only when they are, byte for byte, what was published."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from pathlib import Path

import pytest

from kfinstall.errors import ClusterError
from kfinstall.localplane.downloads import UnreachableError, fetch
from kfinstall.localplane.progress import Stopwatch, silent
from kfinstall.localplane.releases import RELEASES, Release
from kfinstall.localplane.versions import LOCALPLANE, REQUIRED

CONTENT = b"#!/bin/sh\necho a program\n"
WATCH = Stopwatch("downloading", silent)


def archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("etcd-v3/etcd")
        member.size, member.mode = len(CONTENT), 0o755
        tar.addfile(member, io.BytesIO(CONTENT))
    return out.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_published_program_is_kept_and_can_be_run(published: tuple[str, Path], tmp_path: Path):
    url, folder = published
    (folder / "kwok").write_bytes(CONTENT)
    fetch(Release("1", f"{url}/kwok", sha256(CONTENT)), tmp_path / "kwok", WATCH)
    assert (tmp_path / "kwok").read_bytes() == CONTENT
    assert (tmp_path / "kwok").stat().st_mode & 0o111


def test_of_an_archive_only_the_program_is_kept(published: tuple[str, Path], tmp_path: Path):
    url, folder = published
    (folder / "etcd.tar.gz").write_bytes(archive())
    into = tmp_path / "into"
    into.mkdir()
    fetch(Release("3", f"{url}/etcd.tar.gz", sha256(archive()), "etcd-v3/etcd"), into / "etcd", WATCH)
    assert [entry.name for entry in into.iterdir()] == ["etcd"]
    assert (into / "etcd").read_bytes() == CONTENT


def test_what_is_not_what_was_published_is_refused(published: tuple[str, Path], tmp_path: Path):
    url, folder = published
    (folder / "kwok").write_bytes(b"something else")
    with pytest.raises(ClusterError, match=f"published is {sha256(CONTENT)}") as raised:
        fetch(Release("1", f"{url}/kwok", sha256(CONTENT)), tmp_path / "kwok", WATCH)
    assert "--no-download" in raised.value.hint
    assert not isinstance(raised.value, UnreachableError)
    assert not (tmp_path / "kwok").exists()


@pytest.mark.parametrize("path", ["/missing", ""])
def test_where_nobody_answers_nothing_is_made(published: tuple[str, Path], tmp_path: Path, path: str):
    url, _ = published
    nowhere = f"{url}{path}" if path else "http://127.0.0.1:1/kwok"
    with pytest.raises(UnreachableError):
        fetch(Release("1", nowhere, sha256(CONTENT)), tmp_path / "kwok", WATCH)
    assert not (tmp_path / "kwok").exists()


def test_every_release_has_a_whole_digest_and_comes_over_https():
    assert RELEASES
    for (program, machine), release in RELEASES.items():
        assert re.fullmatch(r"[0-9a-f]{64}", release.sha256)
        assert release.url.startswith("https://")
        assert program in release.url
        if release.machine:
            assert release.machine == machine
            assert release.url.endswith(f"/manifests/sha256:{release.sha256}")
        else:
            assert release.version in release.url
            assert machine in release.url
    assert len({(release.sha256, release.machine) for release in RELEASES.values()}) == len(RELEASES)


def test_every_program_of_a_control_plane_but_our_own_can_be_downloaded():
    published = {(program, machine) for program, machine in RELEASES if program != "go"}
    assert published == {
        (program, machine) for program in REQUIRED.keys() - {LOCALPLANE} for machine in ("amd64", "arm64")
    }
    for program, requirement in REQUIRED.items():
        assert program == LOCALPLANE or RELEASES[program, "amd64"].version == requirement.version
