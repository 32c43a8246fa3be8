"""The cache of programs: a folder of it is whole or not there, and only one process makes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kfinstall.errors import InputError
from kfinstall.localplane.cache import keep
from kfinstall.localplane.layout import cache_root, state_root
from kfinstall.localplane.making import digest_of
from kfinstall.localplane.progress import Stopwatch, silent
from tests.localplane.programs import write_go
from tests.localplane.waiting import eventually

FIND = "from kfinstall.localplane import find_binaries; find_binaries()"


def environment(tmp_path: Path) -> dict[str, str]:
    cache, path = tmp_path / "cache", f"{tmp_path / 'bin'}:/usr/bin:/bin"
    kept = {key: value for key, value in os.environ.items() if key != "KUBEBUILDER_ASSETS"}
    return {**kept, "KFINSTALL_CACHE_DIR": str(cache), "PATH": path}


def entries(tmp_path: Path) -> list[str]:
    folder = tmp_path / "cache" / "localplane"
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def test_a_build_that_is_killed_half_way_never_ends_in_the_cache(tmp_path: Path):
    half = tmp_path / "half"
    write_go(tmp_path / "bin", tmp_path / "builds", build=f'echo half > "$out"; touch {half}; exec sleep 600')
    env = environment(tmp_path)
    with subprocess.Popen([sys.executable, "-c", FIND], env=env, start_new_session=True) as finder:
        eventually(half.exists)
        os.killpg(finder.pid, signal.SIGKILL)
    assert [name for name in entries(tmp_path) if not name.startswith(".")] == []

    write_go(tmp_path / "bin", tmp_path / "builds")
    subprocess.run([sys.executable, "-c", FIND], env=env, check=True, timeout=60)
    (whole,) = entries(tmp_path)
    assert "v1.36.3" in (tmp_path / "cache" / "localplane" / whole / "localplane").read_text()


def test_of_two_who_want_a_program_at_once_one_builds_it(tmp_path: Path):
    builds = tmp_path / "builds"
    write_go(tmp_path / "bin", builds, build="sleep 1")
    run = [subprocess.Popen([sys.executable, "-c", FIND], env=environment(tmp_path)) for _ in range(2)]
    assert [process.wait(timeout=60) for process in run] == [0, 0]
    assert len(builds.read_text().splitlines()) == 1


def test_what_raises_while_it_fills_leaves_no_folder(tmp_path: Path):
    def fill(into: Path, watch: Stopwatch) -> None:
        (into / "half").write_text("")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        keep(tmp_path / "cache" / "entry", "filling", fill, silent)
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == [".lock"]


def test_the_cache_is_named_after_the_sources_and_not_after_shapes_tests_or_docs(tmp_path: Path):
    (tmp_path / "shapes").mkdir()
    (tmp_path / "stages").mkdir()
    (tmp_path / "main.go").write_text("package main")
    before = digest_of(tmp_path)
    for harmless in ("shapes/a.yaml", "README.md", "main_test.go"):
        (tmp_path / harmless).write_text("x")
    assert digest_of(tmp_path) == before
    seen = {before}
    for telling in ("main.go", "go.mod", "go.sum", "stages/pod.yaml"):
        (tmp_path / telling).write_text("changed")
        seen.add(digest_of(tmp_path))
    assert len(seen) == 5


def test_the_folders_follow_the_environment():
    assert cache_root({"HOME": "/h"}) == Path("/h/.cache/kfinstall/localplane")
    assert cache_root({"HOME": "/h", "XDG_CACHE_HOME": "/c"}) == Path("/c/kfinstall/localplane")
    assert cache_root({"HOME": "/h", "KFINSTALL_CACHE_DIR": "/k"}) == Path("/k/localplane")
    assert state_root({"HOME": "/h"}) == Path("/h/.local/state/kfinstall/local")
    assert state_root({"XDG_STATE_HOME": "/s"}) == Path("/s/kfinstall/local")


def test_a_cache_that_cannot_be_written_to_is_an_error_with_the_way_out(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot keep programs in") as raised:
        keep(tmp_path / "file" / "localplane" / "entry", "filling", lambda into, watch: None, silent)
    assert "KFINSTALL_CACHE_DIR" in raised.value.hint
