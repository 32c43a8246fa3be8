"""Writing text into scalars that have a type already, as kustomize does: the type stays."""

from __future__ import annotations

from typing import Any

from kfinstall.build.field_specs import PathError
from kfinstall.manifest.scalar import SourceText, resource_scalar

TYPES: tuple[tuple[type, tuple[type, ...], str], ...] = (
    (bool, (bool,), "a boolean"),
    (int, (int,), "an integer"),
    (float, (int, float), "a number"),
    (SourceText, (SourceText,), "a date"),
)
"""Type a scalar has -> the types that text written into it may have, and their name; text takes any."""


def implicit(text: str) -> Any:
    """Give the value that text has when it is written without quotes."""
    return resource_scalar(text) if text else None


def is_text_key(key: str) -> bool:
    """Does a key that is written without quotes read back as text? kustomize writes the keys it adds so."""
    return type(implicit(key)) is str


def typed_as(old: Any, text: str) -> Any:
    """Give text as a value of the type that the old one has.

    Raises: PathError when it is none of that type.
    """
    if isinstance(old, str) and not isinstance(old, SourceText):
        return text
    value = implicit(text)
    if old is None and value is None:
        return None
    for had, allowed, name in TYPES:
        if isinstance(old, had):
            if not isinstance(value, allowed) or (isinstance(value, bool) and had is not bool):
                raise PathError(f"'{text}' is written where {name} is")
            return value
    raise PathError(f"'{text}' is written where a null is; remove the null, or give it a value of the right type")
