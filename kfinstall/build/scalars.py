"""Writing text into scalars that have a type already, as kustomize does: the type stays."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import (
    INTEGER,
    Mistyped,
    SourceInt,
    SourceText,
    Unquoted,
    Untyped,
    resource_scalar,
    unquoted,
)
from kfinstall.manifest.styled import put_text

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


def implicit(text: str) -> Any:
    """Give the value that text has when it is written without quotes."""
    return resource_scalar(str(text)) if text else None


def is_text_key(key: str) -> bool:
    """Does a key that is written without quotes read back as text? kustomize writes the keys it adds so."""
    return type(implicit(str(key))) is str


def mistyped(old: Any, text: str, mistake: Exception) -> Mistyped:
    """Give text in the place of a value of another type; that is a mistake if it is still there when it is printed."""
    found = Mistyped(text)
    found.was = old.was if isinstance(old, Mistyped) else old.value if isinstance(old, Unquoted) else old
    found.mistake = mistake
    return found


def typed_as(old: Any, text: str) -> Any:
    """Give text as a value of the type that the old one has.

    Raises: TypeMismatchError when it is none of that type.
    """
    if isinstance(old, Untyped):
        return Untyped(text)
    if isinstance(old, Mistyped):
        return typed_as(old.was, text)
    if isinstance(old, Unquoted):
        return unquoted(typed_as(old.value, text))
    if isinstance(old, str) and not isinstance(old, SourceText):
        return put_text(old, text)
    value = implicit(text)
    if old is None and value is None:
        return None
    if isinstance(old, SourceInt) and not INTEGER.match(old.text.replace("_", "")):
        old = float(old)  # written as `1e3`
    for had, allowed, name in TYPES:
        if isinstance(old, had):
            is_whole = had is not int or INTEGER.match(text)  # `1.0` is a number, but no integer
            if not isinstance(value, allowed) or not is_whole or (isinstance(value, bool) and had is not bool):
                raise TypeMismatchError(f"'{text}' is written where {name} is")
            return value
    raise TypeMismatchError(f"'{text}' is written where a null is; give the field a value of the right type first")
