"""One document of a file, as it was read; how it is read is in `parse`, which costs much to import."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any


class Document(NamedTuple):
    """What stands between two `---` lines, and the line its first key is on.

    `empty_nulls`: the paths of fields with nothing behind them (`data:`, not `data: null`), which are null, or, between
    braces, empty text. `has_bare_keys`: there are keys that are no text, each a `BareKey`.
    """

    manifest: Any
    line: int
    empty_nulls: tuple[tuple[str | int, ...], ...] = ()
    has_bare_keys: bool = False
