"""Parameters by name: those that components declare, and those of the project as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import yaml

from kfinstall import catalog
from kfinstall.catalog import Parameter, check_value
from kfinstall.errors import InputError, did_you_mean
from kfinstall.project.model import Declared, Settings, Values
from kfinstall.resource import Origin

T = TypeVar("T")

CLOUD, NAMESPACE, REPORT_USAGE = "cloud", "namespace", "reportUsage"
REPORTER = "spartakus"


def project_parameters(at: Path | None) -> tuple[Parameter, ...]:
    """Give the parameters that are the project's own: they decide what is built, and stand in no ConfigMap."""
    platforms = tuple(info.name for info in catalog.platforms(at))
    return (
        Parameter(CLOUD, "enum", "The platform; acsengine of the old guides is aks", allowed=platforms),
        Parameter(NAMESPACE, "name", "The namespace of everything that has none of its own", catalog.NAMESPACE),
        Parameter(REPORT_USAGE, "boolean", f"Whether the component {REPORTER} is installed at all", "false"),
    )


def project_values(settings: Settings) -> Values:
    """Give the values of the project's own parameters."""
    return {
        CLOUD: settings.platform,
        NAMESPACE: settings.namespace,
        REPORT_USAGE: "true" if REPORTER in settings.components else "false",
    }


def declared(names: Sequence[str], at: Path | None) -> Iterator[Declared]:
    """Give the parameters of some components, in order."""
    for name in names:
        info = catalog.component(name, at)
        for parameter in info.parameters:
            yield Declared(info, parameter)


def find_parameter(name: str, settings: Settings, at: Path | None, origin: Origin | None = None) -> Declared:
    """Give the parameter of a component of the project by its name, or by the name it had before.

    Raises: InputError: there is none such, with the nearest; or the component is not in the project.
    """
    everywhere = list(declared([info.name for info in catalog.components(at)], at))
    for found in everywhere:
        if name == found.parameter.name or name in found.parameter.formerly:
            if found.component.name in settings.components:
                return found
            component = found.component.name
            hint = f"add it with 'kfinstall component add {component}'"
            message = f"parameter '{name}' is of the component {component}, which is not in this project"
            raise InputError(message, origin=origin, hint=hint)
    names = [found.parameter.name for found in everywhere] + [one.name for one in project_parameters(at)]
    near = did_you_mean(name, names) or "'kfinstall param list' shows what there is"
    raise InputError(f"there is no parameter '{name}'", origin=origin, hint=near)


def pick(name: str, found: Mapping[str, T]) -> T:
    """Give what stands under a name. Raises InputError with the nearest name."""
    if name in found:
        return found[name]
    near = did_you_mean(name, found) or "'kfinstall param list' shows what there is"
    raise InputError(f"there is no parameter '{name}'", hint=near)


def check_project_value(name: str, value: str, at: Path | None) -> str:
    """Give the value of one of the project's own parameters, checked.

    Raises: InputError that says what may stand there.
    """
    (parameter,) = [one for one in project_parameters(at) if one.name == name]
    former = {old: info.name for info in catalog.platforms(at) for old in info.formerly}
    value = former.get(value, value) if name == CLOUD else value
    if name == NAMESPACE and ("." in value or len(value) > 63):
        raise InputError(f"namespace is '{value}', and must be a label", hint="small letters, digits and '-', up to 63")
    return check_value(parameter, value)


def platform_values(platform: str, at: Path | None) -> Values:
    """Give what a platform sets parameters to."""
    folder = (at or catalog.root()) / "platforms" / platform
    manifests = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*-params.yaml"))]
    return {key: str(value) for manifest in manifests for key, value in manifest["data"].items()}
