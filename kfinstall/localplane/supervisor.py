"""The process that owns a detached control plane: ends it on SIGTERM, and takes it along when it is killed itself.

Started by `detached.start_detached` as `python -m kfinstall.localplane.supervisor`. Its order comes on standard input;
until the plane is ready it tells what it does on standard output, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kfinstall.errors import KfinstallError
from kfinstall.localplane.binaries import Binaries, Binary
from kfinstall.localplane.layout import Layout, state_root
from kfinstall.localplane.plane import Plane, run
from kfinstall.localplane.progress import Step


def main() -> None:
    """Leave the caller's process tree, run the control plane that standard input names, wait for SIGTERM."""
    order = json.load(sys.stdin)
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with run(order["shape"], order["name"], _binaries(order["binaries"]), _tell_step, is_detached=True) as plane:
            _tell({"plane": _as_json(plane)})
            _let_go(Layout(plane.directory))
            while True:
                signal.pause()
    except KfinstallError as error:
        _tell({"error": {"message": error.message, "hint": error.hint, "exit_code": error.exit_code}})


def _stop(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


def _let_go(layout: Layout) -> None:
    """Close what ties us to the caller: from here on we write to a log of our own."""
    log = os.open(layout.logs / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.chdir(state_root())


def _binaries(found: list[list[str]]) -> Binaries:
    return Binaries({name: Binary(name, Path(path), version, place) for name, path, version, place in found})


def _as_json(plane: Plane) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(plane).items()}


def _tell_step(told: Step) -> None:
    _tell({"step": asdict(told)})


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
