from __future__ import annotations

from decimal import Decimal

import pytest

from kfinstall.quantity import parse_quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", 1),
        ("1000m", "1"),
        ("1Gi", "1024Mi"),
        ("0.5", "500m"),
        ("1e3", "1k"),
        ("2E", "2e18"),
        (".5", "0.5"),
        ("-1", -1),
    ],
)
def test_two_spellings_of_one_amount_are_equal(one, other) -> None:
    assert parse_quantity(one) == parse_quantity(other) is not None


@pytest.mark.parametrize("text", ["", "one", "1 Gi", "1gi", "1mi", "--1", True, None, [], "1e", "Gi"])
def test_what_is_no_quantity_has_no_amount(text) -> None:
    assert parse_quantity(text) is None


def test_amounts_are_exact() -> None:
    assert parse_quantity("100n") == Decimal("0.0000001")
