"""What a plain (unquoted) scalar means, in each of the two dialects kustomize reads.

Resources and patches follow go-yaml v3 (near YAML 1.2: `yes` is text, a date becomes an RFC 3339 string), kustomization
files and JSON patches follow go-yaml v2 (YAML 1.1 words: `yes` is true; a date stays as it is written).

Source: go.yaml.in/yaml/v3 and v2, resolve.go.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, lazy_pattern

if TYPE_CHECKING:
    from typing import Any, TypeAlias

Scalar: TypeAlias = "str | int | float | bool | None"

NULLS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INFINITE_WORDS = [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN"]

INTEGER = lazy_pattern(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)\Z")
INNER_SIGN = lazy_pattern(r"0(?:b[-+][01]+|o[-+][0-7]+)\Z")
FLOAT = lazy_pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
MISPLACED_UNDERSCORE = lazy_pattern(r"(?<![0-9])_|_(?![0-9])")
TIMESTAMP = lazy_pattern(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:([Tt])|( +))([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2})?)?\Z"
)
MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LONGEST_INTEGER = 400
NUMERIC = "0123456789+-_.xXoOabcdefABCDEF"
"""All that a number may be written with: most text is told from numbers by it, without regular expressions."""
SURE_DIGITS = 19
"""Fewer digits than this are a number of 64 bits."""
NOT_BASE64 = "a !!binary value is not base64"
INT64_MIN, INT64_LIMIT, UINT64_LIMIT = -(2**63), 2**63, 2**64
INT64 = range(INT64_MIN, INT64_LIMIT)


class SourceInt(int):
    """An integer that was not written as it prints (`0x10`, `1_000`, `1e3`); `text` is what was written."""

    text: str


class SourceFloat(float):
    """A number with a fraction that was not written as it prints (`1.10`); `text` is what was written."""

    text: str


class SourceText(str):
    """The text that a date, or a `!!binary` value, became; `text` is what was written (`2001-01-01`)."""

    text: str


class Unquoted(str):
    """Text that was written as a number or a boolean, and prints as `value`: a resource named 5."""

    value: Scalar


class Untyped(Unquoted):
    """Text that has no type yet: printed as it is it is a number if it looks like one, after a merge it is text."""

    def __new__(cls, text: str) -> Untyped:
        """Give the text, which prints as what it looks like."""
        self = super().__new__(cls, text)
        self.value = resource_scalar(text) if text else None
        return self


class SpelledBool(Unquoted):
    """A boolean that was not written as it prints: `True`. The text is what was written."""

    def __new__(cls, text: str) -> SpelledBool:
        """Give the boolean that is spelled so."""
        self = super().__new__(cls, text)
        self.value = BOOLEANS[text]
        return self


class Written(str):
    """Text that kustomize wrote itself: in quotes only where YAML 1.1 would read it as something else."""

    __slots__ = ()


class Quoted(str):
    """Text that was written in quotes, though it could do without."""


class QuotedValue(Quoted):
    """A number, boolean or date that a patch put between the quotes of another value: text when it is printed.

    `value` is what it was: what is written over it must be of that type.
    """

    value: Scalar


class Bare(str):
    """Text that stands without quotes, though it would be printed with some: `yes`, or a number in place of text."""

    __slots__ = ()


class Tagged(Bare):
    """Text that a tag makes text: `!!str 5`."""

    __slots__ = ()


class Mistyped(str):
    """Text in the place of a value of another type, `was`, which it cannot be printed as: that is a `mistake`."""

    was: Scalar
    mistake: Exception


TEXTS = (str, Quoted)
"""Types of what is text as it stands."""


def _infinite(word: str) -> SourceFloat:
    marked = SourceFloat(word.replace(".", ""))
    marked.text = word
    return marked


RESOURCE_WORDS: dict[str, Scalar] = {
    **NULLS,
    **{word: SpelledBool(word) for word in BOOLEANS},
    "true": True,
    "false": False,
    **{word: _infinite(word) for word in INFINITE_WORDS},
}
KUSTOMIZATION_WORDS: dict[str, Scalar] = {
    **RESOURCE_WORDS,
    **BOOLEANS,
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}


def unquoted(value: Scalar) -> Unquoted:
    """Give a value that is no text as the text it was written as."""
    result = Unquoted(source_text(value))
    result.value = value
    return result


def source_text(value: Any) -> str:
    """Give a scalar as kustomize sees it where it keeps source text: `1.10` for the number 1.1 so written.

    A container gives the empty string. Booleans and nulls give their usual spelling.
    """
    written = getattr(value, "text", None)
    if written is not None:
        return str(written)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value) if isinstance(value, int | float) else ""


def resource_scalar(text: str) -> Scalar:
    """Give the value of a plain scalar in a resource or a patch. Infinities and NaN are floats."""
    if text in RESOURCE_WORDS:
        return RESOURCE_WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    date = rfc3339(text)
    return date if date is not None else _with_source(number(text), text)


def kustomization_scalar(text: str) -> Scalar:
    """Give the value of a plain scalar in a kustomization file."""
    if text in KUSTOMIZATION_WORDS:
        return KUSTOMIZATION_WORDS[text]
    value = number(text) if text[0] in "+-.0123456789" and not rfc3339(text) else None
    return text if value is None else value


def decode_binary(text: str) -> str:
    """Give the text that a `!!binary` value stands for.

    Raises: ValueError when it is no base64.
    """
    from base64 import b64decode

    return b64decode(text.replace("\n", ""), validate=True).decode("utf-8", "replace")


def number(text: str) -> int | float | None:
    """Give the number that plain text is, None if it is none. A whole float is an integer, as JSON makes it."""
    if text.strip(NUMERIC):
        return None
    if text.isdigit() and (text[0] != "0" or text == "0") and len(text) < SURE_DIGITS:
        return int(text)
    if text[0] == ".":
        return None if MISPLACED_UNDERSCORE.search(text) else _float(text.replace("_", ""))
    text = text.replace("_", "") if text[0] != "_" else text
    integer = _integer(text)
    return integer if integer is not None else _float(text)


def rfc3339(text: str) -> SourceText | None:
    """Give the RFC 3339 form of a YAML timestamp, None if the text is none (`2001-02-30` is none)."""
    match = TIMESTAMP.match(text) if text[4:5] == "-" else None
    if not match:
        return None
    year, month, day, mark, space, hour, minute, second, fraction, zone = match.groups()
    if not _is_day(int(year), int(month), int(day)) or (hour and not _is_time(hour, minute, second, zone)):
        return None
    if hour and (bool(space) == bool(zone) or (mark and not zone)):
        return None
    digits = (fraction or "")[:9].rstrip("0")
    clock = f"{int(hour or 0):02}:{int(minute or 0):02}:{int(second or 0):02}{'.' if digits else ''}{digits}"
    date = SourceText(f"{year}-{int(month):02}-{int(day):02}T{clock}{_zone(zone)}")
    date.text = text
    return date


def _zone(zone: str | None) -> str:
    return "Z" if zone in (None, "", "+00:00", "-00:00") else str(zone)


def _is_day(year: int, month: int, day: int) -> bool:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= MONTH_DAYS[month - 1] and (month != 2 or day < 29 or is_leap)


def _is_time(hour: str, minute: str, second: str, zone: str | None) -> bool:
    in_zone = not zone or zone == "Z" or (int(zone[1:3]) <= 24 and int(zone[4:6]) <= 60)
    return int(hour) < 24 and int(minute) < 60 and int(second) < 60 and in_zone


def _integer(text: str) -> int | None:
    match = INTEGER.match(text)
    if not match:
        return int(text[2:], 2 if text[1] == "b" else 8) if INNER_SIGN.match(text) else None
    sign, digits = match.groups()
    if len(digits) > LONGEST_INTEGER:
        return None
    is_old_octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    value = int(digits, 8 if is_old_octal else 0)
    value = -value if sign == "-" else value
    limit = INT64_LIMIT if sign else UINT64_LIMIT
    return value if INT64_MIN <= value < limit else None


def _float(text: str) -> int | float | None:
    if not FLOAT.match(text):
        return None
    value = float(text)
    if abs(value) == float("inf"):
        return None
    whole = whole_number(value)
    return value if whole is None else whole


def whole_number(value: float) -> int | None:
    """Give a whole float as the integer that JSON makes of its shortest digits; None for one of more than 64 bits."""
    if not value.is_integer():
        return None
    whole = _digits(value)
    return whole if INT64_MIN <= whole < UINT64_LIMIT else None


def _digits(value: float) -> int:
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    return int(whole + fraction) * 10 ** (int(exponent) - len(fraction)) if exponent else int(whole)


def _with_source(value: int | float | None, text: str) -> Scalar:
    if value is None:
        return text
    if str(value) == text:
        return value
    marked = SourceInt(value) if isinstance(value, int) else SourceFloat(value)
    marked.text = text
    return marked
