"""The released workflow controller does its work with the kinds, rights, settings and arguments that we install.

It runs on this machine as its own service account. The steps' containers are played: what an executor reports is
reported with the rights of its account, and the pods end as a kubelet says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kfinstall import catalog
from tests.e2e.sites import Site
from tests.programs import released
from tests.programs.running import answers, read
from tests.programs.workflows import EXECUTOR, Controller, controlling, end, pod_of, report, status, submit

GREETING = {"name": "greeting", "path": "/tmp/greeting", "s3": {"key": "artifacts/greeting.tgz"}}


@pytest.fixture(scope="module")
def controller(
    installed: Site, workflow_controller: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Controller]:
    folder = tmp_path_factory.mktemp("workflow-controller")
    with controlling(installed, workflow_controller, folder) as controller:
        yield controller


@pytest.fixture(scope="module")
def first(installed: Site, controller: Controller) -> Any:
    """Give the pod of the sample's first step, as it runs."""
    submit(installed, "good")
    return controller.program.until(lambda: pod_of(installed, "good", "write"))


def test_a_step_runs_as_the_account_of_workflows_with_the_executor_of_our_arguments(first: Any) -> None:
    assert first["spec"]["serviceAccountName"] == EXECUTOR
    images = {use.image for use in catalog.component("argo").images}
    beside = [
        each for each in (*first["spec"]["initContainers"], *first["spec"]["containers"]) if each["name"] != "main"
    ]
    assert {each["name"] for each in beside} == {"init", "wait"}
    assert {each["image"] for each in beside} <= images
    assert all(each["resources"]["requests"] == {"cpu": "10m", "memory": "64Mi"} for each in beside)


def test_its_executor_finds_the_store_of_artifacts_and_its_key(installed: Site, first: Any) -> None:
    beside = [*first["spec"]["initContainers"], *first["spec"]["containers"]]
    told = {each["name"]: each.get("value", "") for container in beside for each in container.get("env", ())}
    template = told["ARGO_TEMPLATE"]
    service = read(installed, "service", "minio-service")["spec"]
    assert f"minio-service:{service['ports'][0]['port']}" in template
    assert '"bucket":"mlpipeline"' in template
    mounted = {volume["secret"]["secretName"] for volume in first["spec"]["volumes"] if "secret" in volume}
    assert mounted <= set(catalog.component("minio").secrets)


def test_the_sample_succeeds_and_its_second_step_gets_what_the_first_made(
    installed: Site, controller: Controller, first: Any
) -> None:
    report(installed, first, {"artifacts": [GREETING]})
    end(installed, first, "Succeeded", 0)
    second = controller.program.until(lambda: pod_of(installed, "good", "read"))
    assert GREETING["s3"]["key"] in str(second["spec"])
    report(installed, second, {})
    end(installed, second, "Succeeded", 0)
    controller.program.until(lambda: status(installed, "good").get("phase") == "Succeeded")


def test_a_workflow_whose_step_fails_does_not_succeed(installed: Site, controller: Controller) -> None:
    submit(installed, "bad")
    pod = controller.program.until(lambda: pod_of(installed, "bad", "write"))
    end(installed, pod, "Failed", 3)
    controller.program.until(lambda: status(installed, "bad").get("phase") == "Failed")
    assert "exit code 3" in str(status(installed, "bad"))


def test_it_lives_where_its_deployment_asks_and_was_refused_nothing(controller: Controller, first: Any) -> None:
    controller.program.until(lambda: answers(controller.liveness))
    assert "forbidden" not in controller.program.said()


def test_it_is_reached_from_this_machine_alone(controller: Controller, first: Any) -> None:
    sockets = controller.program.until(controller.program.sockets)
    assert [socket for socket in sockets if not socket.stays_here] == []
    assert any(socket.is_listening for socket in sockets)


def test_what_is_said_to_be_proven_is_what_runs_here() -> None:
    assert released.WORKFLOW_CONTROLLER.version in catalog.component("argo").proven
