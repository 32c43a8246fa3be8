"""Files of a project appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from kfinstall.errors import InputError
from kfinstall.project.writing import remove_files, swap_folder, write_files
from tests.project.conftest import snapshot


def test_what_cannot_all_be_written_is_not_written_at_all(tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text("old\n")
    (tmp_path / "file").write_text("in the way\n")
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match=r"cannot write '.*file.*'") as error:
        write_files(tmp_path, {"first.yaml": b"new\n", "second.yaml": b"new\n", "file/third.yaml": b"new\n"})
    assert snapshot(tmp_path) == before
    assert "nothing was changed" in error.value.hint


def test_only_what_differs_is_written_and_rights_stay(tmp_path: Path) -> None:
    (tmp_path / "same.yaml").write_text("same\n")
    (tmp_path / "other.yaml").write_text("old\n")
    (tmp_path / "other.yaml").chmod(0o600)
    kept = (tmp_path / "same.yaml").stat().st_mtime_ns
    written = write_files(tmp_path, {"same.yaml": b"same\n", "other.yaml": b"new\n", "a/new.yaml": b"new\n"})
    assert written == ["a/new.yaml", "other.yaml"]
    assert (tmp_path / "same.yaml").stat().st_mtime_ns == kept
    assert (tmp_path / "other.yaml").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a" / "new.yaml").stat().st_mode & 0o777 == 0o644
    assert set(snapshot(tmp_path)) == {"same.yaml", "other.yaml", "a/new.yaml"}


def test_a_folder_is_swapped_whole_also_after_a_run_that_was_cut_short(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    write_files(folder, {"base/old.yaml": b"old\n"})
    write_files(tmp_path / ".catalogue.new", {"half": b"done\n"})
    write_files(tmp_path / ".catalogue.old", {"more": b"left\n"})
    swap_folder(folder, {"base/new.yaml": b"new\n"})
    assert snapshot(tmp_path) == {"catalogue/base/new.yaml": b"new\n"}


def test_a_removed_file_takes_empty_folders_along_and_no_others(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/b/c.yaml": b"", "a/d.yaml": b""})
    remove_files(tmp_path, ["a/b/c.yaml"])
    assert set(snapshot(tmp_path)) == {"a/d.yaml"}
    assert not (tmp_path / "a" / "b").exists()
