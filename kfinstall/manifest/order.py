"""The order in which kustomize prints the keys of a mapping.

Source: go.yaml.in/yaml/v2, sorter.go. The order is not transitive where digit runs meet letters or leading zeros; there
kustomize's own output varies from run to run.
"""

from __future__ import annotations

from kfinstall.light import remembered

BY_CODE_POINT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./:-"
INT64 = 2**64


@remembered(16384)
def order_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Give the keys in the order they are printed in: `a1 a2 a10`, `x- x. x1 xA xa`."""
    if not any(key.strip(BY_CODE_POINT) for key in keys):
        return tuple(sorted(keys))
    from functools import cmp_to_key

    return tuple(sorted(keys, key=cmp_to_key(compare_keys)))


def compare_keys(one: str, other: str) -> int:
    """Give a negative number if `one` comes first, a positive one if `other` does, 0 if they are the same.

    At the first difference letters go by code point and after all else; digit runs go by value, then by length.
    """
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return _compare_at(one, other, i)
    return len(one) - len(other)


def _compare_at(one: str, other: str, i: int) -> int:
    a, b = one[i], other[i]
    if a.isalpha() or b.isalpha():
        return ord(a) - ord(b) if a.isalpha() and b.isalpha() else 1 if a.isalpha() else -1
    run, other_run = _digits(one, i), _digits(other, i)
    lead = "1" if "0" in (a, b) and _follows_nonzero(one, i) else ""
    return _int64(lead + run) - _int64(lead + other_run) or len(run) - len(other_run) or ord(a) - ord(b)


def _digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isdecimal():
        end += 1
    return text[start:end]


def _follows_nonzero(text: str, i: int) -> bool:
    while i > 0 and text[i - 1].isdecimal():
        if text[i - 1] != "0":
            return True
        i -= 1
    return False


def _int64(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 10 + ord(digit) - ord("0")
    return (value + INT64 // 2) % INT64 - INT64 // 2
