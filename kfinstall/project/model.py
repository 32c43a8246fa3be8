"""What a project says, as data. Nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kfinstall.catalog import ComponentInfo, Parameter

Values = Mapping[str, str]
"""Parameter -> the value it is set to."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is installed, for which platform, in which namespace, and what it is set to.

    `components` is complete (what they require is in it) and sorted; `values` holds in every environment,
    `environments` has what differs in each.
    """

    platform: str
    namespace: str
    components: tuple[str, ...]
    values: Values = field(default_factory=dict)
    environments: Mapping[str, Values] = field(default_factory=dict)

    def values_in(self, environment: str | None) -> Values:
        """Give the values that hold in an environment, or without one."""
        return self.values if environment is None else {**self.values, **self.environments[environment]}


@dataclass(frozen=True, slots=True)
class Project:
    """A project on disk: its folder, the files kfinstall may edit (path -> text), and what they say."""

    root: Path
    texts: Mapping[str, str]
    settings: Settings

    @property
    def name(self) -> str:
        """Give the name of the project: its folder's."""
        return self.root.resolve().name

    @property
    def catalogue(self) -> Path:
        """Give the folder of the catalogue that the project builds from; absolute, for what is read is remembered."""
        return catalogue_of(self.root)


def catalogue_of(root: Path) -> Path:
    """Give the folder of the catalogue in a project's folder."""
    return root.resolve() / "catalogue"


class Declared(NamedTuple):
    """A parameter and the component that declares it."""

    component: ComponentInfo
    parameter: Parameter
