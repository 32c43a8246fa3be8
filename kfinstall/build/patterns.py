"""Regular expressions as Go reads them, compiled for Python.

What Go refuses (look-around, back-references) is refused here too, so that a pattern means the same to both.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, lazy_pattern, remembered

if TYPE_CHECKING:
    import re

    from kfinstall.resource import Origin

POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7F",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1F\\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
"""Source: RE2 syntax, https://github.com/google/re2/wiki/Syntax."""

_REFUSED = lazy_pattern(r"\(\?(?:<?[=!]|P=|#|>)|\\[1-9]|\\Z|\(\?\(|(?<!\\)[*+?}]\+")
_TOKEN = lazy_pattern(r"(?s)\\Q(.*?)(?:\\E|\Z)|\\z|\\.|\[:(\^?)(\w+):\]|\(\?([imsU-]+)\)|\$")


def compile_pattern(pattern: str, origin: Origin) -> re.Pattern[str]:
    """Give the compiled form of a pattern, to be used with `search` or `fullmatch`.

    Raises: InputError when it is not a regular expression for Go.
    """
    import re

    try:
        return _compiled(pattern)
    except re.error as error:
        hint = "Go's syntax holds here: https://golang.org/s/re2syntax"
        raise InputError(f"'{pattern}' is not a regular expression: {error.msg}", origin=origin, hint=hint) from None


@remembered(4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    import re
    import warnings

    if pattern.isalnum():
        return re.compile(pattern)
    refused = _REFUSED.search(pattern)
    if refused:
        raise re.error(f"{refused[0]} is not supported")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `[[` may mean something one day; it means what it does in Go
        return re.compile(_translated(pattern), re.ASCII)


def _translated(pattern: str) -> str:
    """Write a Go pattern as Python's: flags in the middle become groups that reach as far as they do in Go."""
    opened = 0
    parts: list[str] = []
    position = 0
    for found in _TOKEN.finditer(pattern):
        parts.append(pattern[position : found.start()])
        position = found.end()
        flags = found[4]
        if flags:
            parts.append(f"(?{flags.replace('U', '')}:")
            opened += 1
        else:
            parts.append(_token(found, "m" in "".join(parts[-1:])))
    return "".join(parts) + pattern[position:] + ")" * opened


def _token(found: re.Match[str], is_multiline: bool) -> str:
    import re

    text = found[0]
    if text.startswith("\\Q"):
        return re.escape(found[1])
    if text == "\\z":
        return "\\Z"
    if text == "$":
        return text if is_multiline else "\\Z"
    if found[3]:
        if found[3] not in POSIX_CLASSES:
            raise re.error(f"there is no character class {text}")
        return POSIX_CLASSES[found[3]]
    return text
