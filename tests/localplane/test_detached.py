"""`kfinstall local`: a control plane that outlives the command which starts it, until it is told to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kfinstall.localplane.process import end, is_alive
from kfinstall.localplane.state import Instance, find, instances
from tests.localplane.waiting import eventually


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Kfinstall = Callable[..., Outcome]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Give the folder of the test's control planes; whatever is left in it is ended."""
    folder = tmp_path / "state" / "kfinstall" / "local"
    yield folder
    for instance in instances(folder):
        end([instance.owner, *instance.programs.values()])


@pytest.fixture
def local(tmp_path: Path, root: Path) -> Kfinstall:
    """Give `kfinstall local`, with a state folder of the test's own."""

    def run(*arguments: str) -> Outcome:
        env = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "300"}
        argv = [sys.executable, "-m", "kfinstall", "local", *arguments]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


def started(local: Kfinstall, root: Path, name: str = "one") -> Instance:
    outcome = local("up", "--shape", "docker-desktop", "--name", name)
    assert outcome.code == 0, outcome.err
    return find(name, root)


def test_it_runs_on_after_the_command_and_goes_away_whole(local: Kfinstall, root: Path):
    outcome = local("up", "--shape", "docker-desktop")
    assert outcome.code == 0, outcome.err
    instance = find("docker-desktop", root)
    assert instance.is_running
    assert f"export KUBECONFIG={instance.kubeconfig}" in outcome.out
    assert "kfinstall apply --platform docker-desktop" in outcome.out
    assert all(binary in outcome.out for binary in instance.binaries)
    assert "etcd and API server" in outcome.err

    assert local("kubeconfig").out == f"{instance.kubeconfig}\n"
    assert "cloud: ready" in local("logs", "cloud").out
    assert local("down").out == "docker-desktop is gone\n"
    assert not any(map(is_alive, [instance.owner, *instance.programs.values()]))
    assert list(root.iterdir()) == []


def test_status_tells_what_runs_and_what_has_ended(local: Kfinstall, root: Path):
    assert local("status").code == 0
    instance = started(local, root)
    listed = local("status", "-o", "json")
    assert (listed.code, [row["state"] for row in json.loads(listed.out)]) == (0, ["running"])
    end([instance.programs["kwok"]])
    broken = local("status")
    assert broken.code == 1
    assert "broken: kwok ended" in broken.out


def test_a_name_that_is_taken_is_refused_and_the_first_runs_on(local: Kfinstall, root: Path):
    instance = started(local, root)
    outcome = local("up", "--shape", "docker-desktop", "--name", "one")
    assert outcome.code == 2
    assert "already there" in outcome.err
    assert "kfinstall local down one" in outcome.err
    assert instance.is_running


def test_a_supervisor_that_is_killed_takes_its_programs_along(local: Kfinstall, root: Path):
    instance = started(local, root)
    os.kill(instance.owner.pid, signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, instance.programs.values())))
    assert "ended" in local("status").out
    assert local("down", "one").code == 0
    assert list(root.iterdir()) == []


def test_an_interrupt_while_it_starts_leaves_nothing(tmp_path: Path, root: Path):
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    argv = [sys.executable, "-m", "kfinstall", "local", "up", "--shape", "docker-desktop"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=env, stdout=pipe, stderr=pipe, text=True) as command:
        instance = eventually(lambda: next((i for i in instances(root) if i.programs), None))
        command.send_signal(signal.SIGINT)
        command.communicate()
        assert command.returncode == 130
    eventually(lambda: not any(map(is_alive, [instance.owner, *instance.programs.values()])))
    eventually(lambda: not list(root.iterdir()))


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["up", "--shape", "gkee"], "unknown shape 'gkee'", "did you mean 'gke'?"),
        (["up", "--name", "Not_A_Name"], "cannot name a local control plane", "lower-case"),
        (["down"], "no local control plane is there", "kfinstall local up"),
        (["kubeconfig", "none"], "no local control plane is named 'none'", "kfinstall local up"),
        (["up", "--bin-dir", "/nowhere"], "does not exist", "--help"),
    ],
)
def test_a_mistake_is_one_line_and_a_hint(local: Kfinstall, arguments: list[str], message: str, hint: str):
    outcome = local(*arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert hint in outcome.err
    assert "Traceback" not in outcome.err


def test_the_result_can_be_had_as_json(local: Kfinstall, root: Path):
    outcome = local("up", "--shape", "docker-desktop", "--name", "one", "-o", "json")
    told: dict[str, Any] = json.loads(outcome.out)
    instance = find("one", root)
    assert told["kubeconfig"] == str(instance.kubeconfig)
    assert told["context"] == "kfinstall-one"
    assert told["pids"] == {program: process.pid for program, process in instance.programs.items()}
