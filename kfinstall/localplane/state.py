"""What is known of a control plane while it runs: a file beside its data, and the folders of all of them.

The folder is its own lock: it is made under another name, with the owner written inside, and renamed into place, which
only one can win.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kfinstall.errors import InputError
from kfinstall.localplane.commands import context_name
from kfinstall.localplane.layout import Layout, state_root
from kfinstall.localplane.process import ProcessId, end, is_alive

_NEW: Final = ".new-"
"""How the name begins that a folder has before it gets its own."""

_NEW_FOR_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Instance:
    """A control plane as its state file tells it.

    `owner` is the process whose end is its end: a supervisor of our own when it is detached, else whoever called `up`.
    """

    directory: Path
    shape: str
    owner: ProcessId
    is_detached: bool = False
    server: str = ""
    programs: Mapping[str, ProcessId] = field(default_factory=dict)
    binaries: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.directory.name

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return Layout(self.directory).kubeconfig

    @property
    def context(self) -> str:
        """The context in its kubeconfig."""
        return context_name(self.name)

    @property
    def is_running(self) -> bool:
        """Whether its owner and every one of its programs live."""
        return is_alive(self.owner) and bool(self.programs) and all(map(is_alive, self.programs.values()))

    def stopped_programs(self) -> tuple[str, ...]:
        """Give the programs that were started and no longer live."""
        return tuple(name for name, process in self.programs.items() if not is_alive(process))


def claim(name: str, shape: str, owner: ProcessId, *, is_detached: bool = False, root: Path | None = None) -> Layout:
    """Make the folder of a new control plane, which nobody else then can.

    Raises:  InputError when one with that name is there; what a dead owner left is removed first.
    """
    root = root or state_root()
    target = root / name
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        sweep(root)
        prepared = Path(tempfile.mkdtemp(prefix=_NEW, dir=root))
    except OSError as error:
        hint = "name a folder that can be written to, in the environment variable XDG_STATE_HOME"
        raise InputError(f"cannot keep a local control plane in {root}: {error.strerror}", hint=hint) from error
    save(Instance(prepared, shape, owner, is_detached))
    try:
        prepared.rename(target)
    except OSError:
        shutil.rmtree(prepared)
        hint = f"end it with 'kfinstall local down {name}', or choose another --name"
        raise InputError(f"a local control plane named {name!r} is already there", hint=hint) from None
    return Layout(target)


def sweep(root: Path) -> None:
    """Remove what owners who died without a word have left."""
    for instance in instances(root):
        if not is_alive(instance.owner):
            remove(instance)
    for folder in root.glob(f"{_NEW}*"):
        if time.time() - folder.stat().st_mtime > _NEW_FOR_S:
            shutil.rmtree(folder, ignore_errors=True)


def remove(instance: Instance) -> None:
    """End whatever of an instance still lives and remove its folder."""
    end(instance.programs.values())
    shutil.rmtree(instance.directory, ignore_errors=True)


def save(instance: Instance) -> None:
    """Write the state file, whole or not at all."""
    body: dict[str, Any] = {
        "shape": instance.shape,
        "owner": instance.owner,
        "detached": instance.is_detached,
        "server": instance.server,
        "programs": dict(instance.programs),
        "binaries": instance.binaries,
    }
    path = Layout(instance.directory).state
    descriptor = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(body, out, indent=1)
    path.with_suffix(".new").replace(path)


def load(directory: Path) -> Instance:
    """Read a state file; a folder without a readable one is an instance whose owner is dead."""
    try:
        body = json.loads(Layout(directory).state.read_text())
        return Instance(
            directory,
            body["shape"],
            ProcessId(*body["owner"]),
            bool(body["detached"]),
            body["server"],
            {name: ProcessId(*process) for name, process in body["programs"].items()},
            tuple(body["binaries"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Instance(directory, "", ProcessId(0, ""))


def instances(root: Path | None = None) -> tuple[Instance, ...]:
    """Give every control plane that is there, by name, whether it runs or its owner has died."""
    root = root or state_root()
    if not root.is_dir():
        return ()
    return tuple(load(folder) for folder in sorted(root.iterdir()) if folder.is_dir() and folder.name[0] != ".")


def find(name: str, root: Path | None = None) -> Instance:
    """Give the instance of that name.

    Raises:  InputError when there is none.
    """
    known = {instance.name: instance for instance in instances(root)}
    if name not in known:
        there = ", ".join(known)
        hint = f"there are: {there}" if there else "start one with 'kfinstall local up'"
        raise InputError(f"no local control plane is named {name!r}", hint=hint)
    return known[name]


def find_only(name: str = "", root: Path | None = None) -> Instance:
    """Give the instance of that name, or without a name the only one there is.

    Raises:  InputError when there is none, or when several would do.
    """
    if name:
        return find(name, root)
    there = instances(root)
    if not there:
        raise InputError("no local control plane is there", hint="start one with 'kfinstall local up'")
    if len(there) > 1:
        known = ", ".join(instance.name for instance in there)
        raise InputError("several local control planes are there", hint=f"name one: {known}")
    return there[0]
