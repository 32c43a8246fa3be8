"""Several folders, files and standard input are one set of resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from kfinstall.cli.start import run

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: default}\n"
WAITS = MAP.replace("NAME,", "NAME, annotations: {config.kubernetes.io/depends-on: /namespaces/default/ConfigMap/one},")


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).mkdir()
    (folder / name / "kustomization.yaml").write_text("resources: [map.yaml]\n")
    (folder / name / "map.yaml").write_text(text)
    return str(folder / name)


def test_several_folders_are_one_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path, "one", MAP.replace("NAME", "one"))
    two = write(tmp_path, "two", WAITS.replace("NAME", "two"))
    assert run(["graph", two, one]) == 0
    shown = capsys.readouterr().out
    assert shown.index("ConfigMap default/one\n") < shown.index("ConfigMap default/two\n")
    assert "waits until healthy for ConfigMap default/one" in shown


def test_what_is_in_two_folders_is_refused_with_both_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [write(tmp_path, name, MAP.replace("NAME", "same")) for name in ("one", "two")]
    assert run(["graph", *folders]) == 2
    said = capsys.readouterr().err
    assert f"{folders[1]}/map.yaml:1: ConfigMap default/same is there twice, first at {folders[0]}/map.yaml:1" in said


def test_the_mistakes_of_all_folders_come_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [write(tmp_path, name, "kind: [") for name in ("one", "two")]
    assert run(["graph", *folders]) == 2
    said = capsys.readouterr().err
    assert "one/map.yaml:1: " in said
    assert "two/map.yaml:1: " in said


def test_standard_input_is_read_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", write(tmp_path, "one", MAP), "-", "-"]) == 2
    assert "standard input can be read once" in capsys.readouterr().err


def test_a_project_is_not_one_of_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "my-ml"), "--platform", "kind"]) == 0
    assert run(["graph", write(tmp_path, "one", MAP.replace("NAME", "one")), str(tmp_path / "my-ml")]) == 2
    assert "is a project, which is applied alone" in capsys.readouterr().err
