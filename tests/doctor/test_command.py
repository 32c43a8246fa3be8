"""`kfinstall doctor` without a cluster."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.cli.doctor import FORMATS
from kfinstall.cli.start import run
from kfinstall.doctor.bundle import write_bundle
from tests.cluster.scripted import Reply, serve, write_kubeconfig
from tests.doctor.corpus import FOLDER, load_state

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


@pytest.mark.parametrize("format", FORMATS)
def test_the_exit_code_is_the_same_in_every_format_and_only_the_document_is_printed(
    format: str, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(["doctor", "--rendered", str(old), "-o", format]) == 1
    assert run(["doctor", "--rendered", str(old), "--skip", "KF504", "-o", format]) == 0
    assert run(["doctor", "--rendered", str(old), "--only", "KF504", "--fail-on", "error", "-o", format]) == 1
    assert capsys.readouterr().err == ""
    nobody = write_kubeconfig(tmp_path / "nobody", "http://127.0.0.1:9", {})
    nobody.chmod(0o600)
    assert run(["doctor", "--kubeconfig", str(nobody), "-o", format]) == 3
    told = capsys.readouterr()
    assert told.err == ""
    assert BEGINNINGS[format] in told.out[:60]


BEGINNINGS = {
    "text": "error", "short": "KF", "json": "{", "sarif": "{", "junit": "<?xml", "md": "#", "html": "<!doctype html>",
}  # fmt: skip


def test_there_is_nothing_to_wait_for_in_a_render(old: Path) -> None:
    assert run(["doctor", "--rendered", str(old), "--wait", "1h"]) == 1


def test_a_server_that_was_asked_too_often_is_told_as_that(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with serve(lambda *_: Reply(429, b"API rate limit exceeded"), tmp_path) as server:
        (tmp_path / "kustomization.yaml").write_text(f"resources:\n- {server.url}/base.yaml\n")
        assert run(["doctor", "--rendered", str(tmp_path), "-o", "json"]) == 3
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["check"] == "KF008"
    assert "wait a while" in finding["hint"]


def test_a_remote_base_without_a_version_is_told_with_its_line(
    old: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture
) -> None:
    folder = tmp_path_factory.mktemp("overlay")
    for words in ("init -q -b main", "add -A", "-c user.name=t -c user.email=t@example.com commit -qm one"):
        subprocess.run(["git", "-C", str(old), *words.split()], check=True)
    (folder / "kustomization.yaml").write_text(f"resources:\n- file://{old}\n")
    assert run(["doctor", "--rendered", str(folder), "--only", "KF008", "-o", "json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["severity"] == "warning"
    assert f"{folder}/kustomization.yaml" in json.dumps(finding)


@pytest.mark.parametrize(("user", "checks"), [("alice@example.org", ["KF801"]), ("bob@example.org", [])])
def test_one_user_is_told_of_their_own_server_alone(
    user: str, checks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    state = load_state(FOLDER / "KF801-behind-iap.yaml")
    write_bundle(str(tmp_path / "bundle"), state.snapshot)
    run(["doctor", "--from-bundle", str(tmp_path / "bundle"), "--only", "KF801", "--user", user, "-o", "json"])
    assert [one["check"] for one in json.loads(capsys.readouterr().out)["findings"]] == checks
