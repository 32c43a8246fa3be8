"""Prototypes as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kfinstall.catalog import Parameter, allowed_values
from kfinstall.cli import output
from kfinstall.prototypes import Prototype

EMPTY = '""'
"""What stands for an empty value."""


def prototypes_text(found: Sequence[Prototype]) -> list[str]:
    """Give the prototypes in a table."""
    return output.table(["PROTOTYPE", "WHAT IT MAKES"], [(one.name, one.description) for one in found])


def prototype_text(found: Prototype) -> list[str]:
    """Give one prototype, and its parameters in a table."""
    rows = [(one.name, _meaning(one)) for one in found.parameters]
    requires = [f"requires {', '.join(found.requires)}"] if found.requires else []
    head = [output.styled(found.name, "bold"), found.description, *requires, ""]
    return [*head, *output.table(["PARAMETER", "MEANING"], rows)]


def _meaning(parameter: Parameter) -> str:
    formerly = f"; formerly {', '.join(parameter.formerly)}" if parameter.formerly else ""
    return f"{parameter.description} ({allowed_values(parameter)}; default {parameter.default or EMPTY}{formerly})"


def prototype_data(found: Prototype) -> dict[str, Any]:
    """Give what a prototype makes, needs and takes."""
    return {
        "name": found.name,
        "description": found.description,
        "requires": list(found.requires),
        "parameters": [
            {
                "name": one.name,
                "type": one.type,
                "default": one.default,
                "allowed": list(one.allowed),
                "takes": allowed_values(one),
                "description": one.description,
                "opens": one.opens,
                "formerly": list(one.formerly),
                "since": one.since,
            }
            for one in found.parameters
        ],
    }
