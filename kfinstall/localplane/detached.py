"""Control planes that outlive the command that starts them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kfinstall.errors import ClusterError, InputError, KfinstallError
from kfinstall.localplane import shapes
from kfinstall.localplane.binaries import DEFAULT_CHOICE, Binaries, Choice, find_binaries
from kfinstall.localplane.layout import Layout, check_name
from kfinstall.localplane.plane import Plane
from kfinstall.localplane.process import end, is_alive
from kfinstall.localplane.progress import Progress, Step, silent
from kfinstall.localplane.state import find, instances, remove

_ERRORS = {kind.exit_code: kind for kind in (InputError, ClusterError)}


def start_detached(
    shape: str = "gke", *, name: str = "", choice: Choice = DEFAULT_CHOICE, progress: Progress = silent
) -> Plane:
    """Start a control plane that runs until `stop(name)`, and wait until it is ready.

    In:      `name`, the shape's when empty.
    Raises:  as `up`; whatever goes wrong or is interrupted before it is ready leaves nothing behind.
    """
    name = check_name(name or shape)
    shapes.load_shape(shape)
    order = json.dumps({"shape": shape, "name": name, "binaries": _as_json(find_binaries(choice, progress=progress))})
    argv = [sys.executable, "-m", "kfinstall.localplane.supervisor"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True, start_new_session=True) as supervisor:
        assert supervisor.stdin is not None and supervisor.stdout is not None
        supervisor.stdin.write(order)
        supervisor.stdin.close()
        return _await(supervisor.stdout, progress)


def _as_json(binaries: Binaries) -> list[list[str]]:
    return [[b.program, str(b.path), b.version, b.place] for b in binaries.used()]


def _await(lines: Iterable[str], progress: Progress) -> Plane:
    """Pass on what the supervisor tells, until the plane is there. When we stop reading before, it gives up."""
    for line in lines:
        message: dict[str, Any] = json.loads(line)
        if "step" in message:
            progress(Step(**message["step"]))
        elif "plane" in message:
            told = message["plane"]
            return Plane(**{**told, "kubeconfig": Path(told["kubeconfig"]), "directory": Path(told["directory"])})
        else:
            told = message["error"]
            raise _ERRORS.get(told["exit_code"], KfinstallError)(told["message"], hint=told["hint"])
    raise ClusterError("the supervisor of the local control plane ended while it was starting")


def stop(name: str) -> None:
    """End a control plane; when this returns, no process and no file of it is left.

    Raises:  InputError when there is none of that name, or when another program is running it as its own.
    """
    instance = find(name)
    if is_alive(instance.owner) and not instance.is_detached:
        raise InputError(
            f"the local control plane {name!r} belongs to process {instance.owner.pid}",
            hint="it ends when that process ends",
        )
    end([instance.owner], grace_s=15.0)
    remove(instance)


def stop_all() -> tuple[str, ...]:
    """End every control plane that nobody else runs as its own; give their names."""
    ours = [i.name for i in instances() if i.is_detached or not is_alive(i.owner)]
    for name in ours:
        stop(name)
    return tuple(ours)


def logs(name: str, program: str) -> Path:
    """Give the path of a program's log.

    Raises:  InputError when there is no such control plane, or no such program.
    """
    folder = Layout(find(name).directory).logs
    known = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if program not in known:
        raise InputError(f"no program {program!r} has a log", hint=f"there are: {', '.join(known)}")
    return known[program]
