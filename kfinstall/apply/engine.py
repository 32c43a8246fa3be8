"""What a run stands on: workers, watches, timers, and one inbox where all they say arrives."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from kfinstall.apply.messages import ANSWERS, Message, Retried
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.watches import Watches
from kfinstall.errors import ClusterError
from kfinstall.resource import ResourceId

WORKERS_AT_MOST: Final = 40
"""A thread is only started when all others are busy, and how many are is up to `room`."""
SPARE: Final = 4
"""So many more are handed out than requests may be under way, so that none waits for the thread that decides; the rest
can be overtaken."""
IDLE_WAIT_S: Final = 3600.0


class Timer(NamedTuple):
    """A moment at which a resource must be looked at again."""

    at_s: float
    number: int
    id: ResourceId


class WorkerClock:
    """The run's clock for those who wait in a worker: their sleep ends in an error once the run is to stop."""

    def __init__(self, clock: Clock, is_stopping: threading.Event) -> None:
        self._clock = clock
        self._is_stopping = is_stopping
        self.now, self.monotonic, self.receive = clock.now, clock.monotonic, clock.receive

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:  ClusterError when the run is to stop.
        """
        self._clock.sleep(seconds)
        if self._is_stopping.is_set():
            raise interrupted()


def interrupted() -> ClusterError:
    """Give the error of what was not done because the run is to stop."""
    return ClusterError("interrupted before it was done", status=499, reason="Interrupted")


class Engine:
    """Owner of the workers and watches of one run; a context manager. Leaving it waits for requests in flight."""

    def __init__(
        self, cluster: Cluster, clock: Clock, label: str, ids: Iterable[ResourceId], guard: Callable[[], None]
    ) -> None:
        self.clock = clock
        self.inbox: SimpleQueue[Message] = SimpleQueue()
        self.in_flight = 0
        self._guard = guard
        self._is_stopping = threading.Event()
        self.worker_clock = WorkerClock(clock, self._is_stopping)
        self.cluster = cluster.bound(guard=self._check, on_retry=self._tell_retry)
        self.watches = Watches(self.cluster, self.inbox.put, label, ids)
        self._pool = ThreadPoolExecutor(WORKERS_AT_MOST, thread_name_prefix="kfinstall-send")
        self._timers: list[Timer] = []
        self._numbers = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_stopping.set()
        self.watches.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def room(self) -> int:
        """How many requests to hand out at once, at most."""
        return self.cluster.in_flight_at_most + SPARE

    def submit(self, work: Callable[[], Message], on_error: Callable[[BaseException], Message]) -> None:
        """Have a worker do something; what it gives, or the error as a message, arrives in the inbox."""
        self.in_flight += 1

        def run() -> None:
            try:
                message = work()
            except BaseException as error:  # noqa: BLE001  # handed to the thread that decides; it raises bugs
                message = on_error(error)
            self.inbox.put(message)

        self._pool.submit(run)

    def wake(self, id: ResourceId, after_s: float) -> None:
        """Have `receive` name a resource once so many seconds have passed."""
        heapq.heappush(self._timers, Timer(self.clock.monotonic() + after_s, next(self._numbers), id))

    def receive(self) -> tuple[list[Message], list[ResourceId]]:
        """Wait until there is something to do; give all messages that are there, and the timers that are due."""
        wait_s = self._timers[0].at_s - self.clock.monotonic() if self._timers else IDLE_WAIT_S
        first = self.clock.receive(self.inbox, max(wait_s, 0.0), is_idle=self.in_flight == 0)
        messages = [*([first] if first is not None else []), *self.drain()]
        self.in_flight -= sum(isinstance(message, ANSWERS) for message in messages)
        return messages, list(self._due())

    def drain(self) -> Iterator[Message]:
        """Give the messages that are there, without waiting."""
        while True:
            try:
                yield self.inbox.get_nowait()
            except Empty:
                return

    def _due(self) -> Iterator[ResourceId]:
        now_s = self.clock.monotonic()
        while self._timers and self._timers[0].at_s <= now_s:
            yield heapq.heappop(self._timers).id

    def _check(self) -> None:
        if self._is_stopping.is_set():
            raise interrupted()
        self._guard()

    def _tell_retry(self, retry: Any) -> None:
        if self._is_stopping.is_set():
            raise interrupted()
        self.inbox.put(Retried(str(retry)))
