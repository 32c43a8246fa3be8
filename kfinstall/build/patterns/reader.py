"""Where the reading of a regular expression has come to."""

from __future__ import annotations


class Reader:
    """Where reading a pattern has come to, and the flags that hold there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags: frozenset[str] = frozenset()
        self.depth = 0

    def starts(self, text: str) -> bool:
        """Is this what comes next?"""
        return self.text.startswith(text, self.at)

    def take(self) -> str:
        """Give the next character; none at the end."""
        char = self.text[self.at : self.at + 1]
        self.at += 1
        return char

    def skip(self, text: str) -> bool:
        """Go behind what comes next, if it is this."""
        is_next = self.starts(text)
        self.at += len(text) if is_next else 0
        return is_next
