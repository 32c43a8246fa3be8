"""Start a control plane and end it: etcd and the API server, then what works on them, then the platform's shape."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kfinstall.cluster import connect
from kfinstall.errors import ClusterError
from kfinstall.localplane import commands, shapes
from kfinstall.localplane.binaries import DEFAULT_CHOICE, Binaries, Choice, find_binaries
from kfinstall.localplane.children import Children
from kfinstall.localplane.layout import ETCD_SOCKET, Layout, check_name
from kfinstall.localplane.ports import ReservedPort
from kfinstall.localplane.process import identify
from kfinstall.localplane.progress import Progress, Stopwatch, silent, step
from kfinstall.localplane.readiness import answers_ready, wait_until
from kfinstall.localplane.shapes import Shape
from kfinstall.localplane.state import Instance, claim, save


@dataclass(frozen=True, slots=True)
class Plane:
    """A control plane that answers. `kubeconfig` is the administrator's."""

    name: str
    shape: str
    server: str
    kubeconfig: Path
    directory: Path

    @property
    def context(self) -> str:
        """The context in its kubeconfig."""
        return commands.context_name(self.name)

    @property
    def audit_log(self) -> Path:
        """Where each write is noted, one JSON object a line, when that was asked for."""
        return self.directory / commands.AUDIT_LOG


@contextmanager
def run(
    shape: str,
    name: str,
    binaries: Binaries,
    progress: Progress = silent,
    *,
    is_detached: bool = False,
    is_audited: bool = False,
) -> Iterator[Plane]:
    """Run a control plane from these programs; on exit no process and no file of it is left.

    Raises:  InputError for a name that is taken or a shape that is not there; ClusterError when it does not start.
    """
    wanted = shapes.load_shape(shape)
    owner = identify(os.getpid())
    layout = claim(check_name(name), shape, owner, is_detached=is_detached)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, layout.directory, ignore_errors=True)
        port = stack.enter_context(ReservedPort())
        children = stack.enter_context(Children(layout.directory, layout.logs))
        settings = commands.Settings(port.number, wanted.load_balancer, wanted.admission_plugins, is_audited)
        sources = tuple(str(binary) for binary in binaries.used())
        instance = Instance(layout.directory, shape, owner, is_detached, settings.server, binaries=sources)
        start = _Start(instance, wanted, settings, binaries, children, progress)
        yield _started(start)


@contextmanager
def up(
    shape: str = "gke",
    *,
    name: str = "",
    choice: Choice = DEFAULT_CHOICE,
    progress: Progress = silent,
    is_audited: bool = False,
) -> Iterator[Plane]:
    """Find the programs and run a control plane in the shape of a platform, for as long as the block lasts.

    In:      `shape`, a platform's name; `name`, a fresh one when empty; `is_audited`, whether the API server notes
             each write in `Plane.audit_log`.
    """
    binaries = find_binaries(choice, progress=progress)
    with run(shape, name or fresh_name(shape), binaries, progress, is_audited=is_audited) as plane:
        yield plane


def fresh_name(shape: str) -> str:
    """Give a name that no other control plane has."""
    return f"{shape}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class _Start:
    """All that a start needs."""

    instance: Instance
    shape: Shape
    settings: commands.Settings
    binaries: Binaries
    children: Children
    progress: Progress

    @property
    def layout(self) -> Layout:
        return Layout(self.instance.directory)


def _started(start: _Start) -> Plane:
    layout, check = start.layout, start.children.check
    with step("certificates and configuration", start.progress):
        layout.logs.mkdir(mode=0o700)
        _launch(start, ["etcd"])
        _prepare(layout, start.binaries.localplane, start.settings)
    with step("etcd and API server", start.progress):
        # An API server that finds no etcd tries again after a whole second.
        wait_until((layout.directory / ETCD_SOCKET).exists, check)
        _launch(start, ["kube-apiserver"])
        wait_until(answers_ready(start.settings.port, layout.pki / "ca.crt"), check)
    with step(f"controllers and the shape of {start.shape.name}", start.progress) as watch:
        _launch(start, commands.WORKERS)
        _give_shape(start, watch)
    return Plane(layout.name, start.shape.name, start.settings.server, layout.kubeconfig, layout.directory)


def _give_shape(start: _Start, watch: Stopwatch) -> None:
    with connect(start.layout.kubeconfig) as cluster:
        watch.detail = shapes.send(start.shape, cluster)
        wait_until(lambda: shapes.is_ready(start.shape, cluster), start.children.check)


def _launch(start: _Start, programs: Sequence[str]) -> None:
    for program in programs:
        prefix = start.binaries.prefix(program, start.children.watch_fd)
        start.children.start(program, (*prefix, *commands.arguments(program, start.settings)))
    save(replace(start.instance, programs=start.children.processes()))


def _prepare(layout: Layout, localplane: Path, settings: commands.Settings) -> None:
    (layout.directory / "egress.yaml").write_text(commands.EGRESS_CONFIGURATION)
    if settings.is_audited:
        (layout.directory / "audit.yaml").write_text(commands.AUDIT_POLICY)
    _call(layout, [str(localplane), "pki", *commands.pki_arguments(layout.name, settings)])
    stages = _call(layout, [str(localplane), "stages"])
    (layout.directory / "stages.yaml").write_bytes(stages)


def _call(layout: Layout, argv: Sequence[str]) -> bytes:
    answer = subprocess.run(argv, cwd=layout.directory, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        raise ClusterError(f"{argv[1]} failed: {answer.stderr.decode(errors='replace').strip()}")
    return answer.stdout
