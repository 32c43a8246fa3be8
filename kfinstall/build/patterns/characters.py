"""Sets of characters in regular expressions: `[a-z]`, `\\d`, `[[:alpha:]]`, `\\p{Lu}`.

Source: Go's regexp/syntax, perl_groups.go; https://golang.org/s/re2syntax.
"""

from __future__ import annotations

from kfinstall.light import NamedTuple

LAST = 0x10FFFF

_DIGITS, _LOWER, _UPPER = (0x30, 0x39), (0x61, 0x7A), (0x41, 0x5A)
_LETTERS, _WORD = (_UPPER, _LOWER), (_DIGITS, _UPPER, (0x5F, 0x5F), _LOWER)

Ranges = tuple[tuple[int, int], ...]

PERL: dict[str, Ranges] = {
    "d": (_DIGITS,),
    "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
    "w": _WORD,
}
"""`\\d` and its kind; in upper case each is all other characters."""

POSIX: dict[str, Ranges] = {
    "alnum": (_DIGITS, *_LETTERS),
    "alpha": _LETTERS,
    "ascii": ((0x00, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
    "digit": (_DIGITS,),
    "graph": ((0x21, 0x7E),),
    "lower": (_LOWER,),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x09, 0x0D), (0x20, 0x20)),
    "upper": (_UPPER,),
    "word": _WORD,
    "xdigit": (_DIGITS, (0x41, 0x46), (0x61, 0x66)),
}

_CATEGORIES = {"C": "cfso", "L": "lmotu", "M": "cen", "N": "dlo", "P": "cdefios", "S": "ckmo", "Z": "lps"}
CATEGORIES = frozenset(("Any", *(a + b for a, more in _CATEGORIES.items() for b in ("", *more))))
"""General categories of Unicode. Go knows scripts too (`\\p{Greek}`); Python has no table of them."""


class Characters(NamedTuple):
    """A set of characters: ranges of code points, categories, and other sets.

    `is_negated`: all but those. `folds`: whatever their case.
    """

    ranges: Ranges = ()
    categories: tuple[str, ...] = ()
    parts: tuple[Characters, ...] = ()
    is_negated: bool = False
    folds: bool = False


def complement(ranges: Ranges) -> Ranges:
    """Give the ranges between some that are in order and do not overlap."""
    starts = [0, *(high + 1 for _, high in ranges)]
    ends = [*(low - 1 for low, _ in ranges), LAST]
    return tuple((low, high) for low, high in zip(starts, ends, strict=True) if low <= high)


def contains(characters: Characters, char: str) -> bool:
    """Is a character in the set?"""
    variants = {char, char.lower(), char.upper(), char.casefold()} if characters.folds else (char,)
    return any(_holds(characters, one) for one in variants if len(one) == 1) is not characters.is_negated


def _holds(characters: Characters, char: str) -> bool:
    code = ord(char)
    if any(low <= code <= high for low, high in characters.ranges):
        return True
    if any(contains(part, char) for part in characters.parts):
        return True
    return bool(characters.categories) and _is_in(char, characters.categories)


def _is_in(char: str, categories: tuple[str, ...]) -> bool:
    from unicodedata import category

    found = category(char)
    return any(one == "Any" or found.startswith(one) for one in categories)
