"""What a prototype declares. Nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kfinstall.catalog import Parameter

Variables = Mapping[str, str]
"""What `{…}` in a shape may stand for: the parameters, `name`, and where manifests repeat, `job` and its values."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing that parameters do to the manifests: fill fields, or take parts away.

    `when` has conditions such as `numGpus=0` or `claim!=`, all of which must hold; `of` is the kind it is for, or
    KIND/NAME as the prototype's manifests spell them, empty for all. `value` goes into `fields`, and what is at
    `removes` is taken away, with a mapping or list that is empty then. A value that is `{numGpus}` alone is a number
    where the parameter is one, unless it is to be `text`; `words` are a list, as a shell splits them.
    """

    of: str = ""
    when: tuple[str, ...] = ()
    value: str = ""
    kind: Literal["value", "text", "words"] = "value"
    fields: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """A parameter with several values, for each of which a manifest is written.

    `variable` is one of its values; `suffix` stands before it in the manifest's name.
    """

    parameter: str
    variable: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Prototype:
    """What `prototypes/<name>/prototype.yaml` declares.

    `requires` are the components that the workload needs; `needed` are parameters that cannot all be 0; manifests of
    the kind `repeats` are written for every combination of what `each` names.
    """

    name: str
    description: str
    requires: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    needed: tuple[str, ...] = ()
    repeats: str = ""
    each: tuple[Each, ...] = ()
    shapes: tuple[Shape, ...] = ()
