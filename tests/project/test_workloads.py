"""Workloads in a project, and alone: written, changed by the same command, never over a person's edit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from kfinstall.cli.start import run
from tests.catalog.manifests import KUBECTL
from tests.project.conftest import snapshot

JOB = Path("workloads/mnist.yaml")


def built(folder: str = ".") -> list[dict[str, object]]:
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize("folder", [".", "environments/prod"])
def test_a_workload_is_what_stock_kustomize_builds_in_the_projects_namespace(project: Path, folder: str) -> None:
    assert run(["generate", "tf-job", "mnist", "--param", "numWorkers=3"]) == 0
    (job,) = [one for one in built(folder) if one["kind"] == "TFJob"]
    assert (job["metadata"]["name"], job["metadata"]["namespace"]) == ("mnist", "kubeflow")
    assert job["spec"]["tfReplicaSpecs"]["Worker"]["replicas"] == 3


def test_the_same_command_again_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "tf-job", "mnist", "--param", "numWorkers=3"]) == 0
    before = snapshot(project)
    capsys.readouterr()
    assert run(["generate", "tf-job", "mnist"]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert snapshot(project) == before


def test_another_parameter_changes_that_and_keeps_the_others(project: Path) -> None:
    assert run(["generate", "tf-serving-canary", "mnist", "--param", "stableVersion=4", "-p", "canaryWeight=10"]) == 0
    assert run(["generate", "tf-serving-canary", "mnist", "--param", "canaryWeight=50"]) == 0
    manifests = list(yaml.safe_load_all(JOB.read_text()))
    assert [one["spec"]["weight"] for one in manifests if "weight" in one.get("spec", {})] == [50]
    assert "versions: 4 " in JOB.read_text()


def test_a_parameter_goes_back_to_its_default(project: Path) -> None:
    assert run(["generate", "tf-job", "mnist"]) == 0
    plain = JOB.read_text()
    assert run(["generate", "tf-job", "mnist", "--param", "numGpus=2"]) == 0
    assert run(["generate", "tf-job", "mnist", "--param", "numGpus=0"]) == 0
    assert JOB.read_text() == plain


def test_an_edit_is_never_written_over(project: Path, refused: Callable[..., str]) -> None:
    assert run(["generate", "tf-job", "mnist"]) == 0
    edited = JOB.read_text().replace("replicas: 2", "replicas: 7")
    JOB.write_text(edited)
    assert "workloads/mnist.yaml:1: this file was edited" in refused("generate", "tf-job", "mnist", "-p", "numPs=2")
    assert run(["generate", "tf-job", "mnist"]) == 0
    assert JOB.read_text() == edited


def test_what_was_not_generated_is_never_written_over(project: Path, refused: Callable[..., str]) -> None:
    JOB.parent.mkdir()
    JOB.write_text("kind: ConfigMap\n")
    assert "in the way: it was not generated" in refused("generate", "tf-job", "mnist")
    JOB.unlink()
    assert run(["generate", "tf-job", "mnist"]) == 0
    assert "in the way: it is the tf-job mnist" in refused("generate", "pytorch-job", "mnist")


def test_comments_and_entries_of_a_persons_own_stay_in_the_list_of_workloads(project: Path) -> None:
    assert run(["generate", "tf-job", "mnist"]) == 0
    path = Path("workloads/kustomization.yaml")
    path.write_text(path.read_text().replace("- mnist.yaml", "# ours\n- mine.yaml\n- mnist.yaml # theirs"))
    Path("workloads/mine.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n")
    assert run(["generate", "pytorch-job", "digits"]) == 0
    assert path.read_text().endswith("# ours\n- mine.yaml\n- mnist.yaml # theirs\n- digits.yaml\n")


def test_nothing_is_written_where_the_project_would_not_build(project: Path, refused: Callable[..., str]) -> None:
    """Two resources of one kind and name: the model server of the core set is called tf-serving."""
    said = refused("generate", "tf-serving", "tf-serving")
    assert "workloads/tf-serving.yaml" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tf-job", "mnist", "--param", "numWorker=1"], "did you mean 'numWorkers'?"),
        (["tf-job", "mnist", "--param", "numWorkers"], "'numWorkers' has no value"),
        (["tf-job", "mnist", "--param", "numWorkers=x"], "must be a whole number"),
        (["tfjob", "mnist"], "did you mean 'tf-job'?"),
        (["tf-job", "Mnist"], "cannot be the name of a workload"),
        (["tf-job", "kustomization/../x"], "cannot be the name of a workload"),
        (["tf-job", "mnist", "-o", "nowhere/mnist.yaml"], "there is no folder 'nowhere'"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(refused: Callable[..., str], words: list[str], said: str) -> None:
    assert said in refused("generate", *words)


def test_a_component_that_is_missing_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "sweep", "rings"]) == 0
    assert "sweep needs tensorboard, which this project has not" in capsys.readouterr().err


def test_an_open_door_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "tf-serving", "mnist", "--param", "serviceType=LoadBalancer"]) == 0
    assert "serviceType=LoadBalancer opens a door: whoever reaches" in capsys.readouterr().err


def test_outside_of_a_project_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["generate", "pytorch-job", "digits"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["kind"] == "PyTorchJob"
    assert not list(tmp_path.iterdir())


def test_a_file_of_ones_own_is_kept_as_one_in_a_project_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "digits.yaml"
    assert run(["generate", "pytorch-job", "digits", "-o", str(path)]) == 0
    assert run(["generate", "pytorch-job", "digits", "--param", "numWorkers=5", "-o", str(path)]) == 0
    assert yaml.safe_load(path.read_text())["spec"]["pytorchReplicaSpecs"]["Worker"]["replicas"] == 5
    path.write_text(path.read_text() + "# mine\n")
    assert run(["generate", "pytorch-job", "digits", "--param", "numWorkers=6", "-o", str(path)]) == 2
    assert path.read_text().endswith("# mine\n")
