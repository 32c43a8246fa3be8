"""Values as they are after a manifest went through JSON: nothing shows how they were written."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import SourceFloat, SourceInt, SourceText

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def as_json(value: Any, empties: Iterable[tuple[str | int, ...]] = ()) -> Any:
    """Give a value with numbers, dates and keys that no longer know how they were written.

    In: `empties`, the paths of the fields that were written with nothing behind them: they are null.
    """
    value = _plain(value)
    for path in empties:
        _set_null(value, path)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    plain = PLAIN_TYPES.get(type(value))
    return value if plain is None else plain(value)


def _set_null(value: Any, path: tuple[str | int, ...]) -> None:
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = None


PLAIN_TYPES: dict[type, type] = {SourceInt: int, SourceFloat: float, SourceText: str}
