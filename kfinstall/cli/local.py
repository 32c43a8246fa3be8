"""`kfinstall local`: a throwaway control plane on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kfinstall.cli import options
from kfinstall.cli.output import Format, line, raw, seconds, show, styled, table
from kfinstall.cli.steps import show_steps

if TYPE_CHECKING:
    from kfinstall.localplane import Instance

HELP = """Run a throwaway Kubernetes control plane on this machine.

etcd, the API server, the controller-manager and the scheduler are the real programs; nodes, volumes, load balancers
and GPUs are simulated. It listens on loopback only, and nothing leaves the machine.

\b
Examples:
  kfinstall local up --shape gke            start one that looks like GKE
  export KUBECONFIG=$(kfinstall local kubeconfig)
  kfinstall apply --platform gke
  kfinstall local down                      end it; nothing of it is left
"""

HELP_UP = """Start a control plane, wait until it is ready and leave it running.

The programs come from --bin-dir, KUBEBUILDER_ASSETS, PATH, the cache, the official releases, or a Go build (once,
5 to 10 minutes), whichever has them first.

\b
Examples:
  kfinstall local up                        in the shape of GKE
  kfinstall local up --shape openshift      with SCC admission and Routes
  kfinstall local up --shape gke --name b   a second one beside the first
"""

HELP_STATUS = """Show the control planes there are, and whether their programs run.

\b
Examples:
  kfinstall local status
  kfinstall local status gke -o json
"""

HELP_LOGS = """Print the log of one program of a control plane.

\b
Examples:
  kfinstall local logs kube-apiserver
  kfinstall local logs cloud openshift
"""

HELP_KUBECONFIG = """Print the path of the administrator's kubeconfig.

\b
Examples:
  export KUBECONFIG=$(kfinstall local kubeconfig)
  kubectl --kubeconfig $(kfinstall local kubeconfig openshift) get nodes
"""

HELP_DOWN = """End a control plane: no process and no file of it is left.

\b
Examples:
  kfinstall local down
  kfinstall local down openshift
  kfinstall local down --all
"""

_name = click.argument("name", required=False, default="", metavar="[NAME]")


@click.group(help=HELP)
def command() -> None:
    """Group the commands on local control planes."""


@command.command(help=HELP_UP)
@click.option("--shape", default="gke", show_default=True, metavar="PLATFORM", help="Platform to look like.")
@click.option("--name", default="", metavar="NAME", help="Name of the control plane. Default: the shape's.")
@click.option(
    "--bin-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder to take the programs from.",
)
@click.option("--no-download", is_flag=True, help="Never download a release; build instead.")
@options.output_option("text", "json", "yaml")
def up(shape: str, name: str, bin_dir: Path | None, *, no_download: bool, output: Format) -> None:
    """Start one."""
    from kfinstall import localplane

    choice = localplane.Choice(bin_dir, may_download=not no_download)
    began = time.monotonic()
    with show_steps() as progress:
        plane = localplane.start_detached(shape, name=name, choice=choice, progress=progress)
    instance = localplane.find(plane.name)
    took_s = time.monotonic() - began
    show({**_as_data(instance), "took_s": round(took_s, 1)}, output, lambda: _welcome(instance, took_s))


def _welcome(instance: Instance, took_s: float) -> list[str]:
    """Say what runs now, and what to type next."""
    name = "" if instance.name == "gke" else f" {instance.name}"
    return [
        styled(f"{instance.name} is ready at {instance.server} after {seconds(took_s)}", "good"),
        *(f"  {binary}" for binary in instance.binaries),
        f"  kubeconfig {instance.kubeconfig}",
        "",
        "next:",
        f"  export KUBECONFIG={instance.kubeconfig}",
        f"  kfinstall apply --platform {instance.shape}",
        f"  kfinstall local down{name}",
    ]


@command.command(help=HELP_STATUS)
@_name
@options.output_option("text", "json", "yaml")
def status(name: str, output: Format) -> int:
    """Show one or all; exit with 1 when one of them does not run."""
    from kfinstall import localplane

    there = (localplane.find(name),) if name else localplane.instances()
    show([_as_data(instance) for instance in there], output, lambda: _status_lines(there))
    return 0 if all(instance.is_running for instance in there) else 1


def _status_lines(there: Sequence[Instance]) -> list[str]:
    if not there:
        return ["no local control plane; start one with 'kfinstall local up'"]
    rows = [(i.name, i.shape, _state(i), i.server, str(i.kubeconfig)) for i in there]
    return table(("NAME", "SHAPE", "STATE", "SERVER", "KUBECONFIG"), rows)


def _state(instance: Instance) -> str:
    if instance.is_running:
        return "running"
    stopped = instance.stopped_programs()
    return f"broken: {', '.join(stopped)} ended" if stopped else "left behind"


def _as_data(instance: Instance) -> dict[str, Any]:
    return {
        "name": instance.name,
        "shape": instance.shape,
        "state": _state(instance),
        "server": instance.server,
        "kubeconfig": str(instance.kubeconfig),
        "context": instance.context,
        "binaries": list(instance.binaries),
        "pids": {program: process.pid for program, process in instance.programs.items()},
    }


@command.command(help=HELP_LOGS)
@click.argument("program", metavar="PROGRAM")
@_name
def logs(program: str, name: str) -> None:
    """Print a log."""
    from kfinstall import localplane

    path = localplane.logs(localplane.find_only(name).name, program)
    raw(path.read_text(errors="replace"))


@command.command(help=HELP_KUBECONFIG)
@_name
def kubeconfig(name: str) -> None:
    """Print a path."""
    from kfinstall import localplane

    line(str(localplane.find_only(name).kubeconfig))


@command.command(help=HELP_DOWN)
@_name
@click.option("--all", "everything", is_flag=True, help="End all of them.")
def down(name: str, *, everything: bool) -> None:
    """End one or all."""
    from kfinstall import localplane

    if everything:
        for ended in localplane.stop_all():
            line(f"{ended} is gone")
        return
    instance = localplane.find_only(name)
    localplane.stop(instance.name)
    line(f"{instance.name} is gone")
