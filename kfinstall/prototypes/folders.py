"""The folders of prototypes, beside the catalogue. Reads the disk, writes nothing."""

from __future__ import annotations

from functools import cache

from kfinstall import catalog
from kfinstall.catalog.declaration import read_declaration
from kfinstall.errors import InputError, did_you_mean
from kfinstall.prototypes.model import Prototype


@cache
def prototypes() -> tuple[Prototype, ...]:
    """Give what each prototype declares, in the order of their names."""
    paths = sorted((catalog.root() / "prototypes").glob("*/prototype.yaml"))
    return tuple(read_declaration(Prototype, path.read_text(encoding="utf-8"), str(path)) for path in paths)


def prototype(name: str) -> Prototype:
    """Give one prototype. Raises InputError with the nearest name when there is none such."""
    names = {found.name: found for found in prototypes()}
    if name in names:
        return names[name]
    hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
    raise InputError(f"there is no prototype '{name}'", hint=hint)


def manifests_text(found: Prototype) -> str:
    """Give the manifests of a prototype, with all that its parameters may take away."""
    return (catalog.root() / "prototypes" / found.name / "manifests.yaml").read_text(encoding="utf-8")
