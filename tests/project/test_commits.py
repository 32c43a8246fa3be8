"""`kfinstall diff --from --to`: two commits compared, with the work tree left as it is."""

from __future__ import annotations

import contextlib
import json
import subprocess

import pytest

from kfinstall.cli.start import run
from tests.judge import write_tree
from tests.project.conftest import snapshot

OWN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: kf}\ndata: {value: 'one'}\n"
SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: kf}\nstringData: {password: hunter2-hunter2}\n"
)


def git(*words):
    author = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    return subprocess.run(["git", *author, *words], check=True, capture_output=True, text=True).stdout


def commit(said):
    git("add", "-A")
    git("commit", "-qm", said)


@pytest.fixture
def repository(tmp_path):
    write_tree(tmp_path, {"src/kustomization.yaml": "resources: [own.yaml]\n", "src/own.yaml": OWN})
    with contextlib.chdir(tmp_path):
        git("init", "-q", "-b", "main")
        commit("one")
        git("switch", "-qc", "change")
        write_tree(tmp_path, {"src/own.yaml": OWN.replace("one", "two")})
        commit("two")
        yield tmp_path


def test_two_commits_are_compared_and_the_work_tree_is_not_touched(repository, capsys):
    write_tree(repository, {"src/own.yaml": "not: [yaml", "new.txt": "x"})
    git("add", "new.txt")
    before, state = snapshot(repository), git("status", "--porcelain")
    assert run(["diff", "src", "--from", "main", "--to", "change"]) == 1
    said = capsys.readouterr()
    assert "-  value: one\n+  value: two\n" in said.out
    assert said.err == "1 changed\n"
    assert run(["diff", "src", "--from", "change", "--to", "HEAD"]) == 0
    assert snapshot(repository) == before and git("status", "--porcelain") == state
    assert git("worktree", "list").count("\n") == 1


def test_a_commit_is_compared_with_the_work_tree_where_no_other_is_named(repository, capsys):
    write_tree(repository, {"src/own.yaml": OWN.replace("one", "three")})
    assert run(["diff", "src", "--from", "HEAD"]) == 1
    assert "-  value: two\n+  value: three\n" in capsys.readouterr().out
    with contextlib.chdir(repository / "src"):
        assert run(["diff", "--from", "main"]) == 1
    assert "-  value: one\n+  value: three\n" in capsys.readouterr().out


def test_a_folder_that_one_commit_has_is_created_or_removed(repository, capsys):
    write_tree(repository, {"more/kustomization.yaml": "resources: [own.yaml]\n", "more/own.yaml": OWN})
    commit("three")
    assert run(["diff", "more", "--from", "main", "--to", "HEAD", "-o", "json"]) == 1
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert [change["action"] for change in section["changes"]] == ["created"]
    git("rm", "-rq", "more")
    assert run(["diff", "more", "--from", "HEAD"]) == 1
    assert capsys.readouterr().err == "1 removed\n"


def test_several_folders_are_compared_each_by_itself(repository, capsys):
    write_tree(repository, {"more/kustomization.yaml": "resources: [own.yaml]\n", "more/own.yaml": OWN})
    commit("three")
    assert run(["diff", "src", "more", "--from", "main", "--to", "HEAD"]) == 1
    out = capsys.readouterr().out
    assert "in src: 1 changed\n" in out and "in more: 1 created\n" in out


def test_values_of_secrets_are_in_no_format(repository, capsys):
    write_tree(repository, {"src/own.yaml": SECRET})
    commit("secret")
    write_tree(repository, {"src/own.yaml": SECRET.replace("hunter2-hunter2", "swordfish-swordfish")})
    commit("another secret")
    for form in ("text", "json", "yaml", "markdown"):
        for older in ("main", "HEAD~"):
            assert run(["diff", "src", "--from", older, "--to", "HEAD", "-o", form]) == 1
            said = capsys.readouterr()
            assert "password" in said.out
            assert "hunter2" not in said.out + said.err and "swordfish" not in said.out + said.err


def test_a_mistake_is_told_in_the_commit_it_was_made_in(repository, capsys):
    write_tree(repository, {"src/kustomization.yaml": "resources: [own.yaml]\nbad: 1\n"})
    commit("broken")
    assert run(["diff", "src", "--from", "main", "--to", "HEAD"]) == 2
    assert capsys.readouterr().err.startswith("error: HEAD:src/kustomization.yaml:2: unknown field 'bad'\n")
    assert run(["diff", "src", "--from", "main"]) == 2
    assert capsys.readouterr().err.startswith("error: src/kustomization.yaml:2: unknown field 'bad'\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["src", "--from", "nothing"], "there is no commit 'nothing' in this repository"),
        (["src", "--from", "--output=x"], "there is no commit '--output=x' in this repository"),
        (["src", "--from", "main", "--to", "nothing"], "there is no commit 'nothing' in this repository"),
        (["nowhere", "--from", "main"], "'nowhere' is neither in main nor in the work tree"),
        (["src", "../elsewhere", "--from", "main"], "is not in the repository"),
        (["--platform", "gke", "--from", "main"], "--from compares what is in the repository"),
        (["src", "--to", "main"], "--to goes with --from"),
        (["src", "-o", "markdown"], "-o markdown goes with --from"),
    ],
)
def test_what_cannot_be_compared_is_refused(repository, capsys, words, said):
    assert run(["diff", *words]) == 2
    told = capsys.readouterr().err
    assert said in told and "hint:" in told and "Traceback" not in told


def test_outside_of_a_repository_that_is_said(tmp_path, capsys):
    with contextlib.chdir(tmp_path):
        assert run(["diff", "--from", "main"]) == 2
    assert "is in no Git repository" in capsys.readouterr().err


def test_it_works_within_a_hook_of_git(repository, capsys, monkeypatch):
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository / ".git" / "next-index"))
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert run(["diff", "src", "--from", "main", "--to", "HEAD"]) == 1
    assert not (repository / ".git" / "next-index").exists()


def test_every_environment_of_a_project_is_compared(project, capsys):
    git("init", "-q", "-b", "main")
    commit("one")
    assert run(["param", "set", "modelServerReplicas", "2"]) == 0
    assert run(["param", "set", "--environment", "prod", "modelServerReplicas", "3"]) == 0
    assert run(["env", "remove", "test"]) == 0
    capsys.readouterr()
    assert run(["diff", "--from", "main", "-o", "json"]) == 1
    found = {tuple(one["names"]): one["changes"] for one in json.loads(capsys.readouterr().out)["sections"]}
    assert sorted(found) == [("dev",), ("prod",), ("test",)]
    assert {change["action"] for change in found["test",]} == {"removed"}
    assert run(["diff", "--environment", "prod", "--from", "main"]) == 1
    assert "+  replicas: 3" in capsys.readouterr().out


def test_an_environment_that_was_removed_is_seen_in_the_folder_of_the_rendered_ones(project, capsys):
    assert run(["render", "--all-environments", "--to", "rendered"]) == 0
    git("init", "-q", "-b", "main")
    commit("one")
    assert run(["env", "remove", "test"]) == 0
    assert run(["render", "--all-environments", "--to", "rendered"]) == 0
    capsys.readouterr()
    assert run(["diff", "rendered", "--from", "main", "-o", "json"]) == 1
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert section["names"] == ["test"]
    assert {change["action"] for change in section["changes"]} == {"removed"}


def test_a_project_with_a_rendered_folder_in_it_is_compared_itself(project, capsys):
    assert run(["render", "--environment", "prod", "--to", "rendered"]) == 0
    git("init", "-q", "-b", "main")
    commit("one")
    assert run(["param", "set", "modelServerReplicas", "2"]) == 0
    assert run(["diff", "--from", "main"]) == 1
    assert "+  replicas: 2" in capsys.readouterr().out
    assert run(["diff", "rendered", "--from", "main"]) == 0
