"""What goes with a namespace is deleted while Kubernetes leaves the namespace alone, once no pod is in it."""

from __future__ import annotations

from kfinstall.apply import Options
from kfinstall.errors import ClusterError
from kfinstall.resource import Manifest, ResourceId
from tests.apply.sets import CONFIG, NAMESPACE, apply, delete, new_cluster, twelve
from tests.fakes import FakeCluster

WHOLE = Options(delete_data=True)
POD_ID = ResourceId("", "Pod", "app", "web-1")
CONFIG_MAPS = ResourceId("", "ConfigMap", "app", "")


def installed() -> FakeCluster:
    """Give a cluster where a namespace takes as long to go as it does in life."""
    cluster = new_cluster()
    assert not apply(cluster, twelve()).errors
    cluster.gone_after_s = 5.0
    return cluster


def pod() -> Manifest:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "1", "controller": True}
    metadata = {"name": "web-1", "namespace": "app", "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def swept_at_s(cluster: FakeCluster) -> list[float]:
    """Note, from now on, when ConfigMaps were deleted all together."""
    times: list[float] = []

    def note(_: int, request: object) -> None:
        if request == ("delete", CONFIG_MAPS):
            times.append(cluster.clock.elapsed_s)

    cluster.before.append(note)
    return times


def test_what_is_inert_is_deleted_before_its_namespace_is_gone():
    cluster = installed()
    began_s, times = cluster.clock.elapsed_s, swept_at_s(cluster)
    outcome = delete(cluster, WHOLE)
    assert not outcome.errors
    assert outcome.summary == f"{len(twelve())} removed"
    assert [round(time_s - began_s) for time_s in times] == [0]


def test_while_a_pod_is_still_ending_nothing_is_taken_from_it():
    cluster = installed()
    cluster.put(pod())
    cluster.clock.call_in(2.2, lambda: cluster.take_away(POD_ID))
    began_s, times = cluster.clock.elapsed_s, swept_at_s(cluster)
    assert not delete(cluster, WHOLE).errors
    assert len(times) == 1
    assert 2.2 <= times[0] - began_s < 5.0


def test_where_it_may_not_be_deleted_together_it_goes_with_its_namespace():
    cluster = installed()
    refused = ClusterError("deletecollection is forbidden", status=403, reason="Forbidden")
    cluster.before.append(lambda _, request: refused if request == ("delete", CONFIG_MAPS) else None)
    assert not delete(cluster, WHOLE).errors
    assert CONFIG not in cluster.ids


def test_in_a_namespace_that_stays_nothing_is_deleted_together():
    cluster = installed()
    cluster.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "app"}})
    times = swept_at_s(cluster)
    assert not delete(cluster, WHOLE).errors
    assert NAMESPACE in cluster.ids
    assert times == []
