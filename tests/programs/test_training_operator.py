"""The released training operator does its work with the kinds, rights and arguments that we install.

It runs on this machine as its own service account. Its jobs' pods are played: the simulated nodes let a chief, a master
and workers end well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kfinstall import catalog
from tests.e2e.sites import Site
from tests.programs import building
from tests.programs.operators import PYTORCH, TF, Kind, Operator, conditions, mount_certificate, operating, submit
from tests.programs.running import answers, read

FIRST = {TF: ("tf-mnist", "chief-0", 2222), PYTORCH: ("pytorch-mnist", "master-0", 23456)}
"""The sample's name, its first replica and the port that the replicas talk on."""


@pytest.fixture(scope="module", params=[TF, PYTORCH], ids=lambda kind: kind.plural)
def operator(
    request: pytest.FixtureRequest, installed: Site, training_operator: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """Give an operator that runs, with its certificate, and two jobs submitted: one whose first replica will fail."""
    kind: Kind = request.param
    folder = tmp_path_factory.mktemp(kind.plural)
    with operating(installed, training_operator, kind, folder) as operator:
        mount_certificate(installed, operator, folder)
        submit(installed, kind, f"good-{kind.plural}")
        submit(installed, kind, f"bad-{kind.plural}", fault="job-fails")
        yield operator


def test_the_sample_succeeds(installed: Site, operator: Operator) -> None:
    kind = operator.kind
    operator.program.until(lambda: "Succeeded" in conditions(installed, kind, f"good-{kind.plural}"))


def test_a_job_whose_first_replica_fails_does_not_succeed(installed: Site, operator: Operator) -> None:
    kind = operator.kind
    operator.program.until(lambda: "Failed" in conditions(installed, kind, f"bad-{kind.plural}"))
    assert "Succeeded" not in conditions(installed, kind, f"bad-{kind.plural}")


def test_replicas_are_told_of_each_other_and_found_by_name(installed: Site, operator: Operator) -> None:
    kind = operator.kind
    namespace, (job, first, port) = f"good-{kind.plural}", FIRST[kind]
    operator.program.until(lambda: "Succeeded" in conditions(installed, kind, namespace))
    pod = read(installed, "pod", f"{job}-{first}", namespace)
    told = {each["name"]: each.get("value", "") for each in pod["spec"]["containers"][0]["env"]}
    if kind is TF:
        cluster = json.loads(told["TF_CONFIG"])["cluster"]
        assert {role: len(addresses) for role, addresses in cluster.items()} == {"chief": 1, "ps": 1, "worker": 2}
        assert all(address.endswith(f".{namespace}.svc:{port}") for each in cluster.values() for address in each)
    else:
        assert (told["MASTER_PORT"], told["WORLD_SIZE"]) == (str(port), "2")
        (waiting,) = read(installed, "pod", f"{job}-worker-0", namespace)["spec"]["initContainers"]
        assert waiting["image"] in {use.image for use in catalog.component("pytorch-operator").images}
    service = read(installed, "service", f"{job}-{first}", namespace)["spec"]
    assert (service["clusterIP"], service["ports"][0]["port"]) == ("None", port)


def test_it_is_ready_where_its_deployment_asks_and_was_refused_nothing(operator: Operator) -> None:
    operator.program.until(lambda: answers(operator.readiness))
    assert "forbidden" not in operator.program.said()


def test_it_is_reached_from_this_machine_alone(operator: Operator) -> None:
    sockets = operator.program.until(operator.program.sockets)
    assert [socket for socket in sockets if not socket.stays_here] == []
    assert any(socket.is_listening for socket in sockets)


def test_what_is_said_to_be_proven_is_what_runs_here() -> None:
    for component in ("tf-operator", "pytorch-operator"):
        assert building.VERSION in catalog.component(component).proven
