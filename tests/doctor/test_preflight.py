"""What is certain before an install, and what is not: a fake cluster says what the API server would."""

from __future__ import annotations

from typing import Any

from kfinstall.apply import look
from kfinstall.doctor.kinds import MUTATING_WEBHOOKS, NODE, STORAGE_CLASS, VALIDATING_WEBHOOKS
from kfinstall.doctor.preflight import look_ahead
from tests.apply.sets import TARGET, new_cluster, parse

NOTHING = {NODE: (), STORAGE_CLASS: (), MUTATING_WEBHOOKS: (), VALIDATING_WEBHOOKS: ()}
STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db, namespace: default}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: db}}}}
  template: {{metadata: {{labels: {{app: db}}}}, spec: {{containers: [{{name: db, image: "example.com/db:1"}}]}}}}
  volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{{spec}accessModes: [ReadWriteOnce]}}}}]
"""


def checks(text: str, known: Any = NOTHING) -> list[str]:
    cluster = new_cluster()
    plan = look(parse(text), TARGET, cluster).plan
    return [finding.check for finding in look_ahead(plan, cluster, cluster.clock.now(), known)]


def test_the_claims_that_a_stateful_set_will_make_need_a_class() -> None:
    assert checks(STATEFUL.format(replicas=1, spec="")) == ["KF301"]
    assert checks(STATEFUL.format(replicas=0, spec="")) == []
    assert checks(STATEFUL.format(replicas=1, spec="storageClassName: fast, ")) == []


def test_what_may_not_be_read_is_no_reason_to_stop() -> None:
    unread = dict.fromkeys(NOTHING)
    assert checks(STATEFUL.format(replicas=1, spec=""), unread) == []


def test_a_plan_that_writes_nothing_asks_nothing() -> None:
    cluster = new_cluster()
    plan = look((), TARGET, cluster).plan
    before = len(cluster.requests)
    assert look_ahead(plan, cluster, cluster.clock.now(), {}) == ()
    assert len(cluster.requests) == before
