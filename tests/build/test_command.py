"""`kfinstall build` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from rendering import KUBECTL, judge_text, write_tree

from kfinstall.cli.start import run
from tests.judge import judge

TREE = {
    "kustomization.yaml": "resources: [all.yaml]\ncommonLabels: {a: b}\n",
    "all.yaml": """apiVersion: v1
kind: Secret
metadata: {name: S, namespace: one}
data: {k: aHVudGVyMg==}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
apiVersion: v1
kind: Namespace
metadata: {name: one}
""",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write_tree(tmp_path / "tree", TREE)
    return tmp_path / "tree"


def test_the_bytes_are_those_of_the_real_tool(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(tree)]) == 0
    printed = capsys.readouterr()
    assert printed.out == judge_text(tree)
    assert "'commonLabels' is deprecated" in printed.err


def test_a_file_gets_what_would_be_printed(tree: Path, tmp_path: Path) -> None:
    assert run(["build", str(tree), "-o", str(tmp_path / "out.yaml")]) == 0
    assert (tmp_path / "out.yaml").read_text() == judge_text(tree)


def test_a_folder_gets_the_files_of_the_real_tool(tree: Path, tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    assert run(["build", str(tree), "-o", str(tmp_path / "ours")]) == 0
    subprocess.run([KUBECTL, "kustomize", tree, "-o", tmp_path / "theirs"], check=True, capture_output=True)
    ours, theirs = (
        {path.name: path.read_text() for path in (tmp_path / side).iterdir()} for side in ("ours", "theirs")
    )
    assert ours == theirs


def test_a_folder_that_is_not_there_gets_nothing(tree: Path, tmp_path: Path) -> None:
    assert run(["build", str(tree), "-o", f"{tmp_path}/none/"]) == 2
    assert not (tmp_path / "none").exists()


def test_an_equals_sign_may_stand_behind_a_short_option(tree: Path, tmp_path: Path) -> None:
    assert run(["build", str(tree), f"-o={tmp_path}/out.yaml"]) == 0
    assert (tmp_path / "out.yaml").read_text() == judge_text(tree)


def test_no_file_at_all_is_standard_output(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(tree), "--output="]) == 0
    assert capsys.readouterr().out == judge_text(tree)


def test_json_is_one_list(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(tree), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == list(yaml.safe_load_all(judge_text(tree) or ""))


def test_the_order_as_read_can_be_asked_for(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(tree), "--reorder", "none"]) == 0
    printed = capsys.readouterr()
    assert [one["kind"] for one in yaml.safe_load_all(printed.out)] == ["Secret", "ConfigMap", "Namespace"]
    assert "--reorder has been deprecated" in printed.err


def test_a_secret_is_not_shown_when_its_origin_is(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(tree), "--explain", "data.k"]) == 0
    printed = capsys.readouterr().out
    assert "all.yaml:4: as written: Secret one/S data.k = (hidden)" in printed


def test_a_folder_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "nowhere"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "flags",
    [
        ("--enable-helm=false", "--as-current-user=true", "--network=0"),
        ("--network-name", "x", "--mount", "a", "-e", "A", "--helm-kube-version=1.30"),
        ("--load-restrictor=LoadRestrictionsRootOnly", "--env=B=1", "--helm-api-versions", "v1"),
    ],
)
def test_options_of_the_real_tool_are_taken(
    flags: tuple[str, ...], tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", str(tree), *flags]) == 0
    assert capsys.readouterr().out == judge(tree, *flags)


@pytest.mark.parametrize("value", ["on", "off", "true"])
def test_the_managed_by_label_may_be_asked_for_in_the_environment(
    value: str, tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL", value)
    assert run(["build", str(tree)]) == 0
    printed = capsys.readouterr().out
    assert printed == judge_text(tree)
    assert ("managed-by" in printed) == (value == "on")
