"""How many requests a run sends: each costs the API server more than all else that a run does."""

from __future__ import annotations

import pytest

from kfinstall.apply import Options, install, look, look_to_uninstall, uninstall
from kfinstall.apply.view import FRESH_S
from kfinstall.errors import ClusterError
from kfinstall.resource import ResourceId
from tests.apply.sets import (
    CONFIG,
    DEPLOYMENT,
    NAMESPACE,
    TARGET,
    Outcome,
    apply,
    delete,
    new_cluster,
    parse,
    twelve,
)
from tests.fakes import FakeCluster, Killed

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


def lists(cluster: FakeCluster, seen_s_ago: float) -> int:
    """Give how many lists it takes to apply a change that was looked at so long ago."""
    seen = look(twelve(), TARGET, cluster).dated(cluster.clock)
    cluster.clock.sleep(seen_s_ago)
    before = len(cluster.requests)
    assert not Outcome(install(twelve(), TARGET, cluster, cluster.clock, seen=seen)).errors
    return [(request.verb, request.id.kind) for request in cluster.requests[before:]].count(("list", "Deployment"))


def test_what_was_looked_at_just_now_is_not_read_again_under_the_lock():
    assert lists(new_cluster(), FRESH_S) == 0


def test_what_was_looked_at_a_while_ago_is_read_again_under_the_lock():
    assert lists(new_cluster(), FRESH_S + 0.1) == 1


def test_what_was_looked_at_before_another_run_began_is_read_again_though_it_is_young():
    cluster = new_cluster()
    seen = look(twelve(), TARGET, cluster).dated(cluster.clock)
    apply(cluster, twelve())
    assert not Outcome(install(twelve(), TARGET, cluster, cluster.clock, seen=seen)).of("sent")


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


WHOLE = Options(delete_data=True)


def deletes(cluster: FakeCluster) -> list[ResourceId]:
    return [request.id for request in cluster.requests if request.verb == "delete"]


def test_what_goes_with_its_namespace_needs_no_request_of_its_own():
    cluster = new_cluster()
    apply(cluster, twelve())
    outcome = delete(cluster, WHOLE)
    assert not outcome.errors
    assert len(outcome.of("pruned")) == len(twelve())
    assert CONFIG not in deletes(cluster)
    assert deletes(cluster).index(DEPLOYMENT) < deletes(cluster).index(NAMESPACE)
    assert CONFIG not in cluster.ids


def test_what_would_have_gone_with_a_namespace_that_stays_is_removed_alone():
    cluster = new_cluster()
    apply(cluster, twelve())
    foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "app"}}
    cluster.put(foreign)
    assert not delete(cluster, WHOLE).errors
    left = {id.name for id in cluster.ids if id.namespace == "app"}
    assert left == {"theirs"}


def test_what_would_have_gone_with_a_namespace_that_may_not_be_deleted_is_removed_alone():
    cluster = new_cluster()
    apply(cluster, twelve())
    refused = ClusterError("namespaces is forbidden", status=403, reason="Forbidden")
    cluster.before.append(lambda _, request: refused if request.verb == "delete" and request.id == NAMESPACE else None)
    assert [error.message for error in delete(cluster, WHOLE).errors] == [refused.message]
    assert NAMESPACE in cluster.ids
    assert CONFIG not in cluster.ids


def test_where_the_run_ends_before_the_namespace_the_next_one_goes_on():
    cluster = new_cluster()
    apply(cluster, twelve())
    cluster.before.append(lambda _, request: Killed() if request.verb == "delete" and request.id == NAMESPACE else None)
    with pytest.raises(Killed):
        delete(cluster, WHOLE)
    assert CONFIG in cluster.ids
    cluster.revive()
    assert not delete(cluster, WHOLE).errors
    assert not [id for id in cluster.ids if id.namespace == "app"]


def test_what_the_slow_wait_for_is_sent_before_what_nothing_waits_for():
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}, namespace: app}}\ndata: {{}}\n"
    alone = parse("---\n".join(text.format(i=i) for i in range(60)))
    cluster = new_cluster()
    assert not apply(cluster, (*alone, *twelve())).errors
    sent = [request.id for request in cluster.requests if request.verb == "apply"]
    assert sent.index(DEPLOYMENT) < sent.index(alone[-1].id)
