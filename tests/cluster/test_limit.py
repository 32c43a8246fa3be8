from __future__ import annotations

import threading

from kfinstall.cluster.limit import Limit


def test_the_limit_halves_when_the_server_is_busy_and_never_reaches_nothing():
    limit = Limit(8)
    seen = []
    for _ in range(5):
        limit.narrow()
        seen.append(limit.allowed)
    assert seen == [4, 2, 1, 1, 1]


def test_the_limit_grows_by_one_for_each_round_that_went_well_up_to_its_most():
    limit = Limit(4)
    limit.narrow()
    limit.narrow()
    limit.widen()
    assert limit.allowed == 2
    for _ in range(50):
        limit.widen()
    assert limit.allowed == 4


def test_no_more_requests_are_under_way_than_allowed():
    limit = Limit(2)
    under_way, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal under_way, most
        for _ in range(50):
            with limit.slot():
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                with lock:
                    under_way -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 2
