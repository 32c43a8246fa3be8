"""The text of a regular expression -> its parts, as Go reads it.

Source: Go's regexp/syntax, parse.go, with the flags that `regexp.Compile` uses; https://golang.org/s/re2syntax.
"""

from __future__ import annotations

from kfinstall.build.pattern_classes import CATEGORIES, LAST, PERL, POSIX, Characters, Ranges, complement
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

MAX_DEPTH = 100
MAX_REPEAT = 1000
MAX_LENGTH = 10_000
CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
ASSERTIONS = {"A": "begin", "z": "end", "b": "boundary", "B": "inside"}
BIDDEN_FLAGS = frozenset("imsU")


class SyntaxProblem(Exception):  # noqa: N818 the error a person sees is an InputError
    """What Go refuses."""


class Assertion(NamedTuple):
    """Matches a place and no character: `begin`, `end`, `line begin`, `line end`, `boundary` or `inside`."""

    kind: str


class Sequence(NamedTuple):
    """One after the other."""

    items: tuple[Part, ...]


class Choice(NamedTuple):
    """One of several."""

    items: tuple[Part, ...]


class Repeat(NamedTuple):
    """From `low` to `high` times; None is without end."""

    item: Part
    low: int
    high: int | None


Part: TypeAlias = "Characters | Assertion | Sequence | Choice | Repeat"


class _Reader:
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


def parse_pattern(text: str) -> Part:
    """Give the parts of a regular expression.

    Raises: SyntaxProblem for what Go refuses.
    """
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem(f"it is longer than {MAX_LENGTH} characters")
    reader = _Reader(text)
    part = _read_choice(reader)
    if reader.at < len(text):
        raise SyntaxProblem("unexpected )")
    return part


def _read_choice(reader: _Reader) -> Part:
    items = [_read_sequence(reader)]
    while reader.skip("|"):
        items.append(_read_sequence(reader))
    return items[0] if len(items) == 1 else Choice(tuple(items))


def _read_sequence(reader: _Reader) -> Part:
    items: list[Part] = []
    repeated = -1
    while reader.at < len(reader.text) and not reader.starts("|") and not reader.starts(")"):
        start, times = reader.at, _read_times(reader)
        if times is None:
            items += _read_parts(reader)
        elif not items:
            raise SyntaxProblem(f"missing argument to repetition operator: {reader.text[start : reader.at]}")
        elif repeated == start:
            raise SyntaxProblem(f"invalid nested repetition operator: {reader.text[start - 1 : reader.at]}")
        else:
            items[-1] = _repeat(items[-1], *times)
            repeated = reader.at
    return items[0] if len(items) == 1 else Sequence(tuple(items))


def _read_times(reader: _Reader) -> tuple[int, int | None] | None:
    """Give how often what stands before is repeated; None where no repetition operator comes next."""
    times: tuple[int, int | None] | None = None
    for sign, one in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
        times = one if times is None and reader.skip(sign) else times
    times = times or _read_counts(reader)
    if times is not None:
        reader.skip("?")  # as few as can be: the same texts match
    return times


def _read_counts(reader: _Reader) -> tuple[int, int | None] | None:
    """Give the counts of `{n,m}`; what is not of that form is text."""
    end = reader.text.find("}", reader.at)
    if not reader.starts("{") or end < 0:
        return None
    first, comma, second = reader.text[reader.at + 1 : end].partition(",")
    if not _is_count(first) or (second and not _is_count(second)):
        return None
    written = reader.text[reader.at : end + 1]
    reader.at = end + 1
    low = int(first)
    high = low if not comma else int(second) if second else None
    if low > MAX_REPEAT or (high is not None and (high > MAX_REPEAT or low > high)):
        raise SyntaxProblem(f"invalid repeat count: {written}")
    return low, high


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9 and (text == "0" or text[0] != "0")


def _repeat(item: Part, low: int, high: int | None) -> Part:
    repeat = Repeat(item, low, high)
    if not _is_bounded(repeat, MAX_REPEAT):
        raise SyntaxProblem("invalid repeat count")
    return repeat


def _is_bounded(part: Part, most: int) -> bool:
    """Do repetitions within each other come to no more than so many times?"""
    if isinstance(part, Repeat):
        times = part.low if part.high is None else part.high
        if times > most:
            return False
        return _is_bounded(part.item, most // times if times else most)
    return not isinstance(part, Sequence | Choice) or all(_is_bounded(item, most) for item in part.items)


def _read_parts(reader: _Reader) -> list[Part]:
    """Give what comes next, up to a repetition operator: one part but for `\\Q…\\E` and flags."""
    if reader.starts("("):
        return _read_group(reader)
    if reader.starts("["):
        return [_read_class(reader)]
    if reader.starts("\\"):
        return _read_escape(reader)
    char = reader.take()
    if char == ".":
        return [Characters(((0, LAST),) if "s" in reader.flags else complement(((0x0A, 0x0A),)))]
    if char in "^$":
        kind = "begin" if char == "^" else "end"
        return [Assertion(f"line {kind}" if "m" in reader.flags else kind)]
    return [_literal(char, reader)]


def _literal(char: str, reader: _Reader) -> Characters:
    return Characters(((ord(char), ord(char)),), folds="i" in reader.flags)


def _read_group(reader: _Reader) -> list[Part]:
    flags = reader.flags
    reader.at += 1
    if reader.skip("?") and not _skip_name(reader) and not _read_flags(reader):
        return []  # `(?i)` holds up to the end of the group around it
    reader.depth += 1
    if reader.depth > MAX_DEPTH:
        raise SyntaxProblem(f"groups are nested deeper than {MAX_DEPTH}")
    part = _read_choice(reader)
    if not reader.skip(")"):
        raise SyntaxProblem("missing closing )")
    reader.depth -= 1
    reader.flags = flags
    return [part]


def _skip_name(reader: _Reader) -> bool:
    """Go behind the name of a group, if it has one."""
    start = reader.at
    if reader.starts("P<") or (reader.starts("<") and reader.text[reader.at + 1 : reader.at + 2] not in ("=", "!")):
        reader.skip("P")
        end = reader.text.find(">", reader.at)
        name = reader.text[reader.at + 1 : max(end, 0)]
        if not name or not name.replace("_", "a").isalnum() or not name.isascii():
            raise SyntaxProblem(f"invalid named capture: (?{reader.text[start : end + 1]}")
        reader.at = end + 1
        return True
    return False


def _read_flags(reader: _Reader) -> bool:
    """Read `i`, `s-m` and the like; say whether a group begins behind them."""
    start, is_off, flags, is_given = reader.at, False, set(reader.flags), False
    while (char := reader.take()) not in (":", ")"):
        if char == "-" and not is_off:
            is_off, is_given = True, False
        elif char in BIDDEN_FLAGS:
            (flags.discard if is_off else flags.add)(char)
            is_given = True
        else:
            raise SyntaxProblem(f"invalid or unsupported Perl syntax: (?{reader.text[start : reader.at]}")
    if is_off and not is_given:
        raise SyntaxProblem(f"missing argument to flags: (?{reader.text[start : reader.at]}")
    reader.flags = frozenset(flags)
    return char == ":"


def _read_escape(reader: _Reader) -> list[Part]:
    if reader.skip("\\Q"):
        end = reader.text.find("\\E", reader.at)
        quoted = reader.text[reader.at : end if end >= 0 else None]
        reader.at = end + 2 if end >= 0 else len(reader.text)
        return [_literal(char, reader) for char in quoted]
    following = reader.text[reader.at + 1 : reader.at + 2]
    if following in ASSERTIONS and following:
        reader.at += 2
        return [Assertion(ASSERTIONS[following])]
    named = _read_named(reader)
    return [named if named is not None else _literal(_read_char(reader), reader)]


def _read_named(reader: _Reader) -> Characters | None:
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


def _read_char(reader: _Reader) -> str:
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


def _read_hex(reader: _Reader, start: int) -> str:
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


def _read_class(reader: _Reader) -> Characters:
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


def _read_posix(reader: _Reader) -> Characters | None:
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


def _read_range(reader: _Reader) -> tuple[int, int]:
    start = reader.at
    low = high = ord(_read_class_char(reader))
    if reader.starts("-") and reader.text[reader.at + 1 : reader.at + 2] not in ("]", ""):
        reader.at += 1
        high = ord(_read_class_char(reader))
    if high < low:
        raise SyntaxProblem(f"invalid character class range: {reader.text[start : reader.at]}")
    return low, high


def _read_class_char(reader: _Reader) -> str:
    return _read_char(reader) if reader.starts("\\") else reader.take()


def flat(part: Part) -> list[Part]:
    """Give the parts of a pattern that follow one another."""
    return [one for item in part.items for one in flat(item)] if isinstance(part, Sequence) else [part]


def literal(chars: Iterable[Part]) -> str | None:
    """Give the text that a pattern stands for; None where it stands for more than one."""
    texts = []
    for one in chars:
        if not isinstance(one, Characters) or one.folds or one.is_negated or one.categories or one.parts:
            return None
        if len(one.ranges) != 1 or one.ranges[0][0] != one.ranges[0][1]:
            return None
        texts.append(chr(one.ranges[0][0]))
    return "".join(texts)
