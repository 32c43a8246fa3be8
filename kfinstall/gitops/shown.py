"""Two texts of a manifest as a short diff, without what must not be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import unified_diff

SECRET = re.compile(r"""(?m)^\s*(?:-\s+)?["']?kind["']?\s*:\s*["']?Secret["']?\s*(?:#.*)?,?$|"kind"\s*:\s*"Secret\"""")
"""A text that holds a Secret, or might: a person may have written one into a file of a render."""


def short_diff(path: str, there: str, wanted: str, most_lines: int) -> Sequence[str]:
    """Give how a file differs from what it should be, in so many lines; of a file with a Secret, only that it does.

    Out: lines without colour.
    """
    if SECRET.search(there) or SECRET.search(wanted):
        return (f"--- {path}: it holds a Secret, which is not shown",)
    lines = list(unified_diff(there.splitlines(), wanted.splitlines(), path, f"{path} (rendered now)", lineterm=""))
    left = len(lines) - most_lines
    return lines if left <= 0 else (*lines[:most_lines], f"… and {left} more lines")
