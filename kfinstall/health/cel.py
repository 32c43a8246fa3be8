"""Expressions of CEL over a live manifest. The library is loaded when the first one is read: few people need it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kfinstall.resource import Manifest

if TYPE_CHECKING:
    from cel_expr_python.cel import Env, Expression

NAMES: Final[Mapping[str, Any]] = {"apiVersion": "", "kind": "", "metadata": {}, "spec": {}, "status": {}, "data": {}}
"""What an expression may name, and what stands there where the manifest has nothing. `self` is the whole manifest.

Source:  fluxcd/pkg runtime/cel, the variables of `healthCheckExprs`.
"""


LONGEST: Final = 1024
"""So many characters an expression may have. The library bounds what it does: 10,000 steps through lists and maps."""


class NotInstalledError(ValueError):
    """The library is not there, so that nothing can be said of any expression."""


class Answer(NamedTuple):
    """Does it hold, and why not where it could not be computed, such as a field that is not there."""

    holds: bool
    trouble: str = ""


def check(text: str) -> None:
    """See that a text is an expression that is true or false.

    Raises:  ValueError with what is wrong with it; NotInstalledError.
    """
    if len(text) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters, and this one {len(text)}")
    try:
        made = _compiled(text)
    except ModuleNotFoundError:
        raise NotInstalledError("CEL needs one more package: pip install 'kfinstall[cel]'") from None
    except RuntimeError as error:
        raise ValueError(f"'{text}' is no CEL: {_first_line(error)}") from None
    kind = made.return_type().name()
    if kind not in ("BOOL", "DYN"):
        raise ValueError(f"'{text}' gives {kind}, not true or false")


def ask(text: str, manifest: Manifest) -> Answer:
    """Give whether an expression holds. One that cannot be computed does not.

    Raises:  ValueError as `check` does.
    """
    check(text)
    there = {name: manifest[name] for name in NAMES if manifest.get(name)}
    try:
        value = _compiled(text).eval(data={**NAMES, **there, "self": manifest})
    except RuntimeError as error:
        return Answer(False, _first_line(error).removesuffix(" [INTERNAL]").removeprefix("INTERNAL: "))
    if value.type().name() == "ERROR":
        return Answer(False, str(value).partition(": ")[2])
    return Answer(value.value() is True)


@cache
def _environment() -> Env:
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_strings

    variables = dict.fromkeys((*NAMES, "self"), cel.Type.DYN)
    return cel.NewEnv(variables=variables, extensions=[ext_strings.ExtStrings()])


@cache
def _compiled(text: str) -> Expression:
    return _environment().compile(text)


def _first_line(error: RuntimeError) -> str:
    """Give what the compiler says of the first mistake, without its place in a picture of the text."""
    line = str(error).partition("\n")[0]
    return (line.rpartition("<input>:")[2].partition(" ")[2] or line).removesuffix(" (in container '')")
