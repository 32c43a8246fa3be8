"""What all files of one build have in common: a limit, and that a folder is listed once."""

from __future__ import annotations

import pytest

from kfinstall.build.reading.files import Folder, bounded, read_file
from kfinstall.build.reading.memory import HERE, memory_files
from kfinstall.build.reading.remotes import NoRemotes
from kfinstall.build.repository import Repository
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
    folder = Folder(bounded(FILES, most_bytes=2**20)._replace(read_bytes=[2**20 + 1]), NoRemotes(), HERE, ".")
    with pytest.raises(InputError, match="more than 1 MiB") as caught:
        read_file(folder, "a.yaml", Origin("kustomization.yaml", 3))
    assert caught.value.origin == Origin("kustomization.yaml", 3)
    assert caught.value.hint


class Web:
    """Gives every address the same content, and notes which were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def clone(self, repository: Repository, origin: Origin | None) -> str:
        raise AssertionError(repository)

    def fetch(self, url: str, origin: Origin | None) -> bytes:
        self.asked.append(url)
        return b"kind: A\n"


def test_what_is_fetched_is_counted_too() -> None:
    web = Web()
    files = bounded(FILES, most_bytes=15)
    folder = Folder(files, web, HERE, ".")
    read_file(folder, "https://host/a.yaml", None)
    read_file(folder, "a.yaml", None)
    for path in ("https://me:s3cret@host/b.yaml", "b.yaml"):
        with pytest.raises(InputError, match="one too many") as caught:
            read_file(folder, path, None)
        assert "s3cret" not in str(caught.value)
    assert web.asked == ["https://host/a.yaml"]
    assert files.read_bytes == [16]


def test_a_folder_is_listed_once() -> None:
    files = bounded(FILES)
    assert files.names(HERE) is files.names(HERE)
    assert files.names(HERE) == ["a.yaml", "b.yaml"]
