"""Read a declaration (component.yaml, platform.yaml) into its dataclass: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import yaml

from kfinstall.errors import InputError, did_you_mean
from kfinstall.resource import Origin

T = TypeVar("T")

Report: TypeAlias = Callable[[yaml.Node | None, str, str], None]
"""Takes a mistake: where it stands, what is wrong, a hint or the empty string."""

KIND_WORDS = {
    yaml.ScalarNode: "a value",
    yaml.SequenceNode: "a list",
    yaml.MappingNode: "a mapping",
    NoneType: "nothing",
}


def read_declaration(cls: type[T], text: str, path: str) -> T:
    """Give the declaration that `text` holds, typed as `cls`.

    In:      `cls`, a dataclass of strings, integers, Literals, tuples of those, and dataclasses alike.
    Raises:  an ExceptionGroup of InputErrors: unknown, missing or doubled fields, values of another type.
    """
    errors: list[InputError] = []

    def report(node: yaml.Node | None, message: str, hint: str) -> None:
        line = node.start_mark.line + 1 if node else 1
        errors.append(InputError(message, origin=Origin(path, line), hint=hint))

    value = _read(cls, _compose(text, path), report)
    if errors:
        raise ExceptionGroup(f"{path} cannot be used", errors)
    assert isinstance(value, cls)
    return value


def _compose(text: str, path: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"not YAML: {error.problem}", origin=Origin(path, line)) from error
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0]}", origin=Origin(path, 1)) from error
    return node


def _read(kind: Any, node: yaml.Node | None, report: Report) -> Any:
    """Read one value as its declared type; what is wrong is reported and read as None."""
    if is_dataclass(kind):
        return _read_mapping(kind, node, report)
    if get_origin(kind) is tuple:
        return _read_list(get_args(kind)[0], node, report)
    return _read_scalar(kind, node, report)


def _read_mapping(kind: Any, node: yaml.Node | None, report: Report) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return _wrong_kind(node, yaml.MappingNode, report)
    known = {field.name: field for field in fields(kind)}
    types = get_type_hints(kind)
    values = {key: _read(types[key], child, report) for key, child in _entries(node, known, report)}
    missing = [name for name, field in known.items() if name not in values and _is_required(field)]
    for name in missing:
        report(node, f"field '{name}' is missing", "")
    return None if missing else kind(**values)


def _entries(node: yaml.MappingNode, known: dict[str, Any], report: Report) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            report(key, f"the name of a field is {KIND_WORDS[type(key)]}", "")
        elif key.value not in known:
            report(key, f"unknown field '{key.value}'", did_you_mean(str(key.value), known))
        elif key.value in seen:
            report(key, f"field '{key.value}' stands here twice", "")
        else:
            seen.add(key.value)
            yield key.value, child


def _read_list(kind: Any, node: yaml.Node | None, report: Report) -> Any:
    if not isinstance(node, yaml.SequenceNode):
        return _wrong_kind(node, yaml.SequenceNode, report)
    return tuple(_read(kind, child, report) for child in node.value)


def _read_scalar(kind: Any, node: yaml.Node | None, report: Report) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return _wrong_kind(node, yaml.ScalarNode, report)
    if kind is int:
        return _read_integer(node, report)
    if get_origin(kind) is Literal and node.value not in get_args(kind):
        report(node, f"'{node.value}' is not one of {', '.join(get_args(kind))}", "")
    return node.value


def _read_integer(node: yaml.ScalarNode, report: Report) -> int | None:
    if node.value.isdecimal():
        return int(node.value)
    report(node, f"'{node.value}' is not a whole number", "")
    return None


def _wrong_kind(node: yaml.Node | None, wanted: type[yaml.Node], report: Report) -> None:
    report(node, f"this is {KIND_WORDS[type(node)]}, and must be {KIND_WORDS[wanted]}", "")


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
