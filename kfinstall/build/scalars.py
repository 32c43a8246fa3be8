"""Writing text into scalars that have a type already, as kustomize does: the type stays."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import (
    INTEGER,
    Mistyped,
    QuotedValue,
    SourceInt,
    SourceText,
    SpelledBool,
    Unquoted,
    Untyped,
    resource_scalar,
    unquoted,
)
from kfinstall.manifest.styled import put_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TYPES: tuple[tuple[type, tuple[type, ...], str], ...] = (
    (bool, (bool, SpelledBool), "a boolean"),
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
    for kind, write in WRITERS:
        if isinstance(old, kind) and not isinstance(old, SourceText):
            return write(old, text)
    value = implicit(text)
    if old is None and value is None:
        return None
    if _is_float(old):
        old = float(old)  # written as `1e3`
    for had, allowed, name in TYPES:
        if isinstance(old, had):
            is_whole = had is not int or INTEGER.match(text.replace("_", ""))  # `1.0` is a number, but no integer
            if not isinstance(value, allowed) or not is_whole or (isinstance(value, bool) and had is not bool):
                raise TypeMismatchError(f"'{text}' is written where {name} is")
            return value
    raise TypeMismatchError(f"'{text}' is written where a null is; give the field a value of the right type first")


def _is_float(value: Any) -> bool:
    return isinstance(value, SourceInt) and not INTEGER.match(value.text.replace("_", ""))


def _between_quotes(old: QuotedValue, text: str) -> Any:
    """Give text as a value of the type that one in quotes has: text again, but where the tag would be printed."""
    value = typed_as(old.value, text)
    if _is_float(old.value) or isinstance(old.value, float):
        found = implicit(text)
        if isinstance(found, int) and not _is_float(found):
            return value  # an integer tagged as a float
    result = QuotedValue(text)
    result.value = value
    return result


WRITERS: tuple[tuple[type, Callable[[Any, str], Any]], ...] = (
    (Untyped, lambda _, text: Untyped(text)),
    (Mistyped, lambda old, text: typed_as(old.was, text)),
    (QuotedValue, _between_quotes),
    (SpelledBool, lambda old, text: typed_as(old.value, text)),
    (Unquoted, lambda old, text: unquoted(typed_as(old.value, text))),
    (str, put_text),
)
"""Type of a text, the first one that fits -> how text is written over it."""
