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


@pytest.fixture(scope="module")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a state folder for these tests alone; whatever is left running in it is ended.

    Its path is longer than that of any Unix socket may be.
    """
    folder = tmp_path_factory.mktemp("state-" + "x" * 120)
    yield folder
    for instance in instances(root_of(folder)):
        end([instance.owner, *instance.programs.values()])


@pytest.fixture(scope="module")
def local(state_home: Path) -> Kfinstall:
    """Give `kfinstall local`, with that state folder."""

    def run(*arguments: str) -> Outcome:
        env = {**os.environ, "XDG_STATE_HOME": str(state_home), "COLUMNS": "300"}
        argv = [sys.executable, "-m", "kfinstall", "local", *arguments]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


class Started(NamedTuple):
    """A control plane that `local up` has started, and what it said."""

    instance: Instance
    outcome: Outcome


@pytest.fixture(scope="module")
def one(local: Kfinstall, state_home: Path) -> Started:
    """Give a control plane named `one`; the last test of this module ends it."""
    outcome = local("up", "--shape", "docker-desktop", "--name", "one")
    assert outcome.code == 0, outcome.err
    return Started(find("one", root_of(state_home)), outcome)


def root_of(state_home: Path) -> Path:
    return state_home / "kfinstall" / "local"


def test_it_runs_on_after_the_command_that_says_what_to_type_next(one: Started, local: Kfinstall):
    instance, outcome = one
    assert instance.is_running
    assert f"export KUBECONFIG={instance.kubeconfig}" in outcome.out
    assert "kfinstall apply --platform docker-desktop" in outcome.out
    assert "kfinstall local down one" in outcome.out
    assert all(binary in outcome.out for binary in instance.binaries)
    assert "etcd and API server" in outcome.err


def test_without_a_name_the_only_one_is_meant(one: Started, local: Kfinstall):
    assert local("kubeconfig").out == f"{one.instance.kubeconfig}\n"
    assert "cloud: ready" in local("logs", "cloud").out
    assert "running" in local("status").out


def test_a_program_without_a_log_is_an_error_that_says_which_have_one(one: Started, local: Kfinstall):
    outcome = local("logs", "kubelet")
    assert outcome.code == 2
    assert "kube-apiserver" in outcome.err


def test_a_name_that_is_taken_is_refused_and_the_first_runs_on(one: Started, local: Kfinstall):
    outcome = local("up", "--shape", "docker-desktop", "--name", "one")
    assert outcome.code == 2
    assert "already there" in outcome.err
    assert "kfinstall local down one" in outcome.err
    assert one.instance.is_running


def test_what_breaks_is_told_and_a_killed_supervisor_takes_its_programs_along(local: Kfinstall, state_home: Path):
    told: dict[str, Any] = json.loads(local("up", "--shape", "docker-desktop", "--name", "two", "-o", "json").out)
    instance = find("two", root_of(state_home))
    assert (told["kubeconfig"], told["context"]) == (str(instance.kubeconfig), "kfinstall-two")
    assert told["pids"] == {program: process.pid for program, process in instance.programs.items()}

    end([instance.programs["kwok"]])
    broken = local("status", "two", "-o", "json")
    assert (broken.code, json.loads(broken.out)[0]["state"]) == (1, "broken: kwok ended")

    os.kill(instance.owner.pid, signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, instance.programs.values())))
    assert local("down", "two").code == 0
    assert not instance.directory.exists()


def test_an_interrupt_while_it_starts_leaves_nothing(tmp_path: Path):
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "kfinstall", "local", "up", "--shape", "docker-desktop"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=env, stdout=pipe, stderr=pipe, text=True) as command:
        instance = eventually(lambda: next((i for i in instances(root_of(tmp_path)) if i.programs), None))
        command.send_signal(signal.SIGINT)
        command.communicate()
        assert command.returncode == 130
    eventually(lambda: not any(map(is_alive, [instance.owner, *instance.programs.values()])))
    eventually(lambda: not list(root_of(tmp_path).iterdir()))


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["up", "--shape", "gkee"], "unknown shape 'gkee'", "did you mean 'gke'?"),
        (["up", "--name", "Not_A_Name"], "cannot name a local control plane", "lower-case"),
        (["kubeconfig", "none"], "no local control plane is named 'none'", "one"),
        (["up", "--bin-dir", "/nowhere"], "does not exist", "--help"),
    ],
)
def test_a_mistake_is_one_line_and_a_hint(
    one: Started, local: Kfinstall, arguments: list[str], message: str, hint: str
):
    outcome = local(*arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert hint in outcome.err
    assert "Traceback" not in outcome.err


def test_down_leaves_no_process_and_no_file(one: Started, local: Kfinstall, state_home: Path):
    assert local("down").out == "one is gone\n"
    assert not any(map(is_alive, [one.instance.owner, *one.instance.programs.values()]))
    assert list(root_of(state_home).iterdir()) == []
    again = local("down")
    assert (again.code, "no local control plane is there" in again.err) == (2, True)
