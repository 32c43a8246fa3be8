"""Writing text into scalars that have a type already, as kustomize does: the type stays."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import INTEGER, SourceText, resource_scalar

if TYPE_CHECKING:
    from typing import Any

TYPES: tuple[tuple[type, tuple[type, ...], str], ...] = (
    (bool, (bool,), "a boolean"),
    (int, (int,), "an integer"),
    (float, (int, float), "a number"),
    (SourceText, (SourceText,), "a date"),
)
"""Type a scalar has -> the types that text written into it may have, and their name; text takes any."""


class TypeMismatchError(Exception):
    """Text is written where a value of another type is."""


class Untyped(str):
    """Text whose type is not given: alone in a field it is a number if it looks like one."""


def implicit(text: str) -> Any:
    """Give the value that text has when it is written without quotes."""
    return resource_scalar(str(text)) if text else None


def is_text_key(key: str) -> bool:
    """Does a key that is written without quotes read back as text? kustomize writes the keys it adds so."""
    return type(implicit(str(key))) is str


def is_quoted(text: str) -> bool:
    """Was it written in quotes? kustomize keeps them, and a number that comes between them is text."""
    return not isinstance(text, SourceText) and ("\n" in text or not is_text_key(text))


def typed_as(old: Any, text: str) -> Any:
    """Give text as a value of the type that the old one has.

    Raises: TypeMismatchError when it is none of that type.
    """
    if isinstance(old, Untyped):
        return implicit(text)
    if isinstance(old, str) and not isinstance(old, SourceText):
        return text
    value = implicit(text)
    if old is None and value is None:
        return None
    for had, allowed, name in TYPES:
        if isinstance(old, had):
            is_whole = had is not int or INTEGER.match(text)  # `1.0` is a number, but no integer
            if not isinstance(value, allowed) or not is_whole or (isinstance(value, bool) and had is not bool):
                raise TypeMismatchError(f"'{text}' is written where {name} is")
            return value
    raise TypeMismatchError(f"'{text}' is written where a null is; give the field a value of the right type first")
