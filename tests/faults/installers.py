"""Installers as processes of their own that start at once: forked from one that has imported everything."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final, NamedTuple

from kfinstall.apply import Installation, Options, SystemClock, install, uninstall
from kfinstall.cluster import connect
from kfinstall.resource import Resource
from tests.apply.sets import Outcome
from tests.faults.subjects import Act, Subject

PATIENCE_S: Final = 240.0
REQUEST_TIMEOUT_S: Final = 20.0

_ONE_AT_A_TIME: Final = threading.Lock()
"""Who starts a process also asks for the exit codes of all others; of two that ask for one at once, one gets 255."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["kubernetes.client", "kubernetes.config", __name__])


def _main(kubeconfig: Path, target: Installation, wanted: Sequence[Resource], said: Path, timeout_s: float) -> None:
    """Install, or delete when nothing is wanted; say how it went in a file and by the exit code."""
    try:
        outcome = _run(kubeconfig, target, wanted, timeout_s)
    except Exception:  # noqa: BLE001 whatever it is, the test is to show it
        said.write_text(traceback.format_exc())
        os._exit(1)
    said.write_text(f"{outcome.summary if outcome.events else ''}\n{outcome.texts}")
    os._exit(1 if outcome.errors else 0)


def _run(kubeconfig: Path, target: Installation, wanted: Sequence[Resource], timeout_s: float) -> Outcome:
    options = Options(timeout_s=PATIENCE_S / 2, lock_ttl_s=60, delete_data=not wanted)
    with connect(kubeconfig, request_timeout_s=timeout_s) as cluster:
        if wanted:
            return Outcome(install(wanted, target, cluster, SystemClock(), options))
        return Outcome(uninstall(target, cluster, SystemClock(), options))


class Installer(NamedTuple):
    """One such process, and the file in which it says how it went."""

    process: ForkServerProcess
    said: Path

    def kill(self) -> None:
        """Kill it, and wait until it is dead."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, signal.SIGKILL)
        wait([self.process.sentinel], PATIENCE_S)

    def join(self) -> int:
        """Wait for its end; give the exit code, negative after a signal."""
        wait([self.process.sentinel], PATIENCE_S)
        with _ONE_AT_A_TIME:
            code = self.process.exitcode
        assert code is not None, "the installer does not end"
        return code


def start(
    kubeconfig: Path, subject: Subject, act: Act, folder: Path, request_timeout_s: float = REQUEST_TIMEOUT_S
) -> Installer:
    """Start an installer."""
    said = folder / f"{subject.prefix}-{act}.txt"
    said.unlink(missing_ok=True)
    arguments = (kubeconfig, subject.target, subject.wanted[act], said, request_timeout_s)
    process = _FORKS.Process(target=_main, args=arguments, daemon=True)
    with _ONE_AT_A_TIME:
        process.start()
    return Installer(process, said)


def run_to_the_end(
    kubeconfig: Path, subject: Subject, act: Act, folder: Path, request_timeout_s: float = REQUEST_TIMEOUT_S
) -> None:
    """Run an installer, in a process of its own. It must succeed."""
    installer = start(kubeconfig, subject, act, folder, request_timeout_s)
    code = installer.join()
    said = installer.said.read_text() if installer.said.exists() else ""
    assert code == 0, f"{act} of {subject.prefix} ended with {code}: {said}"
