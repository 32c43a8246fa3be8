"""Once all that is left goes by itself, the record goes too: its namespace need not wait for the others."""

from __future__ import annotations

from contextlib import suppress

import pytest

from kfinstall.apply import Options, read_inventory
from kfinstall.errors import UnhealthyError
from kfinstall.resource import ResourceId
from tests.apply.sets import NAMESPACE, TARGET, apply, delete, new_cluster, parse, twelve
from tests.fakes import FakeCluster, Killed

WHOLE = Options(delete_data=True)
HOME = ResourceId("", "Namespace", "", "kfinstall-system")
LASTS_S = 5.0
LATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: late, namespace: default}
---
apiVersion: v1
kind: Namespace
metadata:
  name: app
  annotations: {config.kubernetes.io/depends-on: /namespaces/default/ConfigMap/late}
"""


def installed() -> FakeCluster:
    """Give a cluster where a namespace takes as long to go as it does in life."""
    cluster = new_cluster()
    assert not apply(cluster, twelve()).errors
    cluster.gone_after_s = LASTS_S
    return cluster


def took_s(cluster: FakeCluster, options: Options = WHOLE) -> float:
    began_s = cluster.clock.elapsed_s
    assert not delete(cluster, options).errors
    return cluster.clock.elapsed_s - began_s


def killed_after_handing_over(cluster: FakeCluster) -> None:
    cluster.after.append(lambda _, request: Killed() if request == ("delete", HOME) else None)
    with pytest.raises(Killed):
        delete(cluster, WHOLE)
    cluster.revive()
    assert read_inventory(TARGET, cluster) is None
    assert NAMESPACE in cluster.ids


def test_the_namespace_of_the_record_goes_beside_the_others():
    cluster = installed()
    crd_s = LASTS_S  # a definition goes before its operator's namespace may
    assert took_s(cluster) < crd_s + LASTS_S + 2.0
    assert {NAMESPACE, HOME} & cluster.ids == set()


def test_a_delete_after_one_that_was_killed_with_its_record_gone_waits_for_all_namespaces():
    cluster = installed()
    killed_after_handing_over(cluster)
    assert not delete(cluster, WHOLE).errors
    assert {NAMESPACE, HOME} & cluster.ids == set()


def test_where_such_a_namespace_does_not_go_the_next_delete_says_so_again():
    cluster = installed()
    cluster.put({**cluster.peek(NAMESPACE), "metadata": {"name": "app", "finalizers": ["example.com/held"]}})
    how = Options(delete_data=True, timeout_s=60.0)
    for _ in range(2):
        (error,) = delete(cluster, how).errors
        assert isinstance(error, UnhealthyError)
        assert "Namespace app is not gone after 60 s: it waits for example.com/held" in error.message
    assert HOME not in cluster.ids


def test_an_apply_while_such_namespaces_still_go_says_to_wait():
    cluster = installed()
    killed_after_handing_over(cluster)
    assert "namespace 'app' is being deleted" in apply(cluster, twelve()).texts


def test_the_record_stays_while_something_goes_only_after_a_namespace():
    cluster = new_cluster()
    assert not apply(cluster, parse(LATE)).errors
    cluster.gone_after_s = LASTS_S
    late = ResourceId("", "ConfigMap", "default", "late")
    cluster.before.append(lambda _, request: Killed() if request == ("delete", late) else None)
    with pytest.raises(Killed):
        delete(cluster)
    cluster.revive()
    assert {member.id for member in read_inventory(TARGET, cluster).members} >= {late}
    assert not delete(cluster).errors
    assert late not in cluster.ids


def test_the_record_stays_while_a_claim_stays():
    cluster = new_cluster("app")
    assert not apply(cluster, [one for one in twelve() if one.id != NAMESPACE]).errors
    assert not delete(cluster).errors
    assert [member.id.kind for member in read_inventory(TARGET, cluster).members] == ["PersistentVolumeClaim"]


@pytest.mark.parametrize("number", range(1, 90))
def test_killed_at_any_request_the_next_delete_leaves_nothing(number: int):
    cluster = new_cluster()
    before = cluster.ids
    assert not apply(cluster, twelve()).errors
    cluster.kill_at(number, answered=True)
    with suppress(Killed):
        assert not delete(cluster, WHOLE).errors
    cluster.revive()
    assert not delete(cluster, WHOLE).errors
    assert cluster.ids == before
