from __future__ import annotations

import pytest

from kfinstall.cluster.retries import RETRIES, Retry, TransientError, run_with_retries, wait_s


def failing(times: int, kind: str, retry_after_s: float = 0.0):
    """Give a call that fails so many times, and then gives its number of calls."""
    calls = []

    def call() -> int:
        calls.append(None)
        if len(calls) <= times:
            raise TransientError(kind, ValueError("the last one"), retry_after_s)
        return len(calls)

    return call


@pytest.mark.parametrize("kind", RETRIES)
def test_each_kind_of_failure_is_tried_again_a_bounded_number_of_times(kind: str):
    most = RETRIES[kind].attempts
    waits: list[float] = []
    assert run_with_retries(failing(most - 1, kind), on_retry=lambda _: None, sleep=waits.append) == most
    assert sum(waits) < 120
    with pytest.raises(ValueError, match="the last one"):
        run_with_retries(failing(most, kind), on_retry=lambda _: None, sleep=waits.append)


@pytest.mark.parametrize("kind", ["503", "reset", "unreachable"])
def test_a_server_that_restarts_is_waited_for(kind: str):
    policy = RETRIES[kind]
    waits = [wait_s(TransientError(kind, ValueError()), attempt) for attempt in range(1, policy.attempts)]
    assert sum(waits) > 15


def test_waits_double_up_to_the_most_and_follow_what_the_server_asks():
    waits = [wait_s(TransientError("503", ValueError()), attempt) for attempt in range(1, 8)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert wait_s(TransientError("429", ValueError(), 30.0), 1) == 30.0
    assert wait_s(TransientError("429", ValueError(), 86400.0), 1) == 60.0  # no server puts us to sleep for a day


def test_each_repeat_is_told():
    told: list[Retry] = []
    run_with_retries(failing(2, "429"), on_retry=told.append, sleep=lambda _: None)
    assert [str(retry) for retry in told] == ["429, again in 0.5 s", "429, again in 1.0 s"]


def test_any_other_error_is_raised_at_once():
    def call() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        run_with_retries(call, on_retry=lambda _: None, sleep=lambda _: None)
