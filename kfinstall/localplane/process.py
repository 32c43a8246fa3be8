"""Processes: tell a living one from another that has its pid now, and end them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
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
