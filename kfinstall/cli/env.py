"""`kfinstall env`."""

from __future__ import annotations

from pathlib import Path

import click

from kfinstall.cli import completing, options
from kfinstall.cli.output import Format, show
from kfinstall.errors import InputError

HELP = """Look at and change the environments of a project: dev, test, prod, your own.

An environment is a folder in environments/ of a few lines. What is set in it
outranks the project's values there.

\b
Examples:
  kfinstall env list
  kfinstall env add staging --like prod
  kfinstall param set --environment staging minioStorage 50Gi
  kfinstall apply --environment staging
"""

LIST_HELP = """List the environments, and what is set in each.

\b
Examples:
  kfinstall env list
"""

ADD_HELP = """Add an environment, with no values or with those of another one.

\b
Examples:
  kfinstall env add staging
  kfinstall env add staging --like prod
"""

SET_HELP = """Give an environment another name. Values are set with 'kfinstall param set'.

\b
Examples:
  kfinstall env set test --name staging
"""

REMOVE_HELP = """Remove an environment from the project. What is installed from it stays in its
cluster; 'kfinstall delete --environment NAME' takes it away, before this.

\b
Examples:
  kfinstall env remove test
"""


@click.group(help=HELP)
def command() -> None:
    """Hold the commands on environments."""


@command.command("list", help=LIST_HELP)
@options.project_option
@options.output_option("text", "json", "yaml")
def list_command(project: str, output: Format) -> None:
    """Print the environments."""
    from kfinstall.cli.output import table
    from kfinstall.project.reading import read_project

    found = read_project(Path(project)).settings.environments
    data = [{"name": name, "values": dict(values)} for name, values in found.items()]
    rows = [(name, " ".join(map("=".join, values.items())) or "-") for name, values in found.items()]
    show(data, output, lambda: table(["ENVIRONMENT", "VALUES OF ITS OWN"], rows))


@command.command("add", help=ADD_HELP)
@click.argument("name")
@click.option(
    "--like", metavar="ENVIRONMENT", shell_complete=completing.environments, help="Begin with the values of this one."
)
@options.project_option
@options.output_option("text", "json", "yaml")
def add_command(name: str, like: str | None, project: str, output: Format) -> None:
    """Build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import change
    from kfinstall.project.edits import add_environment
    from kfinstall.project.reading import read_project

    found = read_project(Path(project))
    save_and_show(found, change(found, add_environment(found.settings, name, like)), output)


@command.command("set", help=SET_HELP)
@click.argument("name", shell_complete=completing.environments)
@click.option("--name", "new", metavar="NEW", help="Its new name.")
@options.project_option
@options.output_option("text", "json", "yaml")
def set_command(name: str, new: str | None, project: str, output: Format) -> None:
    """Build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import rename
    from kfinstall.project.reading import read_project

    if new is None:
        hint = f"give it another name with --name; values are set with 'kfinstall param set --environment {name}'"
        raise InputError("there is nothing to set", hint=hint)
    found = read_project(Path(project))
    save_and_show(found, rename(found, name, new), output)


@command.command("remove", help=REMOVE_HELP)
@click.argument("name", shell_complete=completing.environments)
@options.project_option
@options.output_option("text", "json", "yaml")
def remove_command(name: str, project: str, output: Format) -> None:
    """Build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import change
    from kfinstall.project.edits import remove_environment
    from kfinstall.project.reading import read_project

    found = read_project(Path(project))
    save_and_show(found, change(found, remove_environment(found.settings, name)), output)
