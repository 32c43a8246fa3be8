"""The released training operator runs the other kinds of jobs, with what each of their components installs.

As with TFJobs and PyTorchJobs it is its own service account, and the jobs' pods are played.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kfinstall import catalog
from tests.e2e.sites import Site
from tests.programs import building
from tests.programs.operators import (
    MPI,
    PADDLE,
    XGBOOST,
    Kind,
    Operator,
    conditions,
    mount_certificate,
    operating,
    submit,
)
from tests.programs.running import read

TOLD = {
    "mpi-operator": ("mpi-launcher", {"OMPI_MCA_plm_rsh_agent", "OMPI_MCA_orte_default_hostfile"}),
    "paddle-operator": ("paddle-worker-0", {"PADDLE_MASTER", "PADDLE_NNODES"}),
    "xgboost-operator": ("xgboost-worker-0", {"MASTER_ADDR", "WORLD_SIZE", "RANK"}),
}
"""A pod, and what its program is told."""
(DELIVERY,) = [use.image for use in catalog.component("mpi-operator").images if "kubectl" in use.image]
KINDS = {kind.deployment: kind for kind in (MPI, PADDLE, XGBOOST)}


@pytest.fixture(scope="module", params=KINDS)
def operator(
    request: pytest.FixtureRequest, installed: Site, training_operator: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """Give an operator that runs, and two jobs submitted: one whose first replica will fail."""
    kind: Kind = KINDS[request.param]
    folder = tmp_path_factory.mktemp(kind.plural)
    with operating(installed, training_operator, kind, folder) as operator:
        mount_certificate(installed, operator, folder)
        submit(installed, kind, f"good-{kind.plural}")
        submit(installed, kind, f"bad-{kind.plural}", fault="job-fails")
        yield operator


def test_a_job_succeeds_and_it_was_refused_nothing(installed: Site, operator: Operator) -> None:
    kind = operator.kind
    operator.program.until(lambda: "Succeeded" in conditions(installed, kind, f"good-{kind.plural}"))
    assert "forbidden" not in operator.program.said()


def test_a_job_whose_first_replica_fails_does_not_succeed(installed: Site, operator: Operator) -> None:
    kind = operator.kind
    operator.program.until(lambda: "Failed" in conditions(installed, kind, f"bad-{kind.plural}"))
    assert "Succeeded" not in conditions(installed, kind, f"bad-{kind.plural}")


def test_each_replica_gets_what_the_kind_gives_it(installed: Site, operator: Operator) -> None:
    kind = operator.kind
    name, told = TOLD[kind.deployment]
    pod = read(installed, "pod", name, f"good-{kind.plural}")["spec"]
    assert told <= {each["name"] for each in pod["containers"][0]["env"]}
    if kind is MPI:
        assert [each["image"] for each in pod["initContainers"]] == [DELIVERY]


@pytest.mark.parametrize("component", KINDS)
def test_what_is_said_to_be_proven_is_what_runs_here(component: str) -> None:
    assert building.VERSION in catalog.component(component).proven
