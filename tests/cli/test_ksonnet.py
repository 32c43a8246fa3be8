"""What was typed for `ks` is understood, and said in our words."""

from __future__ import annotations

import pytest

from kfinstall.cli.ksonnet import in_our_words
from kfinstall.cli.start import run

OLD_AND_NEW = [
    ("param set kubeflow-core disks data --env=prod", "param set kubeflow-core disks data --environment=prod"),
    ("param set kubeflow-core disks data --env prod", "param set kubeflow-core disks data --environment prod"),
    ("param list --env prod", "param list --environment prod"),
    ("param delete kubeflow-core disks", "param unset disks"),
    ("param delete kubeflow-core disks --env=prod", "param unset disks --environment=prod"),
    ("param delete kubeflow-core disks --env prod", "param unset disks --environment prod"),
    ("param delete disks", "param unset disks"),
    ("env rm prod", "env remove prod"),
    ("component rm jupyter", "component remove jupyter"),
    ("pkg list", "component list"),
    ("registry list", "component list"),
    ("show prod", "show --environment prod"),
    ("show prod -c jupyter", "show --environment prod -c jupyter"),
    ("diff prod", "diff --environment prod"),
    ("apply prod -c jupyter", "apply --environment prod -c jupyter"),
    ("delete prod", "delete --environment prod"),
    ("generate tf-job mine --num_ps=1 --num_workers 2", "generate tf-job mine --param num_ps=1 --param num_workers=2"),
    ("prototype use tf-job mine --num_ps=1", "generate tf-job mine --param num_ps=1"),
    ("generate tf-job mine --args=--a=b", "generate tf-job mine --param args=--a=b"),
]
OURS = [
    "apply",
    "apply overlay --environment prod",
    "apply --environment prod",
    "build --env prod",
    "component remove jupyter",
    "generate tf-job mine --param args=--a -o - --project there -p numPs=1",
    "generate tf-job mine --param --odd=1 --output file",
    "generate --help",
    "local",
    "param unset a b",
    "--help",
    "show .",
]


def is_environment(word: str) -> bool:
    return word == "prod"


@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW)
def test_an_old_command_line_is_read_as_the_new_one(old: str, new: str) -> None:
    assert in_our_words(old.split(), is_environment) == new.split()
    assert in_our_words(new.split(), is_environment) == new.split()


@pytest.mark.parametrize("words", OURS)
def test_a_command_line_of_ours_stays_as_it_is(words: str) -> None:
    assert in_our_words(words.split(), is_environment) == words.split()


def test_what_it_was_read_as_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pkg", "list"]) == 0
    assert capsys.readouterr().err == "read as: kfinstall component list\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("pkg install kubeflow/core@v0.1.2", "kfinstall component add NAME"),
        ("registry add kubeflow github.com/kubeflow/kubeflow", "--catalog-ref"),
        ("validate prod", "kfinstall build --environment NAME"),
    ],
)
def test_a_command_that_has_no_counterpart_says_what_is_done_today(
    words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words.split()) == 2
    assert hint in capsys.readouterr().err


def test_a_parameter_of_a_prototype_that_is_not_there_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "tf-job", "mine", "--num_wokers=2"]) == 2
    assert "did you mean 'num" in capsys.readouterr().err
