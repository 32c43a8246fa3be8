"""A control plane's folder: one owner at a time, and what a dead owner left is cleared away."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from kfinstall.errors import InputError
from kfinstall.localplane.layout import Layout, check_name
from kfinstall.localplane.process import ProcessId, identify
from kfinstall.localplane.state import Instance, claim, find, find_only, instances, load, save

DEAD = ProcessId(2**22 - 1, "an-earlier-boot:1")


def me() -> ProcessId:
    return identify(os.getpid())


def test_a_claimed_folder_is_private_and_known_by_its_name(tmp_path: Path):
    layout = claim("one", "gke", me(), root=tmp_path)
    assert layout.directory.stat().st_mode & 0o777 == 0o700
    assert layout.state.stat().st_mode & 0o777 == 0o600
    assert find("one", tmp_path).shape == "gke"


def test_a_name_that_is_taken_is_an_error_with_the_way_out(tmp_path: Path):
    claim("one", "gke", me(), root=tmp_path)
    with pytest.raises(InputError) as raised:
        claim("one", "gke", me(), root=tmp_path)
    assert "kfinstall local down one" in raised.value.hint


def test_of_many_who_claim_a_name_at_once_one_gets_it(tmp_path: Path):
    def attempt(_: int) -> bool:
        try:
            claim("one", "gke", me(), root=tmp_path)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(32))) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["one"]


def test_what_a_dead_owner_left_is_swept_away_by_the_next_claim(tmp_path: Path):
    claim("left", "gke", DEAD, root=tmp_path)
    claim("also-left", "gke", DEAD, root=tmp_path)
    claim("left", "aks", me(), root=tmp_path)
    assert [(i.name, i.shape) for i in instances(tmp_path)] == [("left", "aks")]


def test_a_folder_with_an_unreadable_state_is_that_of_a_dead_owner(tmp_path: Path):
    layout = claim("one", "gke", me(), root=tmp_path)
    layout.state.write_text("{")
    assert not load(layout.directory).is_running
    claim("one", "gke", me(), root=tmp_path)


def test_a_state_that_is_saved_is_loaded_the_same(tmp_path: Path):
    programs = {"etcd": ProcessId(7, "boot:9")}
    instance = Instance(tmp_path, "gke", me(), True, "https://127.0.0.1:1", programs, ("etcd 3.6.8 from PATH: /x",))
    save(instance)
    assert load(tmp_path) == instance


def test_an_instance_runs_only_while_all_of_its_programs_do(tmp_path: Path):
    running = Instance(tmp_path, "gke", me(), programs={"etcd": me()})
    assert running.is_running
    broken = replace(running, programs={"etcd": me(), "kwok": DEAD})
    assert not broken.is_running
    assert broken.stopped_programs() == ("kwok",)
    assert not replace(running, owner=DEAD).is_running


def test_without_a_name_the_only_instance_is_meant(tmp_path: Path):
    with pytest.raises(InputError, match="no local control plane is there"):
        find_only(root=tmp_path)
    claim("one", "gke", me(), root=tmp_path)
    assert find_only(root=tmp_path).name == "one"
    claim("two", "gke", me(), root=tmp_path)
    with pytest.raises(InputError) as raised:
        find_only(root=tmp_path)
    assert raised.value.hint == "name one: one, two"


def test_an_unknown_name_is_an_error_that_says_which_there_are(tmp_path: Path):
    claim("one", "gke", me(), root=tmp_path)
    with pytest.raises(InputError) as raised:
        find("two", tmp_path)
    assert "there are: one" in raised.value.hint


@pytest.mark.parametrize("name", ["", "UPPER", "-a", "a-", "../x", "a" * 41, "a.b"])
def test_a_name_that_could_not_be_a_folder_and_a_context_is_refused(name: str):
    with pytest.raises(InputError, match="cannot name a local control plane"):
        check_name(name)


def test_every_file_of_an_instance_lies_in_its_folder():
    layout = Layout(Path("/x/one"))
    assert layout.name == "one"
    assert all(path.is_relative_to("/x/one") for path in (layout.pki, layout.kubeconfig, layout.logs, layout.state))


def test_a_folder_that_cannot_be_written_to_is_an_error_with_the_way_out(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot keep a local control plane in") as raised:
        claim("one", "gke", me(), root=tmp_path / "file" / "local")
    assert "XDG_STATE_HOME" in raised.value.hint


def test_what_died_before_it_had_its_name_is_swept_away_later(tmp_path: Path):
    old, fresh = tmp_path / ".new-old", tmp_path / ".new-fresh"
    old.mkdir()
    fresh.mkdir()
    os.utime(old, (0, 0))
    claim("one", "gke", me(), root=tmp_path)
    assert not old.exists()
    assert fresh.exists()
