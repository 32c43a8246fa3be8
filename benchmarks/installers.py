"""The installers side by side: how each does the same four things, and what that costs it.

Each is used as its documentation says, with its defaults, and has to wait until all is healthy (or gone).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from benchmarks import meter
from benchmarks.installs import FailedRunError, failure
from benchmarks.objects import NAMESPACES
from benchmarks.processes import Cost, environment

BIN = Path(sys.executable).parent
KFINSTALL, KUBECTL = str(BIN / "kfinstall"), str(BIN / "kubectl")
NAME = "bench"
RECORDS = "default"
"""A namespace that is there: one made for the records would be one more whose end is waited for."""
STEPS = ("first install", "unchanged", "one image", "delete")
TIMEOUT = "30m"
BOUND_S = 1800.0
"""So long a program may take for a step."""
PAUSE_S = 1.0
TRIES = 60


class Manifests(NamedTuple):
    """The files to install: all objects, and the same with another image in one Deployment."""

    first: Path
    changed: Path


class Installer(Protocol):
    """Something that installs."""

    @property
    def name(self) -> str:
        """What it is called in the tables."""

    def steps(self) -> Sequence[str]:
        """Give the steps it can do, in order."""

    def run(self, step: str, manifests: Manifests) -> Cost:
        """Do one step.

        Raises: FailedRunError.
        """


class Programs:
    """An installer that is a program, or a few one after the other: their times add up, their memory does not."""

    def __init__(self, name: str, commands: Mapping[str, Sequence[Sequence[str]]], kubeconfig: Path) -> None:
        self.name = name
        self._commands = commands
        self._env = {**environment(), "KUBECONFIG": str(kubeconfig)}

    def steps(self) -> Sequence[str]:
        """Give the steps it can do, in order."""
        return tuple(self._commands)

    def run(self, step: str, manifests: Manifests) -> Cost:
        """Do one step."""
        places = {"first": str(manifests.first), "changed": str(manifests.changed)}
        costs = [_patiently([word.format(**places) for word in words], self._env) for words in self._commands[step]]
        return Cost(sum(c.wall_s for c in costs), sum(c.cpu_s for c in costs), max(c.peak_mib for c in costs))


def kfinstall(kubeconfig: Path) -> Programs:
    """Give ours."""
    record = ["--name", NAME, "--namespace", RECORDS, "--yes"]
    apply, changed = ([[KFINSTALL, "apply", file, *record]] for file in ("{first}", "{changed}"))
    delete = [[KFINSTALL, "delete", *record, "--timeout", TIMEOUT]]
    return Programs("kfinstall", dict(zip(STEPS, (apply, apply, changed, delete), strict=True)), kubeconfig)


def kubectl(kubeconfig: Path) -> Programs:
    """Give kubectl as people use it: apply again until it succeeds, then wait for each namespace's Deployments.

    To delete, it is told not to wait for each object, which takes it five times as long; the namespaces are waited for.
    """
    rollout = [KUBECTL, "rollout", "status", "deployment", f"--timeout={TIMEOUT}", "--selector=app", "--namespace"]
    waits = [[*rollout, f"bench-{n}"] for n in range(NAMESPACES)]
    first, changed = ([KUBECTL, "apply", "--server-side", "-f", file] for file in ("{first}", "{changed}"))
    delete = [KUBECTL, "delete", "--wait=false", "--ignore-not-found", "-f", "{changed}"]
    namespaces = [f"namespace/bench-{n}" for n in range(NAMESPACES)]
    gone = [KUBECTL, "wait", "--for=delete", f"--timeout={TIMEOUT}", *namespaces]
    commands = ([first, *waits], [first, *waits], [changed, *waits], [delete, gone])
    return Programs("kubectl apply --server-side", dict(zip(STEPS, commands, strict=True)), kubeconfig)


def helm(program: Path, kubeconfig: Path) -> Programs:
    """Give Helm, with the manifests as the template of a chart each (see `write_chart`)."""
    waits = ["--wait", "--timeout", TIMEOUT, "--namespace", RECORDS]
    install = [[str(program), "install", NAME, "{first}.chart", *waits]]
    again = [[str(program), "upgrade", NAME, "{first}.chart", *waits]]
    changed = [[str(program), "upgrade", NAME, "{changed}.chart", *waits]]
    delete = [[str(program), "uninstall", NAME, *waits]]
    return Programs("Helm", dict(zip(STEPS, (install, again, changed, delete), strict=True)), kubeconfig)


def write_chart(manifests: Path) -> None:
    """Make a chart of manifests, beside them."""
    folder = Path(f"{manifests}.chart")
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {NAME}\nversion: 1.0.0\n")
    (folder / "templates" / "objects.yaml").write_text(manifests.read_text())


def bare(kubeconfig: Path) -> Iterator[Programs]:
    """Give the client that only sends and waits, over one connection and over eight."""
    for connections, said in ((1, "1 connection"), (8, "8 connections")):
        install = [[sys.executable, "-m", "benchmarks.bare", "{first}", str(connections)]]
        yield Programs(f"bare client, {said}", {STEPS[0]: install}, kubeconfig)


def _patiently(argv: Sequence[str], env: Mapping[str, str]) -> Cost:
    """Run a program; one that applies with kubectl again until it succeeds, as one has to."""
    tries = TRIES if "--server-side" in argv else 1
    spent = Cost(0.0, 0.0, 0.0)
    for left in reversed(range(tries)):
        cost, exit_code, said = _run(argv, env)
        spent = Cost(spent.wall_s + cost.wall_s, spent.cpu_s + cost.cpu_s, max(spent.peak_mib, cost.peak_mib))
        if not exit_code:
            return spent
        if not left:
            raise FailedRunError(failure(argv, exit_code, said))
        time.sleep(PAUSE_S)
        spent = spent._replace(wall_s=spent.wall_s + PAUSE_S)
    return spent


def _run(argv: Sequence[str], env: Mapping[str, str]) -> tuple[Cost, int, str]:
    command = [sys.executable, *meter.RUNNER, meter.__file__, *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        try:
            printed, said = process.communicate(timeout=BOUND_S)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise FailedRunError(f"'{Path(argv[0]).name} {argv[1]}' took more than {BOUND_S:.0f} s") from None
            raise
    wall_s, cpu_s, peak_kib, exit_code = printed.split()
    return Cost(float(wall_s), float(cpu_s), float(peak_kib) / 1024), int(exit_code), said
