"""Escapes and sets of characters in the text of a regular expression.

Source: Go's regexp/syntax, parse.go.
"""

from __future__ import annotations

from kfinstall.build.patterns.characters import CATEGORIES, LAST, PERL, POSIX, Characters, Ranges, complement
from kfinstall.build.patterns.parts import Assertion, Part, SyntaxProblem
from kfinstall.build.patterns.reader import Reader

CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
ASSERTIONS = {"A": "begin", "z": "end", "b": "boundary", "B": "inside"}


def one_char(char: str, reader: Reader) -> Characters:
    """Give the set of this character alone."""
    return Characters(((ord(char), ord(char)),), folds="i" in reader.flags)


def read_escape(reader: Reader) -> list[Part]:
    """Give what a backslash and what is behind it stand for.

    Raises: SyntaxProblem.
    """
    if reader.skip("\\Q"):
        end = reader.text.find("\\E", reader.at)
        quoted = reader.text[reader.at : end if end >= 0 else None]
        reader.at = end + 2 if end >= 0 else len(reader.text)
        return [one_char(char, reader) for char in quoted]
    following = reader.text[reader.at + 1 : reader.at + 2]
    if following in ASSERTIONS and following:
        reader.at += 2
        return [Assertion(ASSERTIONS[following])]
    named = _read_named(reader)
    return [named if named is not None else one_char(_read_char(reader), reader)]


def _read_named(reader: Reader) -> Characters | None:
    """Give the set of `\\d`, `\\pL`, `\\p{Lu}`; None where no such escape comes next."""
    char = reader.text[reader.at + 1 : reader.at + 2]
    if not reader.starts("\\") or not char or char not in "dDsSwWpP":
        return None
    reader.at += 2
    if char.lower() != "p":
        ranges = PERL[char.lower()]
        return Characters(ranges if char.islower() else complement(ranges), folds="i" in reader.flags)
    name = reader.take()
    if name == "{":
        end = reader.text.find("}", reader.at)
        name, reader.at = reader.text[reader.at : max(end, reader.at)], max(end, reader.at) + 1
    is_negated = (char == "P") is not name.startswith("^")
    if name.removeprefix("^") not in CATEGORIES:
        raise SyntaxProblem(f"there is no Unicode category '{name}' here")
    return Characters(categories=(name.removeprefix("^"),), is_negated=is_negated, folds="i" in reader.flags)


def _read_char(reader: Reader) -> str:
    """Give the character that an escape stands for."""
    start = reader.at
    reader.at += 1
    char = reader.take()
    if char in CONTROLS and char:
        return CONTROLS[char]
    if char == "x":
        return _read_hex(reader, start)
    if char and char in "01234567":
        digits = char
        while len(digits) < 3 and (more := reader.text[reader.at : reader.at + 1]) and more in "01234567":
            digits += reader.take()
        if char == "0" or len(digits) > 1:
            return chr(int(digits, 8))
    elif char and char.isascii() and not char.isalnum():
        return char
    if not char:
        raise SyntaxProblem("trailing backslash at end of expression")
    raise SyntaxProblem(f"invalid escape sequence: {reader.text[start : reader.at]}")


def _read_hex(reader: Reader, start: int) -> str:
    if reader.skip("{"):
        end = reader.text.find("}", reader.at)
        digits, reader.at = reader.text[reader.at : max(end, reader.at)], max(end, reader.at) + 1
    else:
        digits, reader.at = reader.text[reader.at : reader.at + 2], reader.at + 2
        digits = digits if len(digits) > 1 else ""
    is_hex = bool(digits) and all(digit in "0123456789abcdefABCDEF" for digit in digits) and len(digits) < 9
    if not is_hex or int(digits, 16) > LAST:
        raise SyntaxProblem(f"invalid escape sequence: {reader.text[start : reader.at]}")
    return chr(int(digits, 16))


def read_class(reader: Reader) -> Characters:
    """Give the set between `[` and `]`.

    Raises: SyntaxProblem.
    """
    start = reader.at
    reader.at += 1
    is_negated = reader.skip("^")
    ranges: list[tuple[int, int]] = []
    parts: list[Characters] = []
    is_first = True
    while is_first or not reader.starts("]"):
        if reader.at >= len(reader.text):
            raise SyntaxProblem(f"missing closing ]: {reader.text[start:]}")
        is_first = False
        part = _read_posix(reader) or _read_named(reader)
        if part is None:
            ranges.append(_read_range(reader))
        else:
            parts.append(part)
    reader.at += 1
    return Characters(tuple(ranges), (), tuple(parts), is_negated, "i" in reader.flags)


def _read_posix(reader: Reader) -> Characters | None:
    end = reader.text.find(":]", reader.at + 2)
    if not reader.starts("[:") or end < 0:
        return None
    written = reader.text[reader.at : end + 2]
    is_negated, name = written.startswith("[:^"), written[2:-2].removeprefix("^")
    if name not in POSIX:
        raise SyntaxProblem(f"invalid character class range: {written}")
    reader.at = end + 2
    ranges: Ranges = POSIX[name]
    return Characters(complement(ranges) if is_negated else ranges, folds="i" in reader.flags)


def _read_range(reader: Reader) -> tuple[int, int]:
    start = reader.at
    low = high = ord(_read_class_char(reader))
    if reader.starts("-") and reader.text[reader.at + 1 : reader.at + 2] not in ("]", ""):
        reader.at += 1
        high = ord(_read_class_char(reader))
    if high < low:
        raise SyntaxProblem(f"invalid character class range: {reader.text[start : reader.at]}")
    return low, high


def _read_class_char(reader: Reader) -> str:
    return _read_char(reader) if reader.starts("\\") else reader.take()
