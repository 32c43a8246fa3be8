"""Where things stand in a project, and what kfinstall writes there.

Four layers, each a folder built on the one before (docs/decisions/0010):

    components/      what is installed, for which platform, in which namespace
    parameters/      values; beside them what lives in a namespace of its own
    changes/         a kustomize Component: carries the parameters into the manifests, then come changes of one's own
    kustomization.yaml, environments/NAME/   parameters, values of the environment, options, changes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kfinstall import catalog
from kfinstall.catalog import ComponentInfo
from kfinstall.project.model import Settings, Values

FILE = "kustomization.yaml"
ROOT = FILE
COMPONENTS = f"components/{FILE}"
PARAMETERS = f"parameters/{FILE}"
CHANGES = f"changes/{FILE}"
ENVIRONMENTS = "environments"
CATALOGUE = "catalogue"
LOCK = "catalogue.yaml"
README = "README.md"

KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


@dataclass(frozen=True, slots=True)
class Owned:
    """What kfinstall keeps in one file: entries of lists, values of parameters (by component), the namespace."""

    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Values] = field(default_factory=dict)
    namespace: str = ""


def environment_file(name: str) -> str:
    """Give the file of an environment."""
    return f"{ENVIRONMENTS}/{name}/{FILE}"


def owned(settings: Settings, at: Path) -> Mapping[str, Owned]:
    """Give what kfinstall keeps in each file of a project with these settings; `at`, the project's catalogue."""
    infos = [catalog.component(name, at) for name in settings.components]
    outside = [info for info in infos if info.namespace]
    bases = ["base/shared/namespace", *(f"base/{info.name}" for info in infos if not info.namespace)]
    files = {
        ROOT: Owned({"components": _below("", _options(infos, settings.values))}),
        COMPONENTS: Owned(
            {"resources": _below("../", bases), "components": _below("../", [f"platforms/{settings.platform}"])},
            namespace=settings.namespace,
        ),
        PARAMETERS: Owned(
            {
                "resources": _below("../", [f"base/{info.name}" for info in outside]),
                "components": _below("../", catalog.platform_parts(settings.platform, outside, at)),
            },
            _by_component(infos, settings.values),
        ),
        CHANGES: Owned({"components": _below("../", catalog.parameter_parts(infos, at))}),
    }
    for name, values in settings.environments.items():
        options = _options(infos, settings.values_in(name))
        files[environment_file(name)] = Owned({"components": _below("../../", options)}, _by_component(infos, values))
    return files


def _below(way: str, paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{way}{CATALOGUE}/{path}" for path in paths)


def _by_component(infos: Sequence[ComponentInfo], values: Values) -> Mapping[str, Values]:
    found = {info.name: {p.name: values[p.name] for p in info.parameters if p.name in values} for info in infos}
    return {name: chosen for name, chosen in found.items() if chosen}


def _options(infos: Sequence[ComponentInfo], values: Values) -> list[str]:
    return list(_options_of(infos, values))


def _options_of(infos: Sequence[ComponentInfo], values: Values) -> Iterator[str]:
    for info in infos:
        for parameter in info.parameters:
            value = values.get(parameter.name, parameter.default)
            if parameter.adds and value != parameter.default:
                yield f"base/{info.name}/{parameter.adds.format(value=value)}"


def empty_texts(name: str) -> Mapping[str, str]:
    """Give the files of a new project before anything is in them: path -> text."""
    return {
        ROOT: f"""\
# {name}, without an environment. kfinstall, kubectl, Argo CD and Flux build this folder to the same manifests.
{KUSTOMIZATION}resources:
- parameters
components:
- changes
""",
        COMPONENTS: f"""\
# What is installed, for which platform, in which namespace: 'kfinstall component', 'kfinstall param set cloud'.
# Manifests of your own for the same namespace go into resources.
{KUSTOMIZATION}""",
        PARAMETERS: f"""\
# What the components are set to, in every environment: 'kfinstall param'.
{KUSTOMIZATION}resources:
- ../components
""",
        CHANGES: f"""\
# The parameters are carried into the manifests here. After that come changes of your own, in every environment:
# patches, images, replicas, labels.
{COMPONENT}""",
    }


def empty_environment(name: str) -> str:
    """Give the file of a new environment."""
    return f"""\
# What differs in {name}: 'kfinstall param set --environment {name}'. Patches that only {name} needs go here too.
{KUSTOMIZATION}resources:
- ../../parameters
components:
- ../../changes
"""


def is_project(folder: Path) -> bool:
    """Say whether a folder is a project of kfinstall's."""
    return (folder / LOCK).is_file() and (folder / ROOT).is_file()
