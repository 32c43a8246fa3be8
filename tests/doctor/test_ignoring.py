"""What somebody has decided to live with does not count, as long as it was decided, and mistakes in it are told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from kfinstall.cli.start import run
from kfinstall.doctor import Finding, Severity, Snapshot
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.ignoring import ignored_in, read_annotation, read_ignored
from kfinstall.errors import InputError
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.resource import ResourceId
from tests.doctor.corpus import completed

TODAY = date(2026, 8, 1)
WEB = ResourceId("apps", "Deployment", "ml", "web")
FOUND = Finding("KF504", Severity.ERROR, WEB, "gone", "take another")
OLD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ml%s}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "k8s.gcr.io/pause:3.2"}]}}
"""


def reason(text: str, finding: Finding = FOUND) -> str | None:
    return ignored_in(Snapshot(), read_ignored(text, "f.yaml", CHECKS), CHECKS).reason(finding, TODAY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ignore:\n- {id: KF504, reason: it is mirrored}\n", "it is mirrored"),
        ("ignore:\n- id: KF5*\n  subject: Deployment ml/*\n", ""),
        ("ignore:\n- id: kf504\n  until: 2026-08-01\n", ""),
        ("ignore:\n- id: KF504\n  until: 2026-07-31\n", None),
        ("ignore:\n- id: KF504\n  subject: Deployment ml/other\n", None),
        ("ignore: []\n", None),
        ("", None),
    ],
)
def test_a_file_says_which_findings_do_not_count_and_until_when(text: str, why: str | None) -> None:
    assert reason(text) == why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ignore:\n- id: KF504\n- id: KF999\n", "f.yaml:3: no check is called 'KF999'"),
        ("ignore:\n- id: KF504\n  untl: x\n", "f.yaml:3: unknown field 'untl'"),
        ("ignore:\n- id: KF504\n  until: soon\n", "f.yaml:3: 'soon' is no day"),
        ("ignore:\n- reason: x\n", "f.yaml:2: an entry has no 'id'"),
        ("ignore:\n- KF504\n", "f.yaml:2: an entry must be a mapping"),
        ("suppress: []\n", "f.yaml:1: a file of what is ignored has one field"),
        ("ignore: [\n", "f.yaml:2: not YAML"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_ignored(text, "f.yaml", CHECKS)
    assert str(raised.value).startswith(said)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        read_ignored("ignore:\n- id: KF998\n- id: KF999\n", "f.yaml", CHECKS)
    assert len(raised.value.exceptions) == 2


def test_an_annotation_says_the_same_in_a_line() -> None:
    said = read_annotation("KF503, KF504 until 2027-01-31: it is mirrored; KF613", None, CHECKS)
    assert [(one.check, one.until, one.reason) for one in said] == [
        ("KF503", date(2027, 1, 31), "it is mirrored"),
        ("KF504", date(2027, 1, 31), "it is mirrored"),
        ("KF613", None, ""),
    ]


@pytest.mark.parametrize("text", ["all", "KF504 till 2027-01-31", "KF504 until soon", "KF999"])
def test_an_annotation_that_cannot_be_understood_is_a_mistake_of_the_render_and_a_remark_on_the_cluster(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "web.yaml").write_text(OLD % f', annotations: {{kfinstall.dev/ignore: "{text}"}}')
    assert run(["doctor", "--rendered", str(tmp_path)]) == 2
    assert f"{tmp_path}/web.yaml:1: " in capsys.readouterr().err
    live = {"kind": "Deployment", "apiVersion": "apps/v1"}
    live["metadata"] = {"name": "web", "namespace": "ml", "annotations": {"kfinstall.dev/ignore": text}}
    kind = WEB.group_kind
    snapshot = Snapshot(manifests={kind: completed([live])}, kinds=BUILTIN_KINDS)
    ignored = ignored_in(snapshot, (), CHECKS)
    assert ignored.reason(FOUND, TODAY) is None
    assert len(ignored.remarks) == 1


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "web.yaml").write_text(OLD % "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def doctor(*more: str) -> int:
    return run(["doctor", "--rendered", "web.yaml", "--only", "KF504", "-o", "json", *more])


def test_the_file_of_the_folder_is_read_and_what_it_says_is_in_the_report(
    old: Path, capsys: pytest.CaptureFixture
) -> None:
    assert doctor() == 1
    (old / ".kfinstallignore.yaml").write_text("ignore:\n- {id: KF504, reason: it is mirrored}\n")
    capsys.readouterr()
    assert doctor() == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == []
    assert [(one["check"], one["reason"]) for one in told["suppressed"]] == [("KF504", "it is mirrored")]


def test_another_file_can_be_named_and_must_be_there(old: Path, capsys: pytest.CaptureFixture) -> None:
    (old / "mine.yaml").write_text("ignore:\n- {id: KF504, subject: Deployment ml/web}\n")
    assert doctor("--ignorefile", "mine.yaml") == 0
    assert doctor("--ignorefile", "none.yaml") == 2
    assert "'none.yaml' cannot be read" in capsys.readouterr().err


def test_an_annotation_in_the_render_counts(old: Path) -> None:
    (old / "web.yaml").write_text(OLD % ", annotations: {kfinstall.dev/ignore: KF504}")
    assert doctor() == 0
    (old / "web.yaml").write_text(OLD % ', annotations: {kfinstall.dev/ignore: "KF504 until 2020-01-01"}')
    assert doctor() == 1


def test_a_report_job_exits_with_0_whatever_was_found_but_not_when_nobody_could_look(old: Path) -> None:
    assert doctor("--exit-zero") == 0
    user = "users: [{name: x, user: {}}], contexts: [{name: x, context: {cluster: x, user: x}}]"
    nobody = "clusters: [{name: x, cluster: {server: 'http://127.0.0.1:9'}}]"
    (old / "config").write_text(f"{{current-context: x, {user}, {nobody}}}")
    assert run(["doctor", "--kubeconfig", "config", "--exit-zero"]) == 3


def test_an_id_that_no_check_has_is_refused_on_the_command_line(old: Path, capsys: pytest.CaptureFixture) -> None:
    assert doctor("--suppress", "KF999") == 2
    assert "'KF999' names no check" in capsys.readouterr().err
    assert doctor("--suppress", "KF504=Deployment ml/*") == 0
    assert doctor("--suppress", "KF262") == 1  # it is told as KF501


def test_acting_as_somebody_is_for_before_an_install(old: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(["doctor", "--as", "alice"]) == 2
    assert "--as goes with --pre" in capsys.readouterr().err
