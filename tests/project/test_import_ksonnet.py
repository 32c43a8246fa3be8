"""An old ksonnet application becomes a project; what has no counterpart is said, and nothing is evaluated."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from kfinstall.cli.start import run
from kfinstall.errors import InputError
from kfinstall.project.ksonnet.importing import Imported, import_application
from kfinstall.project.ksonnet.literal import read_components
from tests.catalog.manifests import KUBECTL, find
from tests.project.conftest import snapshot

APP = Path(__file__).with_name("ksonnet-app")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    from kfinstall import catalog

    return import_application(APP, tmp_path_factory.mktemp("imported") / "my-ml", "minikube", catalog.root(), "here")


def test_components_become_those_that_took_their_place(imported: Imported) -> None:
    assert imported.project.settings.components == ("ambassador", "jupyter", "spartakus", "tf-operator")


def test_the_cloud_and_the_namespace_of_the_application_are_the_projects(imported: Imported) -> None:
    assert (imported.project.settings.platform, imported.project.settings.namespace) == ("aks", "ml")


def test_parameters_keep_their_values_under_todays_names(imported: Imported) -> None:
    assert imported.project.settings.values == {
        "ambassadorServiceType": "NodePort",
        "jupyterHubServiceType": "ClusterIP",
        "jupyterNotebookPVCMount": "/home/jovyan",
        "usageId": "4f0e9d58-0000-4000-8000-000000000000",
    }


def test_environments_keep_what_differs_in_them(imported: Imported) -> None:
    assert imported.project.settings.environments == {
        "default": {},
        "prod": {"jupyterHubServiceType": "LoadBalancer"},
    }


def test_jobs_and_model_servers_become_workloads_with_their_parameters(imported: Imported) -> None:
    assert {request.name: (request.prototype, request.values) for request in imported.workloads} == {
        "inception": (
            "tf-serving",
            {"modelName": "inception", "modelPath": "gs://bucket/inception", "modelStorageType": "gcs"},
        ),
        "mnist": (
            "tf-job",
            {"image": "registry.example/mnist:1.0", "args": "--epochs 3 '--title=two words'", "numPs": "2"},
        ),
    }


def test_the_project_builds_with_stock_kustomize(imported: Imported) -> None:
    folder = imported.project.root / "environments" / "prod"
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True)
    built = list(yaml.safe_load_all(done.stdout))
    assert find(built, "TFJob", "mnist")["metadata"]["namespace"] == "ml"
    assert find(built, "Service", "tf-hub-lb")["spec"]["type"] == "LoadBalancer"


def test_what_has_no_counterpart_is_listed_with_its_line_and_why(imported: Imported) -> None:
    said = [f"{left.what.removeprefix(f'{APP}/')} - {left.why}" for left in imported.leftovers]
    assert said == [
        "namespace ml-prod of environment prod - a project has one namespace, ml: make a project of its own for it",
        "components/params.libsonnet:13: kubeflow-core.jupyterHubAuthenticator = iap - "
        "there is no parameter 'jupyterHubAuthenticator'",
        "components/params.libsonnet:17: kubeflow-core.tfJobImage = "
        "gcr.io/tf-on-k8s-dogfood/tf_operator:v20180226-403 - the registry is gone; the default is an image of today",
        "components/params.libsonnet:26: mnist.num_workers = lots - "
        "numWorkers is 'lots', and must be a whole number, 0 to 10000",
        "components/params.libsonnet:27: mnist.num_gpus = 1 + 1 - it is an expression, and nothing is evaluated",
        "environments/prod/params.libsonnet:8: mnist.num_ps = 4 - "
        "a workload is the same in every environment: write a patch in environments/prod",
        "component other - it is Jsonnet of its own: render it with 'ks show', and put the manifests into workloads/",
    ]


def test_an_open_door_and_what_is_left_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(APP)
    assert run(["import-ksonnet", str(APP), str(tmp_path / "my-ml")]) == 0
    said = capsys.readouterr()
    assert "workload mnist is a tf-job" in said.out
    assert "not in it, and why:" in said.out
    assert "jupyterHubServiceType=LoadBalancer opens a door in prod" in said.err
    (front,) = [line for line in said.err.splitlines() if "ambassadorServiceType=NodePort opens a door" in line]
    assert front.endswith(": / /hub/ /models/inception /user/")
    assert snapshot(APP) == before


def test_a_project_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import-ksonnet", str(APP), str(tmp_path / "my-ml")]) == 0
    (tmp_path / "my-ml" / "kustomization.yaml").write_text("# mine\n")
    before = snapshot(tmp_path)
    assert run(["import-ksonnet", str(APP), str(tmp_path / "my-ml")]) == 2
    assert "is in the way" in capsys.readouterr().err
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("app.yaml", None, "is no ksonnet application: it has no app.yaml"),
        ("app.yaml", "a: [", "app.yaml:1: not YAML"),
        ("app.yaml", "- a\n", "app.yaml:1: this is no application"),
        ("components/params.libsonnet", "{ components: { a: { b: 1,", "a brace is not closed"),
        ("components/params.libsonnet", "{\n  components: {\n    a: { 5: 1 },\n  } }", "params.libsonnet:3: '5' is no"),
    ],
)
def test_an_application_that_cannot_be_read_is_refused_with_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, text: str | None, said: str
) -> None:
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    (app / file).unlink() if text is None else (app / file).write_text(text)
    assert run(["import-ksonnet", str(app), str(tmp_path / "my-ml")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "hint:" in error
    assert not (tmp_path / "my-ml").exists()


def test_an_application_without_anything_known_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.yaml").write_text("kind: ksonnet.io/app\n")
    assert run(["import-ksonnet", str(tmp_path / "app"), str(tmp_path / "my-ml")]) == 2
    assert "has a counterpart" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("literal", "text", "is_literal"),
    [
        ('"a"', "a", True),
        (r"'it\'s'", "it's", True),
        ('"a // b"', "a // b", True),
        ("-1.5e3", "-1.5e3", True),
        ("true", "true", True),
        ("['a', 'b c']", "a 'b c'", True),
        ("std.extVar('x')", "std . extVar ( 'x' )", False),
        ("{ a: 1, b: [2, 3] }", "{ a : 1 , b : [ 2 , 3 ] }", False),
        ("[x for x in y]", "[ x for x in y ]", False),
    ],
)
def test_a_value_is_read_as_a_literal_or_as_none(literal: str, text: str, is_literal: bool) -> None:
    source = f"local x = 1;\n{{ global: {{}}, components+: {{ 'a-b'+: {{ p:: {literal}, # why\n q: 2 }} }} }}"
    fields = read_components(source, "params.libsonnet")["a-b"]
    assert (fields["p"].text, fields["p"].is_literal, fields["p"].line) == (text, is_literal, 2)
    assert fields["q"].text == "2"


@pytest.mark.parametrize(
    "text", ["{ components: { a: { b: }}}", "{ components: { a", "{ components: { a: {", "{components:{,}}"]
)
def test_a_text_that_is_no_object_is_an_error_with_a_line(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_components(text, "params.libsonnet")
    assert caught.value.origin is not None
