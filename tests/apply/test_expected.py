"""A custom resource that will have a status is not healthy before it has one: what needs it would begin too early."""

from __future__ import annotations

from typing import Any

import pytest

from kfinstall.apply import Options, status
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, Resource, ResourceId
from tests.apply.sets import TARGET, apply, new_cluster, parse
from tests.fakes import FakeCluster

STATUS = "{type: object, properties: {conditions: {type: array, items: {type: object}}}}"
CRD = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: gears.example.com}}
spec:
  group: example.com
  names: {{kind: Gear, plural: gears, singular: gear, listKind: GearList}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {{status: {{}}}}
    schema: {{openAPIV3Schema: {{type: object, properties: {{status: {STATUS}}}}}}}
"""
GEAR = "{apiVersion: example.com/v1, kind: Gear, metadata: {name: NAME, namespace: app}, spec: {teeth: 9}}"
NEEDS_IT = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: after
  namespace: app
  annotations: {config.kubernetes.io/depends-on: example.com/namespaces/app/Gear/one}
"""
ONE = ResourceId("example.com", "Gear", "app", "one")
AFTER = ResourceId("", "ConfigMap", "app", "after")
DEFINITION = ResourceId("apiextensions.k8s.io", "CustomResourceDefinition", "", "gears.example.com")


def gears(*names: str) -> list[str]:
    return [GEAR.replace("NAME", name) for name in names]


def documents(*texts: str) -> tuple[Resource, ...]:
    return parse("\n---\n".join(texts))


def controlled_after(cluster: FakeCluster, after_s: float, *names: str) -> None:
    """Have a controller write the status of the gears so many seconds from now."""

    def write() -> None:
        for name in names:
            ready: dict[str, Any] = {"conditions": [{"type": "Ready", "status": "True"}]}
            cluster.put({**cluster.peek(ONE._replace(name=name)), "status": ready})

    cluster.clock.call_in(after_s, write)


def test_what_needs_it_waits_until_its_controller_has_written_a_status():
    cluster = new_cluster("app")
    controlled_after(cluster, 40.0, "one")
    outcome = apply(cluster, documents(CRD, *gears("one"), NEEDS_IT))
    assert outcome.errors == []
    [sent_s] = [event.at_s for event in outcome.of("sent") if event.id == AFTER]
    assert 40.0 <= sent_s < 50.0


def test_the_definition_is_asked_for_once_where_it_is_not_in_the_set_and_not_where_a_status_is_there():
    cluster = new_cluster("app")
    cluster.put(documents(CRD)[0].manifest)
    controlled_after(cluster, 9.0, "one", "two", "three")
    set_ = documents(*gears("one", "two", "three"))
    assert apply(cluster, set_).errors == []
    asked = [request for request in cluster.requests if request == ("get", DEFINITION)]
    assert len(asked) == 1
    before = len(cluster.requests)
    assert apply(cluster, set_).errors == []
    assert ("get", DEFINITION) not in cluster.requests[before:]


def test_one_that_never_gets_a_status_fails_at_its_deadline_and_says_what_to_do():
    cluster = new_cluster("app")
    outcome = apply(cluster, documents(CRD, *gears("one"), NEEDS_IT), Options(timeout_s=30))
    assert "no controller has written its status; does the one of this kind run?" in outcome.texts
    assert "kfinstall.dev/health: ignore" in outcome.texts
    assert [event.id for event in outcome.of("skipped")] == [AFTER]
    rows = {row.id: row.health for row in status(TARGET, cluster, cluster.clock)}
    assert rows[ONE].status == "InProgress"
    assert "no controller has written" in rows[ONE].message


@pytest.mark.parametrize("part", ["subresources: {status: {}}", "conditions: {type: array, items: {type: object}}"])
def test_a_kind_whose_definition_promises_no_conditions_is_not_waited_for(part: str):
    cluster = new_cluster("app")
    assert part in CRD
    less = CRD.replace(part, "deprecated: false" if part.startswith("sub") else "")
    assert apply(cluster, documents(less, *gears("one"), NEEDS_IT)).errors == []
    assert cluster.clock.elapsed_s < 10


def test_who_may_not_read_definitions_learns_nothing_and_waits_for_nothing():
    cluster = new_cluster("app")
    cluster.put(documents(CRD)[0].manifest)
    refused = ClusterError("no", status=403, reason="Forbidden")
    cluster.before.append(lambda _, request: refused if request == ("get", DEFINITION) else None)
    assert apply(cluster, documents(*gears("one"))).errors == []
    assert GroupKind("example.com", "Gear") in cluster.kinds()
