"""`kfinstall component`."""

from __future__ import annotations

from pathlib import Path

import click

from kfinstall.cli import completing, options
from kfinstall.cli.output import Format, show

HELP = """Look at the components of the catalogue, and add them to a project.

\b
Examples:
  kfinstall component list
  kfinstall component describe katib
  kfinstall component add katib
"""

LIST_HELP = """List the components that kfinstall can install; in a project, with a mark at
those that it has.

\b
Examples:
  kfinstall component list
  kfinstall component list -o yaml
"""

DESCRIBE_HELP = """Say what a component is, what it requires, stores, opens and takes.

\b
Examples:
  kfinstall component describe jupyter
"""

ADD_HELP = """Add components to the project, and what they require.

\b
Examples:
  kfinstall component add katib
  kfinstall component add spartakus nvidia-device-plugin
"""

REMOVE_HELP = """Take components out of the project, and the values set for them. What is
installed of them goes with the next apply.

\b
Examples:
  kfinstall component remove tf-serving
"""


@click.group(help=HELP)
def command() -> None:
    """Hold the commands on components."""


@command.command("list", help=LIST_HELP)
@options.project_option
@options.output_option("text", "json", "yaml")
def list_command(project: str, output: Format) -> None:
    """Print the catalogue, the project's where there is one."""
    from kfinstall.cli.catalogview import components_data, components_text
    from kfinstall.project.layout import is_project
    from kfinstall.project.reading import read_project

    if is_project(Path(project)):
        found = read_project(Path(project))
        at, installed = found.catalogue, found.settings.components
        show(components_data(at, installed), output, lambda: components_text(at, installed))
    else:
        show(components_data(), output, components_text)


@command.command("describe", help=DESCRIBE_HELP)
@click.argument("name", metavar="COMPONENT", shell_complete=completing.components)
@options.project_option
@options.output_option("text", "json", "yaml")
def describe_command(name: str, project: str, output: Format) -> None:
    """Print one component."""
    from kfinstall import catalog
    from kfinstall.cli.catalogview import component_data, component_text
    from kfinstall.project.layout import is_project
    from kfinstall.project.reading import read_project

    at = read_project(Path(project)).catalogue if is_project(Path(project)) else None
    info = catalog.component(name, at)
    show(component_data(info), output, lambda: component_text(info))


@command.command("add", help=ADD_HELP)
@click.argument("names", metavar="COMPONENT...", nargs=-1, required=True, shell_complete=completing.components)
@options.project_option
@options.output_option("text", "json", "yaml")
def add_command(names: tuple[str, ...], project: str, output: Format) -> None:
    """Build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import change
    from kfinstall.project.edits import add_components
    from kfinstall.project.reading import read_project

    found = read_project(Path(project))
    save_and_show(found, change(found, add_components(found.settings, names, found.catalogue)), output)


@command.command("remove", help=REMOVE_HELP)
@click.argument("names", metavar="COMPONENT...", nargs=-1, required=True, shell_complete=completing.components)
@options.project_option
@options.output_option("text", "json", "yaml")
def remove_command(names: tuple[str, ...], project: str, output: Format) -> None:
    """Build, write."""
    from kfinstall.cli.projectview import save_and_show
    from kfinstall.project.changing import change
    from kfinstall.project.edits import remove_components
    from kfinstall.project.reading import read_project

    found = read_project(Path(project))
    save_and_show(found, change(found, remove_components(found.settings, names, found.catalogue)), output)
