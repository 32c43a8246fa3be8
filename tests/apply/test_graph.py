from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kfinstall.apply.graph import Ready, make_frontier, ranks
from kfinstall.plan.model import Edge
from kfinstall.resource import ResourceId


def node(name: object) -> ResourceId:
    return ResourceId("", "ConfigMap", "x", str(name))


def edge(before: str, after: str, until: str = "healthy") -> Edge:
    return Edge(node(before), node(after), until, "because")  # type: ignore[arg-type]


def test_what_waits_for_nothing_starts_in_the_order_given():
    frontier = make_frontier([node("b"), node("a"), node("c")], [edge("a", "c")])
    assert frontier.start() == [node("b"), node("a")]


def test_an_edge_until_applied_does_not_wait_for_health():
    frontier = make_frontier([node("a"), node("b")], [edge("a", "b", "applied")])
    assert frontier.reach(node("a"), "applied") == [node("b")]


def test_an_edge_until_healthy_does():
    frontier = make_frontier([node("a"), node("b")], [edge("a", "b")])
    assert frontier.reach(node("a"), "applied") == []
    assert frontier.reach(node("a"), "healthy") == [node("b")]
    assert frontier.reach(node("a"), "healthy") == []


def test_what_waits_for_two_waits_for_both():
    frontier = make_frontier([node("a"), node("b"), node("c")], [edge("a", "c"), edge("b", "c")])
    assert frontier.reach(node("a"), "healthy") == []
    assert frontier.reach(node("b"), "healthy") == [node("c")]


def test_a_failure_skips_all_that_can_never_be_tried_and_names_what_each_needed():
    frontier = make_frontier([node(n) for n in "abcd"], [edge("a", "b"), edge("b", "c"), edge("a", "d", "applied")])
    frontier.reach(node("a"), "applied")
    skips = frontier.fail(node("a"))
    assert [(skip.id, skip.needed, skip.cause) for skip in skips] == [
        (node("b"), node("a"), node("a")),
        (node("c"), node("b"), node("a")),
    ]


def test_edges_to_what_is_not_in_the_run_are_left_out():
    frontier = make_frontier([node("a")], [edge("gone", "a")])
    assert frontier.start() == [node("a")]


def test_what_the_slow_wait_for_goes_before_what_nothing_waits_for():
    ids = [node(name) for name in ("alone", "needed", "long", "longer", "slow")]
    edges = [edge("needed", "slow"), edge("long", "longer")]
    ready = Ready(make_frontier(ids, edges).start(), ranks(ids, edges, lambda id: id.name == "slow"))
    assert [ready.pop().name for _ in range(3)] == ["needed", "long", "alone"]
    assert not ready


def test_what_matters_as_much_keeps_its_order_and_what_comes_later_may_overtake():
    ids = [node(name) for name in "abcd"]
    ready = Ready(ids[:3], ranks(ids, [], lambda id: id.name == "d"))
    assert ready.pop() == node("a")
    ready.extend([node("d")])
    assert [ready.pop().name for _ in range(3)] == ["d", "b", "c"]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from(["applied", "healthy"])), max_size=40)
)
def test_every_edge_is_respected_whatever_the_graph(pairs: list[tuple[int, int, str]]):
    edges = [Edge(node(a), node(b), until, "") for a, b, until in pairs if a < b]  # type: ignore[arg-type]
    frontier = make_frontier([node(n) for n in range(13)], edges)
    order: list[tuple[ResourceId, str]] = []
    ready = frontier.start()
    while ready:
        id = ready.pop()
        order.append((id, "sent"))
        for until in ("applied", "healthy"):
            order.append((id, until))
            ready += frontier.reach(id, until)  # type: ignore[arg-type]
    assert len(order) == 39
    for one in edges:
        assert order.index((one.before, one.until)) < order.index((one.after, "sent"))
