"""The released workflow controller needs the rights that we give it: without one of them it is refused, and says which.

These tests have a module of their own: no other controller may be at work that would do what this one must not.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.sites import Site
from tests.programs.running import NAMESPACE, without
from tests.programs.workflows import CONTROLLER, EXECUTOR, controlling, status, submit

REFUSALS = [
    ("role/argo-role", "update", "leases"),
    ("clusterrole/argo-cluster-role", "create", "pods"),
    ("clusterrole/argo-cluster-role", "list", "workflowtaskresults"),
]


@pytest.mark.parametrize(("role", "verb", "resource"), REFUSALS, ids=[f"{verb}-{what}" for _, verb, what in REFUSALS])
def test_without_one_of_its_rights_it_is_refused_and_no_workflow_succeeds(
    installed: Site, workflow_controller: Path, tmp_path: Path, role: str, verb: str, resource: str
) -> None:
    workflow = submit(installed, f"without-{verb}-{resource}")
    with without(installed, role, resource, verb), controlling(installed, workflow_controller, tmp_path) as controller:
        controller.program.until_refused(CONTROLLER, verb, resource)
    assert status(installed, workflow).get("phase") != "Succeeded"
    installed.kubectl("delete", "workflow", workflow, "-n", NAMESPACE)


@pytest.mark.parametrize("verb", ["create", "patch"])
def test_the_steps_of_a_workflow_can_report_and_nothing_else_of_its_kinds(installed: Site, verb: str) -> None:
    allowed = {
        resource
        for resource in ("workflowtaskresults", "workflows", "pods", "secrets")
        if _may(installed, verb, resource)
    }
    assert allowed == {"workflowtaskresults"}


def _may(site: Site, verb: str, resource: str) -> bool:
    """Ask the API server what the account of workflows may do."""
    group = "argoproj.io" if resource.startswith("workflow") else ""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{NAMESPACE}:{EXECUTOR}",
            "resourceAttributes": {"namespace": NAMESPACE, "verb": verb, "group": group, "resource": resource},
        },
    }
    answer = site.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review))
    return bool(json.loads(answer)["status"]["allowed"])
