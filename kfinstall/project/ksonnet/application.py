"""The folder of a ksonnet application -> what it says. Reads the disk, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kfinstall.errors import InputError
from kfinstall.project.ksonnet.literal import Fields, read_components
from kfinstall.resource import Origin

APP = "app.yaml"
PARAMS = "params.libsonnet"
IMPORT = re.compile(r"""\bimport\s+["'](?:[\w.-]+/)*?([\w.-]+/[\w.-]+)\.libsonnet["']""")


class Application(NamedTuple):
    """An application: its components (with what each imports), their parameters, and what environments change."""

    root: Path
    imports: Mapping[str, tuple[str, ...]]
    parameters: Fields
    environments: Mapping[str, Fields]
    namespaces: Mapping[str, str]

    def params_file(self, environment: str | None = None) -> str:
        """Give the file that has the parameters, for people."""
        folder = f"environments/{environment}" if environment else "components"
        return str(self.root / folder / PARAMS)


def read_application(root: Path) -> Application:
    """Give what is in the folder of an application.

    Raises: InputError: it is no application, or a file of it cannot be read.
    """
    path = root / APP
    if not path.is_file():
        raise InputError(f"'{root}' is no ksonnet application: it has no {APP}", hint="name the folder with app.yaml")
    environments = _environments(path)
    return Application(
        root,
        {file.stem: _imports(file) for file in sorted((root / "components").glob("*.jsonnet"))},
        _fields(root / "components" / PARAMS),
        {name: _fields(root / "environments" / name / PARAMS) for name in environments},
        {name: namespace for name, namespace in environments.items() if namespace},
    )


def _environments(path: Path) -> dict[str, str]:
    """Give the environments and their namespaces.

    Source: ksonnet v0.13.1, pkg/app/schema.go, EnvironmentConfig.
    """
    try:
        app = yaml.safe_load(_text(path))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = "bring it back from version control"
        raise InputError(f"not YAML: {error.problem}", origin=Origin(str(path), line), hint=hint) from None
    except yaml.YAMLError as error:
        hint = "remove what is no text"
        raise InputError(f"not YAML: {str(error).splitlines()[0]}", origin=Origin(str(path), 1), hint=hint) from None
    environments = app.get("environments") if isinstance(app, dict) else None
    if not isinstance(app, dict) or not isinstance(environments or {}, dict):
        raise InputError("this is no application", origin=Origin(str(path), 1), hint="environments must be a mapping")
    return {str(name): _namespace(entry) for name, entry in (environments or {}).items()}


def _namespace(entry: Any) -> str:
    destination = entry.get("destination") if isinstance(entry, dict) else None
    return str(destination.get("namespace") or "") if isinstance(destination, dict) else ""


def _imports(file: Path) -> tuple[str, ...]:
    """Give what a component imports, as `core/all`: the package and the file in it."""
    return tuple(match[1] for match in IMPORT.finditer(_text(file)))


def _fields(path: Path) -> Fields:
    return read_components(_text(path), str(path)) if path.is_file() else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read '{path}'", origin=Origin(str(path), 1), hint="is it a file of text?") from error
