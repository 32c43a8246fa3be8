from __future__ import annotations

import threading
from functools import reduce

import pytest

from kfinstall.cluster.limit import MOST, START, Limit, Pace, answered, narrowed


def after(pace: Pace, *took_s: float, is_full: bool = True) -> Pace:
    return reduce(lambda so_far, took: answered(so_far, took, is_full=is_full), took_s, pace)


def served_by(pace: Pace, *, way_s: float, work_s: float, answers: int = 3000) -> Pace:
    """Give the pace after answers of a server so far away that does one request after another."""
    pace = answered(pace, way_s + work_s, is_full=False)
    for _ in range(answers):
        pace = answered(pace, max(way_s + work_s, int(pace.allowed) * work_s), is_full=True)
    return pace


def test_the_pace_halves_when_the_server_is_busy_and_never_reaches_nothing():
    paces = [Pace()]
    for _ in range(5):
        paces.append(narrowed(paces[-1]))
    assert [pace.allowed for pace in paces] == [8, 4, 2, 1, 1, 1]


def test_after_the_server_was_busy_the_pace_grows_by_one_a_round_back_to_where_it_began():
    pace = after(narrowed(narrowed(Pace())), 0.01)
    assert 2 < pace.allowed < 3
    assert after(pace, *[0.05] * 100).allowed == START


@pytest.mark.parametrize(
    ("way_s", "work_s", "least", "most"),
    [(0.0, 0.004, START, START), (0.02, 0.001, 18, 26), (0.1, 0.001, MOST, MOST), (0.06, 0.004, 15, 21)],
    ids=["here", "near and quick", "far and quick", "far"],
)
def test_more_is_under_way_the_farther_the_server_is_and_no_more_than_it_works_off(way_s, work_s, least, most):
    assert least <= int(served_by(Pace(), way_s=way_s, work_s=work_s).allowed) <= most


def test_a_server_that_becomes_slow_gets_fewer_again_but_not_fewer_than_at_the_start():
    assert served_by(Pace(), way_s=0.1, work_s=0.001).allowed == MOST
    slow = served_by(Pace(), way_s=0.1, work_s=0.001)
    assert after(slow, *[0.8] * 3000).allowed == START


def test_what_is_not_used_does_not_grow():
    assert after(Pace(), *[0.05] * 1000, is_full=False).allowed == START


def test_an_answer_that_took_no_time_is_no_error():
    assert after(Pace(), 0.0, 0.0).allowed >= START


def test_each_change_is_told_of_in_the_log(caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO"):
        Limit().narrow()
    assert caplog.messages == ["requests under way at most: 4"]


def test_no_more_requests_are_under_way_than_allowed():
    limit = Limit()
    limit.narrow()
    limit.narrow()
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
