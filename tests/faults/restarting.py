"""Kill one program of a control plane and start it again, as its init system would."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

from kfinstall.localplane import Plane, find
from kfinstall.localplane.children import environment
from kfinstall.localplane.process import end, identify
from kfinstall.localplane.state import save


def restart(plane: Plane, program: str) -> subprocess.Popen[bytes]:
    """Kill a program of a control plane, start it again with the same arguments; give the new process."""
    instance = find(plane.name)
    process = instance.programs[program]
    argv = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")[:-1]
    below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    end([process, *(identify(int(pid)) for pid in below)])
    with (plane.directory / "log" / f"{program}.log").open("ab") as log:
        started = subprocess.Popen(
            argv,
            cwd=plane.directory,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(int(argv[argv.index(b"--watch-fd") + 1]),),
            start_new_session=True,
        )
    save(replace(instance, programs={**instance.programs, program: identify(started.pid)}))
    return started
