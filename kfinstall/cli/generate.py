"""`kfinstall generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import completing, options, output
from kfinstall.errors import InputError

if TYPE_CHECKING:
    from kfinstall.project.model import Project
    from kfinstall.prototypes import Request

HELP = """Make a workload from a prototype: a training job, a model server, a workflow.

In a project it is a file in workloads/, named in the kustomizations, so that
the next apply submits it; elsewhere it is printed, or written to a file. The
first line of the file says what it was made by. Run it again with other
parameters to change them; the rest stays as it was. A file that was edited is
never written over.

\b
Examples:
  kfinstall generate tf-job mnist --param numWorkers=4 --param claim=data
  kfinstall generate tf-serving-canary mnist --param canaryWeight=50
  kfinstall generate pytorch-job mnist -o mnist.yaml
"""


@click.command(help=HELP)
@click.argument("kind", metavar="PROTOTYPE", shell_complete=completing.prototypes)
@click.argument("name", metavar="NAME")
@click.option(
    "--param",
    "-p",
    "words",
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=completing.settings,
    help="Set a parameter of the prototype. Repeatable.",
)
@click.option("--output", "-o", "file", metavar="FILE", type=click.Path(), help="Write to a file, '-' to print it.")
@options.project_option
def command(kind: str, name: str, words: tuple[str, ...], file: str | None, project: str) -> None:
    """Check, build, write."""
    from kfinstall.cli.param import pairs_of
    from kfinstall.project.layout import is_project
    from kfinstall.project.reading import read_project
    from kfinstall.project.workloads import revise, workload_path
    from kfinstall.prototypes import Request, generate, prototype
    from kfinstall.prototypes.values import check_name

    wanted = Request(prototype(kind).name, check_name(name), {})
    pairs = pairs_of(words)
    root = Path(project)
    if file is None and is_project(root):
        _into_project(read_project(root), revise(workload_path(root, name), wanted, pairs))
    elif file is None or file == "-":
        output.raw(generate(wanted.changed(pairs)))
    else:
        _into_file(Path(file), revise(Path(file), wanted, pairs))


def _into_project(project: Project, request: Request) -> None:
    from kfinstall.project.workloads import add_workload, missing_components

    written = add_workload(project, request)
    output.lines(f"wrote {project.root / path}" for path in written)
    if written:
        output.suggest("kfinstall apply", "submits it")
    else:
        output.line("nothing was changed: it is so already")
    if missing := missing_components(project, request):
        names = " ".join(missing)
        output.warning(
            f"{request.prototype} needs {names}, which this project has not: 'kfinstall component add {names}'"
        )
    _warn(request)


def _into_file(path: Path, request: Request) -> None:
    from kfinstall.project.workloads import write_workload

    if not path.resolve().parent.is_dir():
        raise InputError(f"there is no folder '{path.parent}'", hint="make it first")
    output.line(f"wrote {path}" if write_workload(path, request) else "nothing was changed: it is so already")
    _warn(request)


def _warn(request: Request) -> None:
    from kfinstall.project.workloads import open_doors

    for parameter, value in open_doors(request):
        output.warning(f"{parameter.name}={value} opens a door: {parameter.opens}")
