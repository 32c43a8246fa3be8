"""Projects as a person reads them: what was made, what it is set to, what an edit changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kfinstall import catalog
from kfinstall.catalog import Parameter, allowed_values
from kfinstall.catalog.doors import distinct, open_doors
from kfinstall.cli import output
from kfinstall.plan.prune import component_of
from kfinstall.project.edits import advice, check_environment, doors
from kfinstall.project.layout import is_project
from kfinstall.project.model import Project, Settings
from kfinstall.project.parameters import declared, platform_values, project_parameters, project_values
from kfinstall.project.reading import read_project
from kfinstall.project.saving import Saved, save
from kfinstall.resource import Resource

EMPTY = '""'
"""What stands for an empty value."""


class Row(NamedTuple):
    """A parameter, whose it is, what it is set to, and who says so."""

    component: str
    parameter: Parameter
    value: str
    by: str


def made_data(project: Project, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Give a project that was asked for as data, with the doors that a new one opens."""
    settings = project.settings
    return {
        "project": str(project.root),
        "platform": settings.platform,
        "namespace": settings.namespace,
        "components": list(settings.components),
        "environments": sorted(settings.environments),
        "warnings": list(warnings),
    }


def made(project: Project, folder: str) -> list[str]:
    """Say what a new project is."""
    settings = project.settings
    steps = [
        (f"cd {folder}", "the commands below work on the project they are run in"),
        ("kfinstall param list", "what can be set"),
        ("kfinstall diff", "what an apply would change"),
        ("kfinstall apply", "install it"),
    ]
    wide = max(len(command) for command, _ in steps)
    return [
        f"{folder} is a project for {settings.platform}",
        *output.table(
            ["", ""],
            [("components", ", ".join(settings.components)), ("environments", ", ".join(settings.environments))],
        ),
        "",
        *(f"  {command:<{wide}}  {why}" for command, why in steps),
    ]


def save_and_show(before: Project, after: Project, format: output.Format) -> None:
    """Write a changed project, and say what was written and which doors that opens."""
    saved = save(before, after)
    fresh = new_resources(before.settings, after.settings, saved.rendered[None])
    said = doors(before.settings, after.settings, after.catalogue)
    warnings = distinct([*said, *open_doors(fresh, after.catalogue)])
    data = {"written": saved.written, "removed": saved.removed, "warnings": warnings}
    output.show(data, format, lambda: _written(before.root, saved))
    for sentence in warnings:
        output.warning(sentence)
    if format == "text" and (saved.written or saved.removed):
        output.suggest("kfinstall diff", "what that changes in the cluster")
    if after.settings.platform != before.settings.platform:
        for sentence in advice(after.settings, after.catalogue):
            output.note(sentence)


def new_resources(before: Settings, after: Settings, rendered: Sequence[Resource]) -> list[Resource]:
    """Give what is there for a person to look at: what added components have, or all where the platform is another."""
    names = set(after.components) - set(before.components)
    is_moved = after.platform != before.platform
    return [one for one in rendered if is_moved or component_of(one.manifest) in names]


def _written(root: Path, saved: Saved) -> Iterator[str]:
    if not saved.written and not saved.removed:
        yield "nothing was changed: it is so already"
    yield from (f"wrote {root / path}" for path in saved.written)
    yield from (f"removed {root / path}" for path in saved.removed)


def rows_here(folder: Path, environment: str | None) -> list[Row]:
    """Give the parameters of the project in a folder, or of the catalogue where there is none.

    Raises: InputError for an environment that is not there, or a folder that was named and is no project.
    """
    if not is_project(folder) and environment is None and folder == Path():
        return catalogue_rows()
    found = read_project(folder)
    if environment is not None:
        check_environment(found.settings, environment)
    return parameter_rows(found.settings, environment, found.catalogue)


def catalogue_rows() -> list[Row]:
    """Give every parameter of the catalogue at its default."""
    names = [info.name for info in catalog.components()]
    return [Row(info.name, parameter, parameter.default, "default") for info, parameter in declared(names, None)]


def parameter_rows(settings: Settings, environment: str | None, at: Path | None) -> list[Row]:
    """Give every parameter of a project's components, and the project's own, with its value and who says so."""
    own = project_values(settings)
    rows = [Row("", parameter, own[parameter.name], "project") for parameter in project_parameters(at)]
    by_platform = platform_values(settings.platform, at)
    here = settings.environments[environment] if environment else {}
    for component, parameter in declared(settings.components, at):
        said = [
            (here, str(environment)),
            (settings.values, "project"),
            (by_platform, settings.platform),
            ({parameter.name: parameter.default}, "default"),
        ]
        value, by = next((values[parameter.name], by) for values, by in said if parameter.name in values)
        rows.append(Row(component.name, parameter, value, by))
    return rows


def parameters_text(rows: Sequence[Row]) -> Iterator[str]:
    """Give parameters in a table, component by component."""
    names = max((len(row.parameter.name) for row in rows), default=0)
    speakers = max((len(row.by) for row in rows), default=0)
    yield output.styled(f"  {'PARAMETER':<{names}}  {'BY':<{speakers}}  VALUE", "dim")
    component = None
    for row in rows:
        if row.component != component:
            component = row.component
            yield output.styled(component or "the whole project", "bold")
        value = output.styled(row.value or EMPTY, None if row.by == "default" else "change")
        yield f"  {row.parameter.name:<{names}}  {row.by:<{speakers}}  {value}"


def parameters_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give parameters with their values as data."""
    return [
        {
            "name": row.parameter.name,
            "component": row.component or None,
            "value": row.value,
            "by": row.by,
            "default": row.parameter.default,
            "type": row.parameter.type,
            "allowed": list(row.parameter.allowed),
            "description": row.parameter.description,
            "opens": row.parameter.opens,
            "since": row.parameter.since,
        }
        for row in rows
    ]


def described(row: Row) -> list[str]:
    """Give all that is known of one parameter."""
    parameter = row.parameter
    facts = [
        ("component", row.component or "the whole project"),
        ("takes", allowed_values(parameter)),
        ("value", f"{row.value or EMPTY} (by {row.by})"),
        ("default", parameter.default or EMPTY),
        ("opens", parameter.opens),
        ("formerly", ", ".join(parameter.formerly)),
        ("since", parameter.since),
    ]
    return output.table([parameter.name, parameter.description], [fact for fact in facts if fact[1]])


def differences(settings: Settings, one: str | None, other: str | None, at: Path) -> list[tuple[str, str, str]]:
    """Give the parameters whose values differ between two environments, None for the project without one."""
    before, after = parameter_rows(settings, one, at), parameter_rows(settings, other, at)
    return [
        (old.parameter.name, old.value or EMPTY, new.value or EMPTY)
        for old, new in zip(before, after, strict=True)
        if old.value != new.value
    ]
