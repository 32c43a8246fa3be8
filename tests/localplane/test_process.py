"""A process is known by its pid and its start, so that nobody else's process is ever ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from kfinstall.errors import ClusterError
from kfinstall.localplane.children import Children, environment, last_lines
from kfinstall.localplane.process import ProcessId, end, identify, is_alive

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_running_process_is_alive_until_it_is_ended():
    child = subprocess.Popen(SLEEP)
    process = identify(child.pid)
    assert is_alive(process)
    end([process])
    assert not is_alive(process)
    child.wait()


def test_another_process_with_the_same_pid_is_neither_alive_nor_ended():
    with subprocess.Popen(SLEEP) as child:
        recycled = ProcessId(child.pid, "some-other-boot:1")
        assert not is_alive(recycled)
        end([recycled])
        assert child.poll() is None
        child.kill()


def test_a_zombie_counts_as_ended():
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = identify(child.pid)
    while Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    assert not is_alive(process)
    child.wait()


def test_what_ignores_sigterm_is_killed_after_the_grace_time(tmp_path: Path):
    ready = tmp_path / "ready"
    stubborn = f"import signal, time, pathlib; signal.signal(15, signal.SIG_IGN); pathlib.Path({str(ready)!r}).touch()"
    child = subprocess.Popen([sys.executable, "-c", f"{stubborn}; time.sleep(600)"])
    while not ready.exists():
        time.sleep(0.01)
    end([identify(child.pid)], grace_s=0.1)
    assert child.wait() == -9


def test_children_end_with_their_block_and_write_to_private_logs(tmp_path: Path):
    with Children(tmp_path, tmp_path) as children:
        children.start("sleeper", SLEEP)
        process = children.processes()["sleeper"]
        assert is_alive(process)
    assert not is_alive(process)
    assert (tmp_path / "sleeper.log").stat().st_mode & 0o777 == 0o600


def test_a_child_that_ends_while_starting_is_an_error_with_its_last_words(tmp_path: Path):
    with Children(tmp_path, tmp_path) as children:
        children.start("failing", [sys.executable, "-c", "print('no such flag'); raise SystemExit(3)"])
        with pytest.raises(ClusterError, match="failing ended with code 3 while starting: no such flag"):
            while True:
                children.check()
                time.sleep(0.01)


def test_a_child_sees_the_watch_pipe_close_when_its_parent_is_killed(tmp_path: Path):
    told = tmp_path / "told"
    waiting = f"import os, sys, pathlib; os.read(int(sys.argv[1]), 1); pathlib.Path({str(told)!r}).touch()"
    parent = (
        "import sys, time; from pathlib import Path; from kfinstall.localplane.children import Children\n"
        f"children = Children(Path({str(tmp_path)!r}), Path({str(tmp_path)!r}))\n"
        f"children.start('child', [sys.executable, '-c', {waiting!r}, str(children.watch_fd)])\n"
        "print('started', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.kill()
    while not told.exists():
        time.sleep(0.01)


def test_the_last_lines_of_a_log_that_is_not_there_are_empty(tmp_path: Path):
    assert last_lines(tmp_path / "none.log") == ""


def test_programs_get_our_environment_without_its_proxies():
    ours = {"HOME": "/h", "HTTPS_PROXY": "http://proxy:3128", "no_proxy": "x", "http_proxy": "http://proxy:3128"}
    assert environment(ours) == {"HOME": "/h", "GOGC": "200"}
    assert environment({"GOGC": "50"}) == {"GOGC": "50"}
