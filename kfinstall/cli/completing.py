"""What a shell is offered for a word: names of the catalogue, and of the project that the command works on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from kfinstall.catalog import Parameter

Completer = Callable[["click.Context", "click.Parameter", str], list[str]]


def components(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Give components; after a comma the next one of a list."""
    from kfinstall import catalog

    before, comma, last = begun.rpartition(",")
    return [f"{before}{comma}{name}" for name in _fitting((info.name for info in catalog.components()), last)]


def platforms(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Give platforms."""
    from kfinstall import catalog

    return _fitting((info.name for info in catalog.platforms()), begun)


def prototypes(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Give prototypes."""
    from kfinstall.prototypes import prototypes as there_are

    return _fitting((found.name for found in there_are()), begun)


def environments(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Give the environments of the project, which may be broken."""
    from kfinstall.project.reading import environment_names

    return _fitting(environment_names(Path(ctx.params.get("project") or ".")), begun)


def parameters(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Give parameters; after one of them, in `set`, the values that it may have."""
    known = _parameters()
    typed: Sequence[str] = ctx.params.get("words") or ()
    last = known.get(typed[-1]) if typed else None
    if last is not None:
        return _fitting(_values(last), begun)
    return _fitting(known, begun)


def settings(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Give what may follow `generate --param`: a parameter with its sign, or with a value.

    It may be one of any prototype: click forgets the words before an option whose value is being typed.
    """
    from kfinstall.prototypes import prototypes as there_are

    found = {one.name: one for each in there_are() for one in each.parameters}
    name, equals, _ = begun.partition("=")
    if equals and name in found:
        return _fitting((f"{name}={value}" for value in _values(found[name])), begun)
    return _fitting((f"{name}=" for name in found), begun)


def _parameters() -> dict[str, Parameter]:
    from kfinstall import catalog
    from kfinstall.project.parameters import project_parameters

    declared = [one for info in catalog.components() for one in info.parameters]
    return {one.name: one for one in (*project_parameters(None), *declared)}


def _values(parameter: Parameter) -> Sequence[str]:
    return ("false", "true") if parameter.type == "boolean" else parameter.allowed


def _fitting(names: Iterable[str], begun: str) -> list[str]:
    return [name for name in names if name.startswith(begun)]
