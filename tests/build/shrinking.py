"""The smallest tree that still shows what a large one shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

MOST_TRIES = 400

Content = dict[str, bytes]


def smallest(files: Mapping[str, str | bytes], shows: Callable[[Content], bool]) -> Content:
    """Take away files, then lines, as long as what is left still shows it; half of a file at first, then less."""
    left = {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}
    tries = 0

    def still(fewer: Content) -> bool:
        nonlocal tries
        tries += 1
        return tries <= MOST_TRIES and shows(fewer)

    before: Content = {}
    while left != before:
        before = dict(left)
        for path in list(left):
            fewer = {other: content for other, content in left.items() if other != path}
            left = fewer if fewer and still(fewer) else left
        for path in list(left):
            left[path] = _shorter(left[path], partial(_still_with, still, left, path))
    return left


def _still_with(still: Callable[[Content], bool], left: Content, path: str, content: bytes) -> bool:
    return still({**left, path: content})


def _shorter(content: bytes, shows: Callable[[bytes], bool]) -> bytes:
    lines = content.split(b"\n")
    size = max(1, len(lines) // 2)
    while size:
        at = 0
        while at < len(lines):
            fewer = [*lines[:at], *lines[at + size :]]
            if shows(b"\n".join(fewer)):
                lines = fewer
            else:
                at += size
        size //= 2
    return b"\n".join(lines)
