"""Processes: start them so that they die with us, tell a living one from a recycled pid, end them.

Every program is started through the watch pipe: it holds the read end and ends when the write end closes, which the
kernel does even when we are killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kfinstall.errors import ClusterError


class ProcessId(NamedTuple):
    """A pid and when its process started, in the kernel's own words: together they name one process for ever."""

    pid: int
    started: str


def started_at(pid: int) -> str:
    """Give when a process started, or the empty string when there is none (a zombie counts as none)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else f"{_boot_id()}:{fields[19]}"


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _started_by_ps(pid: int) -> str:
    """Ask `ps`, where there is no /proc (macOS)."""
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = answer.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def identify(pid: int) -> ProcessId:
    """Give the lasting name of a process that lives now."""
    return ProcessId(pid, started_at(pid))


def is_alive(process: ProcessId) -> bool:
    """Say whether that very process still runs; another one with its pid does not count."""
    return bool(process.started) and started_at(process.pid) == process.started


def end(processes: Iterable[ProcessId], *, grace_s: float = 0.0) -> None:
    """End processes and wait until they are gone: SIGTERM first when there is a grace time, then SIGKILL."""
    left = [p for p in processes if is_alive(p)]
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 10.0)):
        if patience_s:
            left = _signal_and_wait(left, number, patience_s)
    if left:
        pids = ", ".join(str(p.pid) for p in left)
        raise ClusterError(f"processes do not end: {pids}", hint="look at them with 'ps' and end them by hand")


def _signal_and_wait(processes: Sequence[ProcessId], number: signal.Signals, patience_s: float) -> list[ProcessId]:
    for process in processes:
        _send(process, number)
    deadline = time.monotonic() + patience_s
    left = [p for p in processes if is_alive(p)]
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = [p for p in left if is_alive(p)]
    return left


def _send(process: ProcessId, number: signal.Signals) -> None:
    """Send a signal to that very process, never to a later one with its pid."""
    try:
        if not hasattr(os, "pidfd_open"):
            if is_alive(process):
                os.kill(process.pid, number)
            return
        handle = os.pidfd_open(process.pid)
        try:
            if is_alive(process):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
    except ProcessLookupError:
        return


class Children:
    """The programs of one control plane; on exit all of them are ended and waited for."""

    def __init__(self, directory: Path, logs: Path) -> None:
        self._directory = directory
        self._logs = logs
        self._read_end, self._write_end = os.pipe()
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *why: object) -> None:
        for child in self._started.values():
            child.kill()
        for child in self._started.values():
            child.wait()
        os.close(self._read_end)
        os.close(self._write_end)

    @property
    def watch_fd(self) -> int:
        """The read end of the watch pipe, as a child sees it."""
        return self._read_end

    def start(self, program: str, argv: Sequence[str]) -> None:
        """Start a program in the instance's folder, its output going to its log."""
        descriptor = os.open(self._logs / f"{program}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._started[program] = subprocess.Popen(
                argv,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                pass_fds=(self._read_end,),
                start_new_session=True,
            )
        finally:
            os.close(descriptor)

    def processes(self) -> Mapping[str, ProcessId]:
        """Give what was started, by program."""
        return {program: identify(child.pid) for program, child in self._started.items()}

    def check(self) -> None:
        """Make sure that none has ended.

        Raises:  ClusterError with the last lines of the log of the one that has.
        """
        for program, child in self._started.items():
            if (code := child.poll()) is not None:
                last = last_lines(self._logs / f"{program}.log")
                raise ClusterError(f"{program} ended with code {code} while starting: {last}")


def last_lines(path: Path, count: int = 3) -> str:
    """Give the last lines of a log, on one line; empty when there is none."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return " | ".join(line.strip() for line in lines[-count:])
