"""`kfinstall param`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import completing, options
from kfinstall.cli.output import Format, show
from kfinstall.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from kfinstall.cli.projectview import Row

HELP = """Look at and set the parameters of a project's components.

\b
Examples:
  kfinstall param list
  kfinstall param set jupyterHubServiceType LoadBalancer
  kfinstall param set --environment prod minioStorage=200Gi numGpus=1
  kfinstall param diff dev prod
"""

LIST_HELP = """List the parameters with their values, and who says so: the default, the
platform, the project, or an environment.

Outside of a project it lists what the catalogue has.

\b
Examples:
  kfinstall param list
  kfinstall param list -c jupyter --environment prod
"""

DESCRIBE_HELP = """Say what a parameter is for, what it takes, and what it is.

\b
Examples:
  kfinstall param describe jupyterHubServiceType
"""

SET_HELP = """Set parameters, in every environment or in one. Values are checked, and the
project is built, before anything is written.

A value that opens a door (a Service to the outside, a report to somewhere)
prints a warning that says what becomes reachable.

\b
Examples:
  kfinstall param set jupyterNotebookPVCMount /home/jovyan
  kfinstall param set cloud aks                    another platform
  kfinstall param set modelStorageType=pvc modelPath=/models/mnist
  kfinstall param set --environment prod numGpus 2
"""

UNSET_HELP = """Take back what was set: the platform's value, or the default, holds again.

\b
Examples:
  kfinstall param unset jupyterHubServiceType
  kfinstall param unset --environment prod numGpus
"""

DIFF_HELP = """Show the parameters that differ between two environments, or between the
project without an environment and one.

\b
Examples:
  kfinstall param diff prod
  kfinstall param diff dev prod

\b
Exit codes:
  0    no difference
  1    there is a difference
"""


@click.group(help=HELP)
def command() -> None:
    """Hold the commands on parameters."""


@command.command("list", help=LIST_HELP)
@options.environment_option
@options.component_option
@options.project_option
@options.output_option("text", "json", "yaml")
def list_command(environment: str | None, only: str | None, project: str, output: Format) -> None:
    """Print the parameters."""
    from kfinstall.cli.projectview import parameters_data, parameters_text, rows_here

    rows = rows_here(Path(project), environment)
    if only is not None:
        rows = _of_component(rows, only)
    show(parameters_data(rows), output, lambda: parameters_text(rows))


def _of_component(rows: Sequence[Row], name: str) -> list[Row]:
    found = [row for row in rows if row.component == name]
    if not found:
        names = sorted({row.component for row in rows if row.component})
        hint = did_you_mean(name, names) or f"these have some: {', '.join(names)}"
        raise InputError(f"no parameter here is of a component '{name}'", hint=hint)
    return found


@command.command("describe", help=DESCRIBE_HELP)
@click.argument("name", metavar="PARAMETER", shell_complete=completing.parameters)
@options.environment_option
@options.project_option
@options.output_option("text", "json", "yaml")
def describe_command(name: str, environment: str | None, project: str, output: Format) -> None:
    """Print one parameter."""
    from kfinstall.cli.projectview import described, parameters_data, rows_here
    from kfinstall.project.parameters import pick

    rows = rows_here(Path(project), environment)
    row = pick(name, {known: row for row in rows for known in (row.parameter.name, *row.parameter.formerly)})
    show(parameters_data([row])[0], output, lambda: described(row))


@command.command("set", help=SET_HELP)
@click.argument(
    "words",
    metavar="NAME VALUE | NAME=VALUE...",
    nargs=-1,
    required=True,
    shell_complete=completing.parameters,
)
@options.environment_option
@options.project_option
@options.output_option("text", "json", "yaml")
def set_command(words: tuple[str, ...], environment: str | None, project: str, output: Format) -> None:
    """Check, build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import change
    from kfinstall.project.edits import set_values
    from kfinstall.project.reading import read_project

    pairs = pairs_of(words)
    found = read_project(Path(project))
    settings = set_values(found.settings, pairs, environment, found.catalogue)
    save_and_show(found, change(found, settings), output)


def pairs_of(words: Sequence[str]) -> list[tuple[str, str]]:
    """Give names and values: of NAME VALUE, of NAME=VALUE..., or of COMPONENT NAME VALUE as ksonnet took it.

    Raises: InputError for a name without a value.
    """
    if len(words) in (2, 3) and not any("=" in word for word in words[:-1]):
        return [(words[-2], words[-1])]
    for word in words:
        if "=" not in word:
            hint = "write 'param set NAME VALUE' or 'param set NAME=VALUE...'"
            raise InputError(f"'{word}' has no value", hint=hint)
    return [(name, value) for name, _, value in (word.partition("=") for word in words)]


@command.command("unset", help=UNSET_HELP)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=completing.parameters)
@options.environment_option
@options.project_option
@options.output_option("text", "json", "yaml")
def unset_command(names: tuple[str, ...], environment: str | None, project: str, output: Format) -> None:
    """Take values back, build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import change
    from kfinstall.project.edits import unset_values
    from kfinstall.project.reading import read_project

    found = read_project(Path(project))
    settings = unset_values(found.settings, names, environment, found.catalogue)
    save_and_show(found, change(found, settings), output)


@command.command("diff", help=DIFF_HELP)
@click.argument("one", metavar="[ENVIRONMENT]", required=True, shell_complete=completing.environments)
@click.argument("other", metavar="ENVIRONMENT", required=False, shell_complete=completing.environments)
@options.project_option
@options.output_option("text", "json", "yaml")
def diff_command(one: str, other: str | None, project: str, output: Format) -> int:
    """Print what differs."""
    from kfinstall.cli.output import table
    from kfinstall.cli.projectview import differences
    from kfinstall.project.edits import check_environment
    from kfinstall.project.reading import read_project

    found = read_project(Path(project))
    for name in filter(None, (one, other)):
        check_environment(found.settings, name)
    before, after = (one, other) if other else (None, one)
    rows = differences(found.settings, before, after, found.catalogue)
    data = [{"name": name, "values": [old, new]} for name, old, new in rows]
    head = ["PARAMETER", before or "(project)", str(after)]
    show(data, output, lambda: table(head, rows) if rows else ["no difference"])
    return 1 if rows else 0
