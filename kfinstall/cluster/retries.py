"""Which failed requests are sent again, how often, and after how long: one table.

Every request we send may be repeated: reads; server-side applies; creates and deletes whose second answer (already
exists, not found) the caller knows; updates that carry a resourceVersion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

T = TypeVar("T")


class Policy(NamedTuple):
    """At most `attempts` tries in all; waits grow from `base_s` by doubling, up to `max_s`."""

    attempts: int
    base_s: float
    max_s: float


RETRIES: dict[str, Policy] = {
    "429": Policy(12, 0.5, 10.0),
    "500": Policy(7, 0.2, 4.0),
    "502": Policy(8, 0.5, 5.0),
    "503": Policy(8, 0.5, 8.0),
    "504": Policy(4, 0.5, 5.0),
    "reset": Policy(10, 0.1, 5.0),
    "timeout": Policy(2, 0.1, 1.0),
    "unreachable": Policy(9, 0.2, 8.0),
    "never-reached": Policy(2, 0.2, 1.0),
}
"""Source: client-go's transport (Retry-After), API priority and fairness (429), etcd leader changes (500, 503), and a
restart of the API server, which takes some ten seconds: refused connections, resets and 502 behind a load balancer.
A server never reached fails at once."""


LONGEST_ASKED_S: Final = 60.0
"""A server that asks for more is asked again after that."""


class Retry(NamedTuple):
    """One repeat, for whoever wants to show it."""

    cause: str
    attempt: int
    wait_s: float

    def __str__(self) -> str:
        return f"{self.cause}, again in {self.wait_s:.1f} s"


class TransientError(Exception):
    """A failure worth another try. `error` is what the caller sees when it was the last."""

    def __init__(self, kind: str, error: Exception, retry_after_s: float = 0.0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.error = error
        self.retry_after_s = retry_after_s


def run_with_retries(call: Callable[[], T], *, on_retry: Callable[[Retry], None], sleep: Callable[[float], Any]) -> T:
    """Give what `call` gives, trying again after each TransientError as the table says.

    Raises:  the `error` of the last TransientError when the tries are used up.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=lambda state: wait_s(_failure(state), state.attempt_number),
        stop=lambda state: state.attempt_number >= RETRIES[_failure(state).kind].attempts,
        before_sleep=lambda state: on_retry(_describe(state)),
        sleep=sleep,
        reraise=True,
    )
    try:
        return retrying(call)
    except TransientError as failure:
        raise failure.error from failure.__cause__


def wait_s(failure: TransientError, attempt: int) -> float:
    """Give the seconds to wait after a try: what the server asks for, else doubling from the policy's base."""
    policy = RETRIES[failure.kind]
    growing = min(policy.base_s * 2.0 ** (attempt - 1), policy.max_s)
    return float(max(growing, min(failure.retry_after_s, LONGEST_ASKED_S)))


def _failure(state: RetryCallState) -> TransientError:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, TransientError)
    return failure


def _describe(state: RetryCallState) -> Retry:
    failure = _failure(state)
    return Retry(failure.kind, state.attempt_number, wait_s(failure, state.attempt_number))
