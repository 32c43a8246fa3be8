"""`kfinstall render`: the folder for Git, fresh or stale."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess

import pytest
import yaml

from kfinstall.cli.start import run
from tests.judge import judge, write_tree
from tests.project.conftest import snapshot

OWN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: kf}\ndata: {value: 'one'}\n"
CLEAR = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: kf}\nstringData: {password: hunter2-hunter2}\n"
)


@pytest.fixture
def tree(tmp_path):
    write_tree(tmp_path, {"src/kustomization.yaml": "resources: [own.yaml]\n", "src/own.yaml": OWN})
    with contextlib.chdir(tmp_path):
        yield tmp_path


def test_a_fresh_render_is_as_it_should_be_and_a_changed_source_makes_it_stale(tree, capsys):
    assert run(["render", "src", "--to", "rendered"]) == 0
    assert "rendered: 3 files, 3 written, 0 removed" in capsys.readouterr().out
    assert judge(tree / "rendered") == judge(tree / "src")
    assert run(["render", "src", "--to", "rendered", "--check"]) == 0
    assert "rendered is as it should be" in capsys.readouterr().out
    write_tree(tree, {"src/own.yaml": OWN.replace("one", "two")})
    before = snapshot(tree)
    assert run(["render", "src", "--to", "rendered", "--check"]) == 1
    assert snapshot(tree) == before
    out = capsys.readouterr().out
    assert "rendered is stale: 1 file\n  differs   other/configmap_kf_own.yaml\n" in out
    assert "-  value: one\n+  value: two\n" in out
    assert run(["render", "src", "--to", "rendered", "--check", "-o", "json"]) == 1
    stale = [{"path": "other/configmap_kf_own.yaml", "state": "differs"}]
    assert json.loads(capsys.readouterr().out) == [{"folder": "rendered", "stale": stale}]


def test_nothing_was_rendered_yet_is_stale_too(tree, capsys):
    assert run(["render", "src", "--to", "rendered", "--check"]) == 1
    assert "missing   kustomization.yaml" in capsys.readouterr().out
    assert not (tree / "rendered").exists()


def test_an_edit_by_hand_is_stale_and_a_secret_in_it_is_not_shown(tree, capsys):
    assert run(["render", "src", "--to", "rendered"]) == 0
    write_tree(tree, {"rendered/other/configmap_kf_own.yaml": CLEAR})
    capsys.readouterr()
    assert run(["render", "src", "--to", "rendered", "--check"]) == 1
    said = capsys.readouterr()
    assert "it holds a Secret, which is not shown" in said.out
    assert "hunter2" not in said.out + said.err


def test_a_secret_in_clear_is_refused_at_its_line_and_nothing_is_written(tree, capsys):
    write_tree(tree, {"src/own.yaml": f"{OWN}---\n{CLEAR}"})
    for flags in ([], ["--check"]):
        assert run(["render", "src", "--to", "rendered", *flags]) == 2
        said = capsys.readouterr()
        assert said.err.startswith(
            "error: src/own.yaml:6: Secret kf/login would be rendered in clear: stringData.password\n"
        )
        assert "hunter2" not in said.out + said.err
    assert not (tree / "rendered").exists()


def test_a_secret_of_a_generator_is_refused_as_well(tree, capsys):
    write_tree(
        tree, {"src/kustomization.yaml": "secretGenerator:\n- name: login\n  literals: [password=hunter2-hunter2]\n"}
    )
    assert run(["render", "src", "--to", "rendered"]) == 2
    said = capsys.readouterr().err
    assert "src/kustomization.yaml:2: Secret login-" in said and "hunter2" not in said


@pytest.mark.parametrize("platform", ["gke", "openshift"])
def test_a_platform_is_rendered_without_a_cluster(tree, platform):
    assert run(["render", "--platform", platform, "--with", "spartakus", "--to", "rendered"]) == 0
    assert (tree / "rendered" / "spartakus" / "kustomization.yaml").is_file()
    assert run(["build", "rendered", "-o", "built.yaml"]) == 0
    assert (tree / "built.yaml").read_text() == judge(tree / "rendered")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["render"], "missing option '--to'"),
        (["render", "--to", "x"], "there is nothing to render"),
        (["render", "src", "--to", "x", "--since", "main"], "--since goes with --check and --all-environments"),
        (["render", "src", "--to", "x", "--all-environments"], "'src' is no project"),
        (["render", "nowhere", "--to", "x"], "there is no file or folder 'nowhere'"),
    ],
)
def test_what_cannot_be_rendered_is_refused(tree, capsys, words, said):
    assert run(words) == 2
    assert said in capsys.readouterr().err
    assert not (tree / "x").exists()


def test_each_environment_of_a_project_has_a_folder_and_loses_it_with_the_environment(project, capsys):
    assert run(["render", "--all-environments", "--to", "rendered"]) == 0
    for name in ("dev", "test", "prod"):
        assert judge(project / "rendered" / name) == judge(project / "environments" / name)
    assert run(["env", "remove", "test"]) == 0
    assert run(["render", "--all-environments", "--to", "rendered", "--check"]) == 1
    assert "obsolete  ambassador/kustomization.yaml" in capsys.readouterr().out
    assert run(["render", "--all-environments", "--to", "rendered"]) == 0
    assert sorted(path.name for path in (project / "rendered").iterdir()) == ["dev", "prod"]
    assert run(["render", "--all-environments", "--to", "rendered", "--check"]) == 0


def git(*words):
    author = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *author, *words], check=True, capture_output=True)


def test_an_environment_may_be_older_as_long_as_nobody_touches_its_folder(project, capsys):
    assert run(["render", "--all-environments", "--to", "rendered"]) == 0
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "one")
    assert run(["param", "set", "modelServerReplicas", "2"]) == 0
    assert run(["render", "--environment", "dev", "--to", "rendered/dev"]) == 0
    assert run(["render", "--all-environments", "--to", "rendered", "--check"]) == 1
    since = ["render", "--all-environments", "--to", "rendered", "--check", "--since", "main"]
    capsys.readouterr()
    assert run(since) == 0
    assert capsys.readouterr().out == "rendered/dev is as it should be\n"
    (deployment,) = (project / "rendered" / "prod").glob("tf-serving/deployment*")
    deployment.write_text(deployment.read_text().replace("replicas: 1", "replicas: 5"))
    assert run(since) == 1
    shutil.rmtree(project / "rendered" / "test")
    assert run(since) == 1
    assert "rendered/test is stale" in capsys.readouterr().out


def test_a_stranger_of_a_secret_passes_encrypted(tree):
    sops = {"mac": "ENC[AES256_GCM,data:a,iv:a,tag:a,type:str]"}
    hidden = {**yaml.safe_load(CLEAR), "stringData": {"password": "ENC[AES256_GCM,data:a,iv:a,tag:a]"}, "sops": sops}
    write_tree(tree, {"src/own.yaml": yaml.safe_dump(hidden)})
    assert run(["render", "src", "--to", "rendered"]) == 0
    assert yaml.safe_load((tree / "rendered/other/secret_kf_login.yaml").read_text()) == hidden
