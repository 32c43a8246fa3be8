"""Make workloads the way a person asks for them, and read them back."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from kfinstall.catalog import Parameter
from kfinstall.prototypes import Prototype, Request, generate
from tests.catalog.parameters import MADE_UP

Manifest = dict[str, Any]

MORE_MADE_UP = {
    "integers": "4,5",
    "json": '{"instances": [{"pixels": [0, 1]}]}',
    "numbers": "0.5,1e-3",
    "schedule": "0 4 * * 1",
    "string": "other words --flag='with a space'",
}
WITH = {
    "claimPath": {"claim": "other-name"},
    "claimSubPath": {"claim": "other-name"},
    "imageGpu": {"numGpus": "1"},
    "memory": {"memoryLimit": "8Gi"},
    "nfsPVC": {"modelStorageType": "nfs"},
    "gcpCredentialSecret": {"modelStorageType": "gcs"},
    "modelSource": {"modelStorageType": "minio"},
}
"""Parameters that change nothing by themselves -> what they go with."""


def text_of(kind: str, name: str = "mine", **values: str) -> str:
    return _text(kind, name, tuple(values.items()))


@cache
def _text(kind: str, name: str, pairs: tuple[tuple[str, str], ...]) -> str:
    return generate(Request(kind, name, {}).changed(pairs))


def made(kind: str, name: str = "mine", **values: str) -> list[Manifest]:
    return list(yaml.safe_load_all(text_of(kind, name, **values)))


def other_values(parameter: Parameter) -> list[str]:
    """Give values that are not the default: every one of an enumeration, else one of the type."""
    if parameter.type == "enum":
        return [value for value in parameter.allowed if value != parameter.default]
    if parameter.type == "integer":
        default = int(parameter.default)
        return [str(default + 1 if default < parameter.maximum else default - 1)]
    return [{**MADE_UP, **MORE_MADE_UP}[parameter.type]]


def settings_of(found: Prototype) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """Give for each value of each parameter: what to call it, what it goes with, and with the value."""
    names = {one.name for one in found.parameters}
    settings = []
    for one in found.parameters:
        without = {name: value for name, value in WITH.get(one.name, {}).items() if name in names}
        for value in other_values(one):
            label = f"{one.name}-{value}" if one.type == "enum" else one.name
            settings.append((label, without, {**without, one.name: value}))
    return settings
