"""Values of parameters as they stand in a file: literals of ConfigMap generators, checked one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from kfinstall.catalog import check_value
from kfinstall.errors import InputError
from kfinstall.project.merge import GENERATOR, LITERALS, SUFFIX, unquoted
from kfinstall.project.model import Settings
from kfinstall.project.parameters import find_parameter
from kfinstall.project.reader import Listed, Reader, list_of

MERGE = "the component has the ConfigMap; values are merged into it"


def values_in(reader: Reader, path: str, settings: Settings) -> Mapping[str, str]:
    """Give the values that a file sets; the ConfigMaps of a person's own are none of ours."""
    values: dict[str, str] = {}
    for generator in list_of(reader, path, GENERATOR):
        name = generator.get("name") if isinstance(generator, CommentedMap) else None
        if not isinstance(name, str) or not name.endswith(SUFFIX):
            continue
        for listed in _literals(reader, path, generator):
            reader.attempt(partial(_read_value, listed, name, settings, reader.catalogue, values))
    return values


def _literals(reader: Reader, path: str, generator: CommentedMap) -> Iterator[Listed]:
    literals = generator.get(LITERALS)
    if not isinstance(literals, CommentedSeq):
        origin = reader.origin(path, generator, "name")
        hint = "write parameters as literals: - name=value"
        reader.errors.append(InputError(f"{generator['name']} has no list 'literals'", origin=origin, hint=hint))
        return
    if generator.get("behavior") != "merge":
        origin = reader.origin(path, generator, "behavior" if "behavior" in generator else "name")
        reader.errors.append(InputError(f"{generator['name']} must have 'behavior: merge'", origin=origin, hint=MERGE))
    for at, literal in enumerate(literals):
        yield Listed(str(literal), reader.origin(path, literals, at))


def _read_value(listed: Listed, generator: str, settings: Settings, at: Path, values: dict[str, str]) -> None:
    name, equals, text = listed.text.partition("=")
    if not equals:
        raise InputError(f"'{listed.text}' is no parameter", origin=listed.origin, hint="write name=value")
    found = find_parameter(name, settings, at, listed.origin)
    component, parameter = found.component.name, found.parameter
    if name != parameter.name:
        hint = f"write {parameter.name}"
        raise InputError(f"parameter '{name}' is called {parameter.name} now", origin=listed.origin, hint=hint)
    if generator != component + SUFFIX:
        hint = f"put it below {component}{SUFFIX}"
        raise InputError(f"parameter '{name}' is of {component}, not of {generator}", origin=listed.origin, hint=hint)
    if name in values:
        raise InputError(f"parameter '{name}' is set twice", origin=listed.origin, hint="keep one of them")
    values[name] = check_value(parameter, unquoted(text), listed.origin)
