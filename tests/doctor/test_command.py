"""`kfinstall doctor` without a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.cli.start import run

OLD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ml}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: k8s.gcr.io/pause:3.2}
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(OLD)
    (tmp_path / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    return tmp_path


@pytest.mark.parametrize("info", catalog.platforms(), ids=lambda info: info.name)
def test_nothing_is_found_in_an_overlay_of_ours(info: catalog.PlatformInfo, capsys: pytest.CaptureFixture) -> None:
    assert run(["doctor", "--rendered", str(catalog.overlay(info.name)), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_a_kustomization_is_built_and_the_line_is_told(old: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(["doctor", "--rendered", str(old), "--only", "images"]) == 1
    said = capsys.readouterr().out
    assert "KF504" in said
    assert f"{old}/web.yaml:1" in said


def test_checks_that_are_left_out_are_not_made(old: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(["doctor", "--rendered", str(old), "--skip", "KF504"]) == 0
    assert "KF504" not in capsys.readouterr().out


def test_a_check_that_is_not_known_is_refused(capsys: pytest.CaptureFixture) -> None:
    assert run(["doctor", "--only", "KF999"]) == 2
    assert "no check is called 'KF999'" in capsys.readouterr().err
