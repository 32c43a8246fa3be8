"""Programs that a build runs are bounded: what does not end, or prints without end, is ended."""

from __future__ import annotations

import sys

import pytest

from kfinstall.errors import InputError
from kfinstall.load.process import Limits, Order, run
from kfinstall.resource import Origin


@pytest.mark.parametrize(
    "program", ["import time; time.sleep(600)", "while True: print('x' * 1000)"], ids=["never ends", "prints on and on"]
)
def test_a_program_that_exceeds_a_limit_is_ended(program: str) -> None:
    order = Order([sys.executable, "-c", program], "the program", Origin("k.yaml", 3))
    with pytest.raises(InputError) as caught:
        run(order, Limits(time_s=0.5, output_bytes=5000))
    assert caught.value.origin == Origin("k.yaml", 3)


def test_what_a_program_within_the_limits_prints_is_given() -> None:
    order = Order([sys.executable, "-c", "print(input())"], "the program", Origin("k.yaml"), stdin=b"hello\n")
    assert run(order).stdout.strip() == b"hello"
