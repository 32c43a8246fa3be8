"""What a program may take of the disk, of memory and of time while it writes into a folder."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from kfinstall.load.disk_use import MAX_MEMORY_BYTES, TooLargeError, size_bytes, wait_within

MIB = 2**20


def waited(code: str, folder: Path, timeout_s: float = 60, most_bytes: int = 4 * MIB) -> int:
    """Wait for a program that does something once it was limited."""
    line = [sys.executable, "-c", f"import sys, time; sys.stdin.read()\n{code}"]
    with subprocess.Popen(
        line, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as it:
        limited = Thread(target=_let_go, args=(it,))
        limited.start()
        try:
            return wait_within(it, folder, timeout_s, most_bytes)
        finally:
            limited.join()


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """End its input once it may write to 4 GiB only."""
    while resource.prlimit(process.pid, resource.RLIMIT_DATA)[0] != MAX_MEMORY_BYTES:
        pass
    process.stdin.close()


def test_small_files_and_folders_take_a_block_each(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x")
    (tmp_path / "a" / "c").symlink_to("/")
    (tmp_path / "d").write_bytes(b"x" * MIB)
    assert size_bytes(tmp_path) == MIB + 3 * 4096


def test_a_program_that_keeps_within_its_limits_ends_as_it_likes(tmp_path):
    assert waited("open('a', 'wb').write(b'x' * 1000); sys.exit(3)", tmp_path) == 3


def test_many_files_are_too_much_together(tmp_path):
    with pytest.raises(TooLargeError):
        waited("for n in range(3): open(str(n), 'wb').write(b'x' * 2**21)\ntime.sleep(60)", tmp_path)


def test_a_program_that_takes_too_long_is_ended(tmp_path):
    with pytest.raises(TimeoutError):
        waited("time.sleep(60)", tmp_path, timeout_s=0.5)


def test_memory_is_limited(tmp_path):
    assert waited("x = bytearray(5 * 2**30)", tmp_path) == 1
