"""What a benchmark gives, and how it is printed: always side by side with something else measured in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Row(NamedTuple):
    """One thing measured: ours and the other's times in seconds, one a round; `other` is empty where there is none."""

    what: str
    ours_s: tuple[float, ...]
    other: str = ""
    other_s: tuple[float, ...] = ()


def lines(rows: Sequence[Row]) -> list[str]:
    """Lay rows out: medians, the spread of ours, and the ratio of the medians (below 1: we are faster)."""
    head = f"{'':<28}{'kfinstall':>12}{'min..max':>16}{'other':>10}{'ratio':>8}  other"
    return [head, *map(_line, rows)]


def _line(row: Row) -> str:
    ours = median(row.ours_s)
    spread = f"{min(row.ours_s):.2f}..{max(row.ours_s):.2f}"
    text = f"{row.what:<28}{ours:>11.2f}s{spread:>16}"
    if not row.other_s:
        return text
    other = median(row.other_s)
    return f"{text}{other:>9.2f}s{ours / other:>8.2f}  {row.other}"
