"""Values as they are after a manifest went through JSON: nothing shows how they were written."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import (
    Bare,
    Mistyped,
    Quoted,
    QuotedValue,
    SourceFloat,
    SourceInt,
    SourceText,
    SpelledBool,
    Tagged,
    Unquoted,
    Untyped,
    unquoted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def as_json(value: Any, empties: Iterable[tuple[str | int, ...]] = ()) -> Any:
    """Give a value with texts, numbers, dates and keys that no longer know how they were written; itself if it is one.

    In: `empties`, the paths of the fields that were written with nothing behind them: they are null.
    """
    value = _plain(value)
    for path in empties:
        value = _with_null(value, path)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = {str(key): _plain(inner) for key, inner in value.items()}
        is_plain = all(type(key) is str and pairs[key] is inner for key, inner in value.items())
        return value if is_plain else pairs
    if isinstance(value, list):
        items = [_plain(inner) for inner in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    plain = PLAIN_TYPES.get(type(value))
    return value if plain is None else plain(value)


def _with_null(value: Any, path: tuple[str | int, ...]) -> Any:
    if not path:
        return None
    copy = value.copy()
    copy[path[0]] = _with_null(value[path[0]], path[1:])
    return copy


def _retyped(value: Unquoted) -> Any:
    """Give text that was a number as text of the same number, as that prints."""
    return unquoted(as_json(value.value))


def _refused(value: Mistyped) -> Any:
    raise value.mistake


PLAIN_TYPES: dict[type, Callable[[Any], Any]] = {
    SourceInt: int,
    SourceFloat: float,
    SourceText: str,
    Quoted: str,
    QuotedValue: str,
    Tagged: str,
    SpelledBool: lambda value: value.value,
    Bare: str,
    Mistyped: _refused,
    Unquoted: _retyped,
    Untyped: lambda value: as_json(value.value),
}
