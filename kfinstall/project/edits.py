"""What a person may ask of a project: settings in, settings out. Nothing here reads a project's files or writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kfinstall import catalog
from kfinstall.catalog import Parameter, check_value
from kfinstall.catalog.doors import is_open
from kfinstall.errors import InputError, collect, did_you_mean
from kfinstall.project.model import Settings, Values
from kfinstall.project.parameters import (
    CLOUD,
    NAMESPACE,
    REPORT_USAGE,
    REPORTER,
    check_project_value,
    declared,
    find_parameter,
    project_parameters,
)

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def set_values(settings: Settings, pairs: Sequence[tuple[str, str]], environment: str | None, at: Path) -> Settings:
    """Give the settings with parameters set, in one environment or in all; every mistake is reported.

    In: `at`, the project's catalogue.
    """
    own = {parameter.name for parameter in project_parameters(at)}
    for name, value in pairs:
        if name in own:
            settings = _set_project(settings, name, value, environment, at)
    there = settings
    chosen = collect([pair for pair in pairs if pair[0] not in own], lambda pair: _checked(pair, there, at))
    return _with_values(settings, environment, {**_values(settings, environment), **dict(chosen)})


def unset_values(settings: Settings, names: Sequence[str], environment: str | None, at: Path) -> Settings:
    """Give the settings without values for these parameters: what is declared, or the platform says, holds again."""
    own = {parameter.name: parameter for parameter in project_parameters(at)}
    for name in [name for name in names if name in own]:
        if name == CLOUD:
            raise InputError("a project has a platform always", hint="set another: 'kfinstall param set cloud NAME'")
        settings = _set_project(settings, name, own[name].default, environment, at)
    there = settings
    gone = collect([name for name in names if name not in own], lambda name: find_parameter(name, there, at))
    names = [found.parameter.name for found in gone]
    kept = {name: value for name, value in _values(settings, environment).items() if name not in names}
    return _with_values(settings, environment, kept)


def _set_project(settings: Settings, name: str, value: str, environment: str | None, at: Path) -> Settings:
    if environment is not None:
        hint = "leave out --environment; an environment on another platform is a project of its own"
        raise InputError(f"{name} is of the whole project, not of an environment", hint=hint)
    value = check_project_value(name, value, at)
    if name == CLOUD:
        return replace(settings, platform=value)
    if name == NAMESPACE:
        return replace(settings, namespace=value)
    assert name == REPORT_USAGE
    if value == "true":
        return add_components(settings, [REPORTER], at)
    return remove_components(settings, [REPORTER], at) if REPORTER in settings.components else settings


def _checked(pair: tuple[str, str], settings: Settings, at: Path) -> tuple[str, str]:
    parameter = find_parameter(pair[0], settings, at).parameter
    return parameter.name, check_value(parameter, pair[1])


def _values(settings: Settings, environment: str | None) -> Values:
    if environment is None:
        return settings.values
    check_environment(settings, environment)
    return settings.environments[environment]


def _with_values(settings: Settings, environment: str | None, values: Values) -> Settings:
    if environment is None:
        return replace(settings, values=values)
    return replace(settings, environments={**settings.environments, environment: values})


def check_environment(settings: Settings, name: str) -> None:
    """Raise when the project has no such environment."""
    if name not in settings.environments:
        names = ", ".join(settings.environments)
        hint = did_you_mean(name, settings.environments) or (f"there are {names}" if names else "it has none")
        raise InputError(f"there is no environment '{name}'", hint=hint)


def add_components(settings: Settings, names: Sequence[str], at: Path) -> Settings:
    """Give the settings with more components, and what they require."""
    return replace(settings, components=catalog.with_required((*settings.components, *names), at))


def remove_components(settings: Settings, names: Sequence[str], at: Path) -> Settings:
    """Give the settings without these components, and without values for them.

    Raises: InputError for what is not there, or what another one requires.
    """
    collect(names, lambda name: _check_removable(settings, name, names, at))
    kept = tuple(name for name in settings.components if name not in names)
    known = {found.parameter.name for found in declared(kept, at)}
    return replace(
        settings,
        components=kept,
        values=_only(settings.values, known),
        environments={name: _only(values, known) for name, values in settings.environments.items()},
    )


def _only(values: Values, known: set[str]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if name in known}


def _check_removable(settings: Settings, name: str, names: Sequence[str], at: Path) -> None:
    if name not in settings.components:
        catalog.component(name, at)
        raise InputError(f"component {name} is not in this project", hint=f"it has {', '.join(settings.components)}")
    others = [other for other in settings.components if other not in names]
    using = [other for other in others if name in catalog.component(other, at).requires]
    if using:
        hint = f"remove them too: 'kfinstall component remove {name} {' '.join(using)}'"
        raise InputError(f"component {name} is required by {', '.join(using)}", hint=hint)


def add_environment(settings: Settings, name: str, copied: str | None = None) -> Settings:
    """Give the settings with one more environment, with the values of another one where that is named."""
    if not LABEL.fullmatch(name):
        hint = "small letters, digits and '-', up to 63"
        raise InputError(f"'{name}' cannot be the name of an environment", hint=hint)
    if name in settings.environments:
        hint = f"set its values with 'kfinstall param set --environment {name}'"
        raise InputError(f"there is an environment '{name}' already", hint=hint)
    values = _values(settings, copied) if copied else {}
    return replace(settings, environments={**settings.environments, name: values})


def remove_environment(settings: Settings, name: str) -> Settings:
    """Give the settings without an environment."""
    check_environment(settings, name)
    kept = {other: values for other, values in settings.environments.items() if other != name}
    return replace(settings, environments=kept)


def rename_environment(settings: Settings, name: str, new: str) -> Settings:
    """Give the settings with an environment under another name."""
    return remove_environment(add_environment(settings, new, name), name)


def advice(settings: Settings, at: Path) -> list[str]:
    """Give a sentence for each component that the platform wants and the project has not."""
    platform = catalog.platform(settings.platform, at)
    missing = [name for name in platform.brings if name not in settings.components]
    return [f"{platform.name} wants {name}: 'kfinstall component add {name}'" for name in missing]


def reports(settings: Settings, environment: str | None, at: Path) -> list[str]:
    """Give a sentence for each value that opens a door which no resource shows, such as where a report is sent."""
    values = settings.values_in(environment)
    pairs = [(one, values.get(one.name, one.default)) for _, one in declared(settings.components, at)]
    return [door(one, value) for one, value in pairs if is_open(one, value) and not one.allowed]


def door(parameter: Parameter, value: str, where: str = "") -> str:
    """Say what a value opens."""
    return f"{parameter.name}={value} opens a door{where}: {parameter.opens}"


def doors(before: Settings, after: Settings, at: Path) -> list[str]:
    """Give a sentence for each value that is set anew and opens a door."""
    found = []
    for environment in (None, *after.environments):
        old = before.values_in(environment) if environment is None or environment in before.environments else {}
        new = after.values_in(environment)
        where = f" in {environment}" if environment else ""
        for _, parameter in declared(after.components, at):
            value = new.get(parameter.name)
            is_inherited = environment is not None and parameter.name not in after.environments[environment]
            if value is None or is_inherited or old.get(parameter.name) == value:
                continue
            if is_open(parameter, value):
                found.append(door(parameter, value, where))
    return found
