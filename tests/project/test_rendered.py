"""A rendered folder is written whole, knows its own files, and leaves others alone, whenever it is stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.gitops.rendered import render_files
from kfinstall.project.rendered import LIST, find_stale, remove_rendered, write_rendered
from tests.gitops.test_rendered import a_resource
from tests.judge import judge, write_tree
from tests.project.conftest import snapshot

OLD = render_files(
    [
        a_resource(name="kept", component="one"),
        a_resource(name="changed", component="one", data={"v": "1"}),
        a_resource(name="gone", component="two"),
        a_resource(name="gone-too", component="one"),
    ]
)
NEW = render_files(
    [
        a_resource(name="kept", component="one"),
        a_resource(name="changed", component="one", data={"v": "2"}),
        a_resource(name="fresh", component="one"),
        a_resource(name="other", component="three"),
    ]
)


def texts(folder: Path) -> dict[str, str]:
    return {path: content.decode() for path, content in snapshot(folder).items()}


def test_what_is_no_longer_rendered_goes_and_what_others_wrote_stays(tmp_path):
    write_rendered(tmp_path, OLD)
    write_tree(tmp_path, {"README.md": "ours\n", "two/notes.yaml": "a: 1\n", "one/own.yaml": "b: 1\n"})
    done = write_rendered(tmp_path, NEW)
    assert done.written == [
        "kustomization.yaml",
        "one/configmap_kf_changed.yaml",
        "one/configmap_kf_fresh.yaml",
        "one/kustomization.yaml",
        "three/configmap_kf_other.yaml",
        "three/kustomization.yaml",
    ]
    assert done.removed == ["one/configmap_kf_gone-too.yaml", "two/configmap_kf_gone.yaml", "two/kustomization.yaml"]
    there = texts(tmp_path)
    assert {path: text for path, text in there.items() if path in NEW} == NEW
    assert there.keys() - NEW.keys() == {"README.md", "two/notes.yaml", "one/own.yaml", LIST}
    assert find_stale(tmp_path, NEW) == ()


def test_the_same_render_writes_nothing(tmp_path):
    write_rendered(tmp_path, OLD)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    done = write_rendered(tmp_path, OLD)
    assert done == ([], [])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_what_is_stale_is_told_by_file(tmp_path):
    write_rendered(tmp_path, OLD)
    found = {one.path: one.state for one in find_stale(tmp_path, NEW)}
    assert found == {
        LIST: "differs",
        "kustomization.yaml": "differs",
        "one/configmap_kf_changed.yaml": "differs",
        "one/configmap_kf_fresh.yaml": "missing",
        "one/configmap_kf_gone-too.yaml": "obsolete",
        "one/kustomization.yaml": "differs",
        "three/configmap_kf_other.yaml": "missing",
        "three/kustomization.yaml": "missing",
        "two/configmap_kf_gone.yaml": "obsolete",
        "two/kustomization.yaml": "obsolete",
    }


@pytest.mark.parametrize("broken", ["", "one/configmap_kf_kept.yaml\n"])
def test_a_list_that_a_merge_has_spoilt_is_stale(tmp_path, broken):
    write_rendered(tmp_path, OLD)
    (tmp_path / LIST).write_text(broken)
    assert [(one.path, one.state) for one in find_stale(tmp_path, OLD)] == [(LIST, "differs")]
    (tmp_path / LIST).unlink()
    assert [(one.path, one.state) for one in find_stale(tmp_path, OLD)] == [(LIST, "missing")]
    write_rendered(tmp_path, OLD)
    assert find_stale(tmp_path, OLD) == ()


def test_a_file_of_a_person_is_not_written_over(tmp_path):
    write_tree(tmp_path, {"kustomization.yaml": "resources: [mine.yaml]\n"})
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match=r"kustomization.yaml' is in the way: kfinstall did not write it"):
        write_rendered(tmp_path, NEW)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("line", ["../victim.yaml", "/etc/passwd", "a/../../victim.yaml", "README.md", "link/x.yaml"])
def test_a_list_that_leads_elsewhere_removes_nothing(tmp_path, line):
    folder = tmp_path / "rendered"
    write_rendered(folder, OLD)
    write_tree(tmp_path, {"victim.yaml": "a: 1\n", "outside/x.yaml": "a: 1\n", "rendered/README.md": "ours\n"})
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / LIST).write_text(f"# a list\n{line}\n")
    before = snapshot(tmp_path)
    for act in (lambda: write_rendered(folder, NEW), lambda: remove_rendered(folder), lambda: find_stale(folder, NEW)):
        with pytest.raises(InputError, match=r"rendered/\.kfinstall-render:2: '.*' cannot be a file that kfinstall"):
            act()
    assert snapshot(tmp_path) == before


def test_nothing_is_written_through_a_link_to_another_folder(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "rendered").mkdir()
    (tmp_path / "rendered" / "one").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="in the way"):
        write_rendered(tmp_path / "rendered", NEW)
    assert not list((tmp_path / "outside").iterdir())


def test_a_folder_of_nothing_but_a_render_goes_with_it(tmp_path):
    folder = tmp_path / "rendered"
    write_rendered(folder, OLD)
    assert remove_rendered(folder) == sorted(OLD)
    assert not folder.exists()


@given(st.data())
def test_a_run_goes_on_from_whatever_a_stopped_one_has_left(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("stopped")
    write_rendered(folder, OLD)
    (folder / LIST).write_text("".join(f"{path}\n" for path in {**OLD, **NEW}))
    for path in sorted({**OLD, **NEW}):
        states = [texts[path] for texts in (OLD, NEW) if path in texts]
        left = data.draw(st.sampled_from([*states, None] if path not in OLD or path not in NEW else states))
        if left is None:
            (folder / path).unlink(missing_ok=True)
        else:
            write_tree(folder, {path: left})
    write_rendered(folder, NEW)
    assert texts(folder).keys() == {*NEW, LIST}
    assert find_stale(folder, NEW) == ()


CHILD = """
import os, signal, sys
from pathlib import Path
from kfinstall.project.rendered import write_rendered
from tests.project.test_rendered import NEW

left = int(sys.argv[2])
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "tempfile.mkstemp"}

def kill_at(event, arguments):
    global left
    if event in CHANGES:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill_at)
write_rendered(Path(sys.argv[1]), NEW)
"""


def test_killed_at_any_change_the_tree_builds_and_the_next_run_completes_it(tmp_path, figure):
    for kill_at in count():
        folder = tmp_path / str(kill_at)
        write_rendered(folder, OLD)
        write_tree(folder, {"one/own.yaml": "b: 1\n"})
        child = subprocess.run([sys.executable, "-c", CHILD, folder, str(kill_at)], capture_output=True, text=True)
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        assert judge(folder), f"after {kill_at} changes the folder does not build"
        for path, text in texts(folder).items():
            assert not path.endswith(".yaml") or text in (OLD.get(path), NEW.get(path), "b: 1\n")
        write_rendered(folder, NEW)
        assert texts(folder).keys() == {*NEW, LIST, "one/own.yaml"}
        assert find_stale(folder, NEW) == ()
    assert kill_at > len(NEW)
    figure(f"rendered folder: a run was killed before each of its {kill_at} changes to the disk")
