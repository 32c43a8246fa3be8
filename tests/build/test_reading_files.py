"""What all files of one build have in common: a limit, and that a folder is listed once."""

from __future__ import annotations

import pytest

from kfinstall.build.reading.files import MAX_TOTAL_BYTES, Folder, bounded, read_file
from kfinstall.build.reading.memory import HERE, memory_files
from kfinstall.build.reading.remotes import NoRemotes
from kfinstall.errors import InputError
from kfinstall.resource import Origin

FILES = memory_files({"a.yaml": "kind: A\n", "b.yaml": "kind: B\n"})


def test_what_is_read_is_counted_over_all_files() -> None:
    files = bounded(FILES)
    folder = Folder(files, NoRemotes(), HERE, ".")
    for name in ("a.yaml", "b.yaml", "a.yaml"):
        read_file(folder, name, None)
    assert files.read_bytes == [24]


def test_nothing_more_is_read_once_it_was_too_much() -> None:
    folder = Folder(bounded(FILES)._replace(read_bytes=[MAX_TOTAL_BYTES + 1]), NoRemotes(), HERE, ".")
    with pytest.raises(InputError, match="more than 1024 MiB") as caught:
        read_file(folder, "a.yaml", Origin("kustomization.yaml", 3))
    assert caught.value.origin == Origin("kustomization.yaml", 3)
    assert caught.value.hint


def test_a_folder_is_listed_once() -> None:
    files = bounded(FILES)
    assert files.names(HERE) is files.names(HERE)
    assert files.names(HERE) == ["a.yaml", "b.yaml"]
