"""Every component there is, together on one cluster: each test goes on where the one before it stopped.

What has no controller here is played: the authority of katib's webhooks, the volumes of the shared classes, the
training operators' verdict. Beside what becomes healthy stands what is broken on purpose and must not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kfinstall import catalog
from tests import fake_operator
from tests.e2e.sites import Site, versions

PLAYED = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../everything
patches:
- target: {kind: StorageClass}
  patch: |
    - {op: add, path: /metadata/annotations, value: {local.kfinstall.dev/provisioned: "true"}}
- target: {kind: (Validating|Mutating)WebhookConfiguration}
  patch: |
    - {op: add, path: /metadata/annotations, value: {local.kfinstall.dev/inject-ca: "true"}}
- target: {kind: Deployment, name: katib-controller}
  patch: |
    - {op: add, path: /spec/template/metadata/annotations, value: {local.kfinstall.dev/webhook: admit}}
"""
BROKEN = """\
- target: {kind: Deployment, name: ml-pipeline}
  patch: |
    - {op: add, path: /spec/template/metadata/annotations, value: {local.kfinstall.dev/fault: image-pull}}
"""
EXPERIMENT = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Experiment",
    "metadata": {"name": "asked", "namespace": "kubeflow"},
    "spec": {"maxTrialCount": 1},
}


@pytest.fixture(scope="module")
def platform() -> str:
    return "gke"


@pytest.fixture(scope="module")
def everything(site: Site, platform: str) -> Path:
    """An overlay of all components, as `--with` composes it."""
    folder = site.home / "everything"
    names = [info.name for info in catalog.components()]
    for name, text in catalog.overlay_files(platform, names, os.path.relpath(catalog.root(), folder)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_one_broken_workload_among_all_ends_the_apply_with_its_cause(site: Site, everything: Path) -> None:
    folder = site.overlay("broken", PLAYED + BROKEN)
    done = site.kfinstall("apply", folder, "--name", "wider", "--timeout", "30s", "--yes")
    assert done.code == 4, done
    cause = next(line for line in done.err.splitlines() if line.startswith("error: "))
    assert "ml-pipeline" in cause, done.err
    assert "image" in cause
    assert "Traceback" not in done.err


def test_without_the_fault_all_of_them_are_healthy(site: Site, everything: Path) -> None:
    folder = site.overlay("good", PLAYED)
    with fake_operator.operating(site.kubectl):
        done = site.kfinstall("apply", folder, "--name", "wider", "--yes")
    assert done.code == 0, done
    status = site.kfinstall("status", "--name", "wider", "-o", "json")
    assert status.code == 0, status.out
    assert {row["health"] for row in json.loads(status.out)["resources"]} == {"Current"}
    ready = json.loads(site.kubectl("get", "deployments,statefulsets", "-A", "-o", "json"))["items"]
    assert all(item["status"].get("readyReplicas") == item["spec"]["replicas"] for item in ready)


def test_a_second_apply_of_all_writes_nothing(site: Site) -> None:
    was = versions(site.objects())
    done = site.kfinstall("apply", site.home / "good", "--name", "wider")
    assert (done.code, "nothing to do" in done.out) == (0, True), done
    assert versions(site.objects()) == was


def test_a_webhook_that_answers_lets_an_experiment_in_and_a_wrong_one_is_refused(site: Site) -> None:
    site.kubectl("apply", "-f", "-", stdin=json.dumps(EXPERIMENT))
    wrong = {**EXPERIMENT, "spec": {"resumePolicy": "Sometimes"}}
    with pytest.raises(AssertionError, match="resumePolicy"):
        site.kubectl("apply", "-f", "-", stdin=json.dumps(wrong))
    site.kubectl("delete", "experiment", "-n", "kubeflow", "asked")


def test_a_training_job_that_failed_is_not_called_healthy(site: Site) -> None:
    (job,) = json.loads(site.kubectl("get", "pytorchjobs", "-n", "kubeflow", "-o", "json"))["items"]
    fake_operator.end(site.kubectl, job, "Failed")
    status = site.kfinstall("status", "--name", "wider", "-o", "json")
    assert status.code == 1
    failed = [row for row in json.loads(status.out)["resources"] if row["health"] == "Failed"]
    assert [row["id"]["name"] for row in failed] == ["caffe2"]
    fake_operator.end(site.kubectl, job, "Succeeded")
