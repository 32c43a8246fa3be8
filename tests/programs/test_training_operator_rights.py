"""The released training operator needs the rights that we give it: without one of them it is refused, and says which.

These tests have a module of their own: no other operator may be at work that would do what this one must not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.sites import Site
from tests.programs.operators import (
    MPI,
    PADDLE,
    PYTORCH,
    TF,
    XGBOOST,
    Kind,
    conditions,
    mount_certificate,
    operating,
    submit,
)
from tests.programs.running import NAMESPACE, without

REFUSALS = [
    (TF, "clusterrole/tf-job-operator", "create", "pods"),
    (TF, "clusterrole/tf-job-operator", "list", "services"),
    (TF, "clusterrole/tf-job-operator", "update", "tfjobs/status"),
    (TF, "role/tf-job-operator", "update", "secrets"),
    (PYTORCH, "clusterrole/pytorch-operator", "create", "services"),
    (PYTORCH, "clusterrole/pytorch-operator", "list", "pytorchjobs"),
    (PYTORCH, "clusterrole/pytorch-operator", "list", "validatingwebhookconfigurations"),
    (MPI, "clusterrole/mpi-operator", "create", "rolebindings"),
    (PADDLE, "clusterrole/paddle-operator", "update", "paddlejobs/status"),
    (XGBOOST, "clusterrole/xgboost-operator", "list", "xgboostjobs"),
]
"""Whose rights lack what."""

BEFORE_CERTIFICATE = ("secrets", "validatingwebhookconfigurations")
"""What it needs before it has a certificate."""


@pytest.mark.parametrize(
    ("kind", "role", "verb", "resource"), REFUSALS, ids=[f"{verb}-{what}" for _, _, verb, what in REFUSALS]
)
def test_without_one_of_its_rights_it_is_refused_and_no_job_succeeds(
    installed: Site, training_operator: Path, tmp_path: Path, kind: Kind, role: str, verb: str, resource: str
) -> None:
    namespace = f"without-{verb}-{resource.replace('/', '-')}"
    secret = f"{kind.deployment}-webhook-cert"
    if resource == "secrets":
        installed.kubectl("patch", "secret", secret, "-n", NAMESPACE, "--type=merge", "-p", '{"data": null}')
    with without(installed, role, resource, verb), operating(installed, training_operator, kind, tmp_path) as operator:
        if resource not in BEFORE_CERTIFICATE:
            mount_certificate(installed, operator, tmp_path)
        submit(installed, kind, namespace)
        operator.program.until_refused(kind.deployment, verb, resource)
    assert "Succeeded" not in conditions(installed, kind, namespace)
