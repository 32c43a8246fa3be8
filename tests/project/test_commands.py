"""A project from `init` to an environment that differs: what each command writes, and what it says."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kfinstall.cli.start import run
from kfinstall.project.reading import read_project
from tests.catalog.manifests import KUBECTL, build, find
from tests.project.conftest import snapshot

Refused = Callable[..., str]
BUILT = (".", "environments/dev", "environments/test", "environments/prod")


def same_bytes(folder: str, capsys: pytest.CaptureFixture[str]) -> bytes:
    """Give what stock kustomize builds, which is what we build."""
    judge = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, check=True).stdout
    capsys.readouterr()
    assert run(["build", folder]) == 0
    assert capsys.readouterr().out.encode() == judge
    return judge


def test_a_new_project_is_a_small_folder_that_names_every_layer(project: Path) -> None:
    own = {path for path in snapshot(project) if not path.startswith("catalogue/")}
    assert own == {
        "README.md",
        "catalogue.yaml",
        "kustomization.yaml",
        "components/kustomization.yaml",
        "parameters/kustomization.yaml",
        "changes/kustomization.yaml",
        *(f"environments/{name}/kustomization.yaml" for name in ("dev", "test", "prod")),
    }
    assert all(len((project / path).read_text().splitlines()) < 25 for path in own)


def test_a_new_project_renders_what_the_packaged_overlay_does(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kfinstall import catalog

    packaged = subprocess.run([KUBECTL, "kustomize", catalog.overlay("gke")], capture_output=True, check=True).stdout
    assert {folder: same_bytes(folder, capsys) == packaged for folder in BUILT} == dict.fromkeys(BUILT, True)


def test_init_in_a_project_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["param", "set", "minioStorage", "30Gi"])
    (project / "README.md").write_text("mine\n")
    before = snapshot(project)
    assert run(["init", ".", "--platform", "gke"]) == 0
    assert snapshot(project) == before
    assert "is a project already; nothing was changed" in capsys.readouterr().out


def test_init_for_another_platform_says_how_to_change_it(refused: Refused) -> None:
    assert "kfinstall param set cloud aks" in refused("init", ".", "--platform", "aks")


def test_init_never_writes_over_a_file_of_someone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    before = snapshot(tmp_path)
    assert run(["init", str(tmp_path), "--platform", "gke"]) == 2
    assert snapshot(tmp_path) == before
    assert "is in the way" in capsys.readouterr().err


def test_init_goes_on_where_it_was_cut_short(pristine: Path, tmp_path: Path) -> None:
    whole = snapshot(pristine)
    folder = tmp_path / "my-ml"
    for path in sorted(whole)[: len(whole) // 2]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(whole[path])
    (folder / "catalogue.yaml").unlink(missing_ok=True)
    assert run(["init", str(folder), "--platform", "gke"]) == 0
    assert snapshot(folder) == whole


def test_init_takes_the_components_that_are_named_and_what_they_require(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    assert run(["init", str(folder), "--platform", "kind", "--components", "argo,jupyter"]) == 0
    assert read_project(folder).settings.components == ("argo", "jupyter", "minio")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new"], "a project is for one platform"),
        (["new", "--platform", "gkee"], "did you mean 'gke'?"),
        (["new", "--platform", "gke", "--components", "jupiter"], "did you mean 'jupyter'?"),
        (["new", "--platform", "gke", "--catalog-ref", "nothing"], "names no repository and ref"),
    ],
)
def test_init_refuses_what_does_not_exist_and_writes_nothing(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.chdir(tmp_path):
        assert run(["init", *words]) == 2
    assert list(tmp_path.iterdir()) == []
    assert said in capsys.readouterr().err


def test_a_parameter_is_set_where_it_is_said_and_nowhere_else(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["param", "set", "jupyterNotebookPVCMount", "/home/jovyan"]) == 0
    assert run(["param", "set", "--environment", "prod", "minioStorage=200Gi", "notebookStorage=50Gi"]) == 0
    everywhere, prod = same_bytes("environments/dev", capsys), same_bytes("environments/prod", capsys)
    assert b"/home/jovyan\n" in everywhere
    assert b"storage: 20Gi" in everywhere
    assert b"/home/jovyan\n" in prod
    assert b"storage: 200Gi" in prod
    assert same_bytes(".", capsys) == everywhere


def test_what_is_set_and_unset_again_leaves_the_project_as_it_was(project: Path) -> None:
    before = snapshot(project)
    for environment in ([], ["--environment", "prod"]):
        assert run(["param", "set", *environment, "numGpus=2", "modelPath=/m", "minioStorageClass=fast"]) == 0
        assert run(["param", "unset", *environment, "numGpus", "modelPath", "minioStorageClass"]) == 0
    assert snapshot(project) == before


def test_an_environment_outranks_the_project_also_back_to_the_default(project: Path) -> None:
    run(["param", "set", "numGpus=2", "modelStorageType=pvc"])
    run(["param", "set", "--environment", "dev", "numGpus=0", "modelStorageType=none"])
    serving = find(build(project / "environments" / "dev"), "Deployment", "tf-serving")["spec"]["template"]["spec"]
    assert "nvidia.com/gpu" not in serving["containers"][0]["resources"]["limits"]
    assert not [volume for volume in serving["volumes"] if volume["name"] == "models"]
    serving = find(build(project / "environments" / "prod"), "Deployment", "tf-serving")["spec"]["template"]["spec"]
    assert serving["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "2"


def test_old_names_and_ksonnets_order_of_words_are_understood(project: Path) -> None:
    assert run(["param", "set", "jupyter", "jupyterHubServiceType", "NodePort"]) == 0
    assert run(["param", "set", "tfJobImage", "registry.example/operator:1"]) == 0
    assert read_project(project).settings.values == {
        "jupyterHubServiceType": "NodePort",
        "tfOperatorImage": "registry.example/operator:1",
    }


def test_cloud_namespace_and_report_usage_change_what_is_installed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["param", "set", "cloud=acsengine", "namespace=ml", "reportUsage=true", "usageId=abc"]) == 0
    assert "aks wants nvidia-device-plugin: 'kfinstall component add nvidia-device-plugin'" in capsys.readouterr().err
    settings = read_project(project).settings
    assert (settings.platform, settings.namespace) == ("aks", "ml")
    assert "spartakus" in settings.components
    assert b"namespace: kubeflow" not in same_bytes("environments/prod", capsys)
    assert run(["param", "unset", "reportUsage"]) == 0
    assert "usageId" not in read_project(project).settings.values


@pytest.mark.parametrize(
    "pair", ["jupyterHubServiceType=LoadBalancer", "modelServerServiceType=NodePort", "ambassadorServiceType=NodePort"]
)
def test_a_setting_that_opens_a_door_says_who_reaches_what(
    pair: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["param", "set", pair]) == 0
    assert f"warning: {pair} opens a door: whoever reaches" in capsys.readouterr().err
    assert run(["param", "set", pair, "minioStorage=30Gi"]) == 0
    assert "warning" not in capsys.readouterr().err


def test_a_door_that_is_opened_in_one_environment_is_named_with_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["param", "set", "--environment", "prod", "jupyterHubServiceType", "LoadBalancer"]) == 0
    assert "opens a door in prod: whoever" in capsys.readouterr().err


def test_param_list_says_who_set_what(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["param", "set", "minioStorage", "30Gi"])
    run(["param", "set", "--environment", "prod", "notebookStorage", "50Gi"])
    capsys.readouterr()
    assert run(["param", "list", "--environment", "prod", "-o", "json"]) == 0
    by = {row["name"]: (row["value"], row["by"]) for row in json.loads(capsys.readouterr().out)}
    assert by["cloud"] == ("gke", "project")
    assert by["ambassadorServiceType"] == ("LoadBalancer", "gke")
    assert by["minioStorage"] == ("30Gi", "project")
    assert by["notebookStorage"] == ("50Gi", "prod")
    assert by["numGpus"] == ("0", "default")


def test_param_diff_shows_what_differs_and_says_so_with_its_exit_code(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["param", "diff", "dev", "prod"]) == 0
    run(["param", "set", "--environment", "prod", "minioStorage", "30Gi"])
    capsys.readouterr()
    assert run(["param", "diff", "dev", "prod"]) == 1
    assert capsys.readouterr().out.splitlines()[1].split() == ["minioStorage", "20Gi", "30Gi"]


def test_param_list_outside_of_a_project_shows_the_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.chdir(tmp_path):
        assert run(["param", "list"]) == 0
        assert run(["param", "describe", "AmbassadorServiceType"]) == 0
    said = capsys.readouterr().out
    assert "jupyterHubServiceType" in said
    assert all(len(line) <= 80 for line in said.splitlines() if len(line.split()[-1]) < 30)


def test_components_come_with_what_they_require_and_go_with_their_values(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["component", "remove", "argo", "minio"]) == 0
    assert run(["component", "add", "argo"]) == 0
    assert "minio" in read_project(project).settings.components
    run(["param", "set", "--environment", "prod", "minioStorage=30Gi", "numGpus=1"])
    assert run(["component", "remove", "tf-serving"]) == 0
    assert read_project(project).settings.environments["prod"] == {"minioStorage": "30Gi"}
    for folder in BUILT:
        assert b"tf-serving" not in same_bytes(folder, capsys)


def test_a_component_with_a_namespace_of_its_own_keeps_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["param", "set", "cloud", "aks"]) == 0
    assert run(["component", "add", "nvidia-device-plugin"]) == 0
    assert run(["param", "set", "--environment", "prod", "failOnInitError", "true"]) == 0
    same_bytes("environments/prod", capsys)
    plugin = find(build(project / "environments" / "prod"), "DaemonSet", "nvidia-device-plugin-daemonset")
    assert plugin["metadata"]["namespace"] == "kube-system"
    assert "sku" in str(plugin["spec"]["template"]["spec"]["tolerations"])
    assert plugin["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] == "true"


def test_component_list_marks_what_the_project_has(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["component", "list"]) == 0
    marked = {line[2:].split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("* ")}
    assert marked == set(read_project(project).settings.components)
    assert run(["component", "describe", "minio"]) == 0
    assert "minio-pvc, 20Gi" in capsys.readouterr().out


def test_environments_are_added_renamed_and_removed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["param", "set", "--environment", "prod", "minioStorage", "30Gi"])
    assert run(["env", "add", "staging", "--like", "prod"]) == 0
    assert run(["env", "set", "test", "--name", "qa"]) == 0
    assert run(["env", "remove", "dev"]) == 0
    assert not (project / "environments" / "dev").exists()
    assert read_project(project).settings.environments == {
        "prod": {"minioStorage": "30Gi"},
        "qa": {},
        "staging": {"minioStorage": "30Gi"},
    }
    same_bytes("environments/staging", capsys)
    capsys.readouterr()
    assert run(["env", "list", "-o", "json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["prod", "qa", "staging"]


def test_an_environment_with_files_of_someone_is_not_removed(project: Path, refused: Refused) -> None:
    (project / "environments" / "dev" / "notes.md").write_text("mine\n")
    assert "notes.md" in refused("env", "remove", "dev")


def test_build_and_show_print_an_environment_or_one_component_of_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["param", "set", "--environment", "prod", "minioStorage", "30Gi"])
    capsys.readouterr()
    assert run(["build", "--environment", "prod"]) == 0
    built = capsys.readouterr().out
    assert built == subprocess.run([KUBECTL, "kustomize", "environments/prod"], capture_output=True, text=True).stdout
    assert run(["show", "--environment", "prod"]) == 0
    assert capsys.readouterr().out == built
    assert run(["show", "--environment", "prod", "-c", "minio"]) == 0
    shown = capsys.readouterr().out
    assert "storage: 30Gi" in shown
    assert "tf-hub" not in shown
    assert run(["build", "--environment", "prod", "-c", "minio"]) == 0
    assert capsys.readouterr().out == shown
    assert run(["graph", "--environment", "prod", "-c", "minio"]) == 0
    drawn = capsys.readouterr().out
    assert "kubeflow/minio-pvc" in drawn
    assert "tf-hub" not in drawn


def test_the_variables_of_kustomize_are_not_taken_for_environments(refused: Refused) -> None:
    assert "--environment prod" in refused("build", "--env", "prod")
    assert "--environment prod" in refused("build", ".", "-e", "prod")
    assert run(["build", "--env", "PROD=1"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["param", "set", "jupyterHubServicType", "NodePort"], "did you mean 'jupyterHubServiceType'?"),
        (["param", "set", "jupyterHubServiceType", "Nodeport"], "did you mean 'NodePort'?"),
        (["param", "set", "minioStorage", "lots"], "must be an amount such as"),
        (["param", "set", "numGpus", "65"], "must be a whole number, 0 to 64"),
        (["param", "set", "usageId", "x"], "kfinstall component add spartakus"),
        (["param", "set", "numGpus"], "'numGpus' has no value"),
        (["param", "set", "--environment", "prodd", "numGpus", "1"], "did you mean 'prod'?"),
        (["param", "set", "--environment", "prod", "cloud", "aks"], "is of the whole project"),
        (["param", "set", "namespace", "a.b"], "must be a label"),
        (["param", "unset", "cloud"], "a project has a platform always"),
        (["component", "add", "katibb"], "did you mean 'katib'?"),
        (["component", "remove", "minio"], "is required by argo"),
        (["component", "remove", "katib"], "is not in this project"),
        (["env", "add", "Prod"], "cannot be the name of an environment"),
        (["env", "add", "prod"], "there is an environment 'prod' already"),
        (["env", "add", "x", "--like", "prd"], "did you mean 'prod'?"),
        (["env", "remove", "prd"], "did you mean 'prod'?"),
        (["env", "set", "prod"], "there is nothing to set"),
        (["build", "--environment", "prd"], "did you mean 'prod'?"),
        (["build", "-c", "minoi"], "did you mean 'minio'?"),
        (["show", "--platform", "aks"], "but the project is for gke"),
        (["show", "--with", "katib"], "--with goes with the packaged overlays only"),
    ],
)
def test_a_mistake_on_the_command_line_is_named_and_nothing_is_written(
    words: list[str], said: str, refused: Refused
) -> None:
    assert said in refused(*words)


def test_every_mistake_of_one_command_is_reported(refused: Refused) -> None:
    said = refused("param", "set", "minioStorage=lots", "numGpus=many", "nothing=1")
    assert said.count("error:") == 3


def test_outside_of_a_project_the_commands_say_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.chdir(tmp_path):
        for words in (["param", "set", "a", "b"], ["env", "list"], ["component", "add", "katib"]):
            assert run(words) == 2
            assert "kfinstall init" in capsys.readouterr().err
        assert run(["build", "--environment", "prod"]) == 2
        assert "there is no project here" in capsys.readouterr().err
        assert run(["show"]) == 2
        assert "there is nothing to show" in capsys.readouterr().err


def test_what_a_new_project_opens_is_said_whether_its_platform_or_a_component_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "my-ml")
    assert run(["init", folder, "--platform", "gke", "--components", "ambassador,model-server"]) == 0
    said = capsys.readouterr().err
    assert "warning: ambassadorServiceType=LoadBalancer opens a door" in said
    assert "warning: modelServersServiceType=LoadBalancer opens a door" in said


def test_a_component_that_opens_a_door_says_so_when_it_is_added_and_never_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["component", "add", "model-server"]) == 0
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning")]
    assert "modelServersServiceType=LoadBalancer opens a door" in said
    assert run(["param", "set", "notebookStorage", "5Gi"]) == 0
    assert "opens a door" not in capsys.readouterr().err


def test_what_another_platform_opens_is_said_when_the_project_moves_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["param", "set", "cloud", "openshift"]) == 0
    assert "warning: Route ambassador opens a door" in capsys.readouterr().err


ADDED = ["changes/kustomization.yaml", "components/kustomization.yaml"]
EDITS = [
    (["param", "set", "jupyterHubServiceType", "NodePort"], ["parameters/kustomization.yaml"], []),
    (["param", "unset", "jupyterHubServiceType"], ["parameters/kustomization.yaml"], []),
    (["env", "add", "staging"], ["environments/staging/kustomization.yaml"], []),
    (["env", "set", "staging", "--name", "qa"], ["environments/qa/kustomization.yaml"], ["staging"]),
    (["env", "remove", "qa"], [], ["qa"]),
    (["component", "add", "spartakus"], ADDED, []),
    (["component", "remove", "spartakus"], ADDED, []),
]


def test_every_edit_says_what_it_wrote_as_data(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, written, removed in EDITS:
        assert run([*words, "-o", "json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert sorted(said["written"]) == written, words
        assert said["removed"] == [f"environments/{name}/kustomization.yaml" for name in removed], words
        assert len(said["warnings"]) == ("NodePort" in words)


def test_init_and_upgrade_say_what_they_did_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my-ml"
    words = ["init", str(folder), "--platform", "kind", "--components", "ambassador", "-o", "json"]
    assert run(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["platform"], first["components"]) == ("kind", ["ambassador"])
    assert "ambassadorServiceType=NodePort opens a door" in first["warnings"][0]
    assert run(words) == 0
    assert json.loads(capsys.readouterr().out) == {**first, "warnings": []}
    (folder / "catalogue" / "base" / "ambassador" / "deployment.yaml").write_text("")
    assert run(["upgrade", "--restore", "--dry-run", "--project", str(folder), "-o", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["catalogue_files"], said["is_written"]) == (["base/ambassador/deployment.yaml"], False)
