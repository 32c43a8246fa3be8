from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.plan import Edge, order, reverse, waves
from kfinstall.plan.edges import without_circles
from kfinstall.plan.graph import find_cycle, knots
from kfinstall.resource import ResourceId

IDS = [ResourceId("", "ConfigMap", "demo", f"n{number}") for number in range(12)]


def edge(before: int, after: int) -> Edge:
    return Edge(IDS[before], IDS[after], "healthy", f"{before} before {after}")


graphs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]))
acyclic = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]))


def test_the_order_given_is_kept_where_nothing_waits() -> None:
    assert order(IDS[:4], [edge(2, 0)]) == (IDS[1], IDS[2], IDS[0], IDS[3])


def test_edges_to_ids_that_are_not_there_are_left_out() -> None:
    assert order(IDS[:2], [edge(5, 0), edge(1, 7)]) == (IDS[0], IDS[1])


@given(acyclic, st.permutations(range(12)))
def test_what_is_waited_for_comes_first(pairs: list[tuple[int, int]], places: list[int]) -> None:
    edges = [edge(*pair) for pair in pairs]
    found = order([IDS[n] for n in places], edges)
    place = {id: n for n, id in enumerate(found)}
    assert sorted(found) == sorted(IDS)
    assert all(place[e.before] < place[e.after] for e in edges)


@given(graphs)
def test_there_is_an_order_or_a_cycle_but_never_both(pairs: list[tuple[int, int]]) -> None:
    edges = [edge(*pair) for pair in pairs]
    cycle = find_cycle(edges)
    if not cycle:
        assert not knots(edges)
        assert len(order(IDS, edges)) == len(IDS)
        return
    assert all(e in edges for e in cycle)
    assert [e.after for e in cycle] == [*[e.before for e in cycle[1:]], cycle[0].before]
    with pytest.raises(InputError, match="wait for each other"):
        order(IDS, edges)


@given(acyclic, graphs)
def test_edges_that_yield_never_close_a_circle_and_firm_ones_stay(firm, yielding) -> None:
    firm_edges = [edge(*pair) for pair in firm]
    kept = without_circles(firm_edges, [edge(*pair) for pair in yielding])
    assert not knots(kept)
    assert {e[:2] for e in firm_edges} <= {e[:2] for e in kept}


def test_a_long_chain_needs_no_recursion() -> None:
    ids = [ResourceId("", "ConfigMap", "demo", str(n)) for n in range(5000)]
    edges = [Edge(one, other, "applied", "") for one, other in pairwise(ids)]
    assert waves(ids[::-1], edges)[ids[-1]] == 4999
    assert knots([*edges, Edge(ids[-1], ids[0], "applied", "")])[ids[17]]


def test_reversed_edges_wait_until_all_is_gone() -> None:
    (back,) = reverse([Edge(IDS[0], IDS[1], "applied", "why")])
    assert back == Edge(IDS[1], IDS[0], "healthy", "why")


def test_depth_counts_the_longest_way() -> None:
    assert waves(IDS[:4], [edge(0, 1), edge(1, 3), edge(0, 3)]) == {IDS[0]: 0, IDS[1]: 1, IDS[2]: 0, IDS[3]: 2}
