"""What a person asked of a prototype -> the value of each of its parameters, checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from kfinstall.catalog import Parameter, check_value
from kfinstall.errors import InputError, collect, did_you_mean
from kfinstall.prototypes.model import Prototype, Variables
from kfinstall.quantity import parse_quantity

NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
"""Source: RFC 1035 label, which names of Services and of training jobs must be."""
LONGEST = 48
"""Of a name: the operators append a role and a number to it, and the whole is to be a label of 63."""
TAKEN = "kustomization"
"""The file of that name lists the others."""
MEMORY, MEMORY_LIMIT = "memory", "memoryLimit"
HOLE = re.compile(r"\{(\w+)\}")


def check_name(name: str) -> str:
    """Give the name of a workload back when its resources can be called so.

    Raises: InputError.
    """
    if NAME.fullmatch(name) and len(name) <= LONGEST and name != TAKEN:
        return name
    hint = f"small letters, digits and '-', a letter first, up to {LONGEST}, and not '{TAKEN}'"
    raise InputError(f"'{name}' cannot be the name of a workload", hint=hint)


def find_parameter(found: Prototype, name: str) -> Parameter:
    """Give a parameter by its name or by one it had before.

    Raises: InputError with the nearest name.
    """
    names = {known: one for one in found.parameters for known in (one.name, *one.formerly)}
    if name in names:
        return names[name]
    hint = did_you_mean(name, names) or f"see 'kfinstall prototype describe {found.name}'"
    raise InputError(f"prototype {found.name} has no parameter '{name}'", hint=hint)


def chosen(found: Prototype, pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Give what was asked for, by today's names, in the order of the declaration, and without what is the default.

    Raises: InputError, or a group of all mistakes.
    """
    checked = dict(collect(pairs, lambda pair: _checked(found, *pair)))
    return {
        one.name: checked[one.name] for one in found.parameters if checked.get(one.name, one.default) != one.default
    }


def _checked(found: Prototype, name: str, value: str) -> tuple[str, str]:
    parameter = find_parameter(found, name)
    return parameter.name, check_value(parameter, value)


def variables(found: Prototype, name: str, values: Mapping[str, str]) -> Variables:
    """Give what holes in shapes stand for: the name and every parameter.

    In:     `values`, as `chosen` gives them. A default may have `{name}` in it.
    Raises: InputError when nothing would run, or could.
    """
    named = {"name": check_name(name)}
    known = {**named, **{one.name: values.get(one.name, fill(one.default, named)) for one in found.parameters}}
    _check_memory(known)
    if found.needed and all(known[parameter] == "0" for parameter in found.needed):
        what = " and ".join(found.needed)
        raise InputError(f"{what} are 0: nothing would run", hint="set one of them to 1 or more")
    return known


def _check_memory(known: Variables) -> None:
    """Refuse what the API server would, in pods that only an operator makes later."""
    asked, limit = (parse_quantity(known.get(name, "0")) for name in (MEMORY, MEMORY_LIMIT))
    if MEMORY_LIMIT in known and asked is not None and limit is not None and asked > limit:
        message = f"{MEMORY} is '{known[MEMORY]}', which is more than {MEMORY_LIMIT}, '{known[MEMORY_LIMIT]}'"
        raise InputError(message, hint=f"set {MEMORY_LIMIT} too")


def combinations(found: Prototype, known: Variables) -> Iterator[Variables]:
    """Give the variables of each manifest that repeats: one for every combination of values.

    Raises: InputError when a name that comes of it is too long.
    """
    lists = [list(dict.fromkeys(known[each.parameter].split(","))) for each in found.each]
    for values in product(*lists):
        parts = [f"{each.suffix}{_label(value)}" for each, value in zip(found.each, values, strict=True)]
        own = {each.variable: value for each, value in zip(found.each, values, strict=True)}
        yield {**known, **own, "job": check_name("-".join((known["name"], *parts)))}


def _label(value: str) -> str:
    return value.lower().replace(".", "-").replace("+", "")


def fill(text: str, known: Variables) -> str:
    """Give a text with its holes filled."""
    return HOLE.sub(lambda hole: known[hole[1]], text)


def holds(condition: str, known: Variables) -> bool:
    """Say whether a condition such as `numGpus=0` or `claim!=` holds."""
    name, _, value = condition.partition("=")
    return (known[name.removesuffix("!")] == value) is not name.endswith("!")
