"""The order of keys."""

import pytest

from kfinstall.manifest import order_keys
from kfinstall.manifest.order import compare_keys


@pytest.mark.parametrize(
    "ordered",
    [
        ("apiVersion", "kind", "metadata", "spec"),
        ("Z", "a"),
        ("a1", "a2", "a10"),
        ("x-", "x.", "x/", "x_", "x1", "x9", "xA", "xa"),
        ("a", "a-b", "a.b", "aB", "ab"),
        ("1", "2", "10", "a"),
        ("a1", "a01"),
        ("a-1", "a-01-b"),
        ("abc", "abcd"),
        ("_a", "a", "é"),
    ],
)
def test_keys_are_printed_in_natural_order(ordered):
    for keys in (ordered, tuple(reversed(ordered))):
        assert order_keys(keys) == ordered


def test_equal_keys_compare_equal():
    assert compare_keys("a1", "a1") == 0


def test_digit_runs_too_long_for_64_bits_wrap_as_they_do_in_go():
    assert compare_keys("a9223372036854775808", "a1") < 0
