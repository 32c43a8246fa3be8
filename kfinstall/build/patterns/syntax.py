"""The text of a regular expression -> its parts, as Go reads it.

Source: Go's regexp/syntax, parse.go, with the flags that `regexp.Compile` uses; https://golang.org/s/re2syntax.
"""

from __future__ import annotations

from kfinstall.build.patterns.characters import LAST, Characters, complement
from kfinstall.build.patterns.escapes import one_char, read_class, read_escape
from kfinstall.build.patterns.parts import Assertion, Choice, Part, Repeat, Sequence, SyntaxProblem
from kfinstall.build.patterns.reader import Reader

MAX_DEPTH = 100
MAX_REPEAT = 1000
MAX_LENGTH = 10_000
BIDDEN_FLAGS = frozenset("imsU")


def parse_pattern(text: str) -> Part:
    """Give the parts of a regular expression.

    Raises: SyntaxProblem for what Go refuses.
    """
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem(f"it is longer than {MAX_LENGTH} characters")
    reader = Reader(text)
    part = _read_choice(reader)
    if reader.at < len(text):
        raise SyntaxProblem("unexpected )")
    return part


def _read_choice(reader: Reader) -> Part:
    items = [_read_sequence(reader)]
    while reader.skip("|"):
        items.append(_read_sequence(reader))
    return items[0] if len(items) == 1 else Choice(tuple(items))


def _read_sequence(reader: Reader) -> Part:
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


def _read_times(reader: Reader) -> tuple[int, int | None] | None:
    """Give how often what stands before is repeated; None where no repetition operator comes next."""
    times: tuple[int, int | None] | None = None
    for sign, one in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
        times = one if times is None and reader.skip(sign) else times
    times = times or _read_counts(reader)
    if times is not None:
        reader.skip("?")  # as few as can be: the same texts match
    return times


def _read_counts(reader: Reader) -> tuple[int, int | None] | None:
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


def _read_parts(reader: Reader) -> list[Part]:
    """Give what comes next, up to a repetition operator: one part but for `\\Q…\\E` and flags."""
    if reader.starts("("):
        return _read_group(reader)
    if reader.starts("["):
        return [read_class(reader)]
    if reader.starts("\\"):
        return read_escape(reader)
    char = reader.take()
    if char == ".":
        return [Characters(((0, LAST),) if "s" in reader.flags else complement(((0x0A, 0x0A),)))]
    if char in "^$":
        kind = "begin" if char == "^" else "end"
        return [Assertion(f"line {kind}" if "m" in reader.flags else kind)]
    return [one_char(char, reader)]


def _read_group(reader: Reader) -> list[Part]:
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


def _skip_name(reader: Reader) -> bool:
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


def _read_flags(reader: Reader) -> bool:
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
