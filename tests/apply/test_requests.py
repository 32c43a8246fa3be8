"""How many requests a run sends: each costs the API server more than all else that a run does."""

from __future__ import annotations

from kfinstall.apply import install, look, look_to_uninstall, uninstall
from tests.apply.sets import TARGET, Outcome, apply, new_cluster, parse, twelve

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {{name: s{i}, namespace: default}}\nstringData: {{word: w{i}}}\n"


def secrets(count: int):
    return parse("---\n".join(SECRET.format(i=i) for i in range(count)))


def test_what_was_looked_at_is_not_read_again_where_there_is_nothing_to_do():
    cluster = new_cluster()
    apply(cluster, twelve())
    seen = look(twelve(), TARGET, cluster)
    before = len(cluster.requests)
    assert Outcome(install(twelve(), TARGET, cluster, cluster.clock, seen=seen)).summary.startswith("nothing to do")
    assert len(cluster.requests) == before


def test_what_was_looked_at_is_read_again_under_the_lock():
    cluster = new_cluster()
    seen = look(twelve(), TARGET, cluster)
    apply(cluster, twelve())
    outcome = Outcome(install(twelve(), TARGET, cluster, cluster.clock, seen=seen))
    assert not outcome.errors
    assert not outcome.of("sent")


def test_an_unchanged_set_costs_a_list_a_kind_and_what_the_record_is_in():
    cluster = new_cluster()
    apply(cluster, twelve())
    kinds = len({resource.id.group_kind for resource in twelve()})
    before = len(cluster.requests)
    apply(cluster, twelve())
    assert [request.verb for request in cluster.requests[before:]].count("list") == kinds
    assert len(cluster.requests) - before == kinds + 2


def test_an_uninstall_does_not_read_twice_what_was_shown():
    first, second = new_cluster(), new_cluster()
    for cluster in (first, second):
        apply(cluster, twelve())
        before = len(cluster.requests)
        seen = look_to_uninstall(TARGET, cluster)
        assert not Outcome(uninstall(TARGET, cluster, cluster.clock, seen=seen if cluster is first else None)).errors
        cluster.requests[:] = cluster.requests[before:]
    assert len(first.requests) < len(second.requests)
    assert first.ids == second.ids


def test_what_many_secrets_held_is_kept_at_the_price_of_one():
    one, many = new_cluster(), new_cluster()
    for cluster, count in ((one, 1), (many, 40)):
        assert not apply(cluster, secrets(count)).errors
    creates = [sum(request.verb == "create" for request in cluster.requests) for cluster in (one, many)]
    assert creates[0] == creates[1]
