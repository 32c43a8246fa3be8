"""Every format is a whole document of its kind, also where nothing was found, and says the same."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from kfinstall.cli import doctorrun, doctorview
from kfinstall.doctor import Finding, Report, Severity
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.choice import choose, parse_suppressions
from kfinstall.doctor.formats import FORMATS
from kfinstall.doctor.model import CRASH, Skipped
from kfinstall.errors import InputError
from kfinstall.resource import Origin, ResourceId

CLASS = ResourceId("storage.k8s.io", "StorageClass", "", "standard")
POD = ResourceId("", "Pod", "kubeflow", "jupyter-alice")
CLAIM = ResourceId("", "PersistentVolumeClaim", "kubeflow", "claim-alice")
ODD = "a <b> & `c` | [d](e) \x1b[31m ]]>"
SYMPTOM = Finding("KF601", Severity.ERROR, POD, "the server of alice waits", "h", through=(POD, CLAIM))
CAUSE = Finding(
    "KF603", Severity.ERROR, CLASS, f"no class is the default {ODD}", "kubectl patch storageclass standard",
    (CLAIM,), ("FailedBinding: no persistent volumes",), symptoms=(SYMPTOM,),
)  # fmt: skip
WARNING = Finding(
    "KF613", Severity.WARNING, POD, "asks for nothing", "give it requests", origin=Origin("a/pod.yaml", 7)
)
REPORT = Report(
    (CAUSE, WARNING), ("KF601", "KF603", "KF613"), (Skipped("KF604", "Node: may not list"),), cluster="test"
)
EMPTY = Report((), ("KF601",))


def texts(report: Report) -> dict[str, str]:
    made = {name: make(report, CHECKS) for name, make in FORMATS.items()}
    return {**made, "text": "\n".join(doctorview.text(report)), "short": "\n".join(doctorview.short(report))}


@pytest.mark.parametrize("name", texts(REPORT))
def test_each_format_names_checks_objects_and_what_was_written_where(name: str) -> None:
    told = texts(REPORT)[name]
    for word in ("KF603", "KF613", "standard", "a/pod.yaml"):
        assert word in told
    assert "\x1b" not in told


@pytest.mark.parametrize("name", sorted(set(texts(REPORT)) - {"short"}))
def test_each_longer_format_shows_the_chain_and_what_was_skipped(name: str) -> None:
    told = texts(REPORT)[name].replace("\\u2190", "←").replace("\n", " ")
    flat = " ".join(told.split())
    assert "Pod kubeflow/jupyter-alice ← PersistentVolumeClaim kubeflow/claim-alice ← StorageClass standard" in flat
    assert "may not list" in flat


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "none"])
def test_documents_can_be_read_by_what_they_are_for(report: Report) -> None:
    made = texts(report)
    assert len(json.loads(made["json"])["findings"]) == len(report.findings)
    sarif = json.loads(made["sarif"])["runs"][0]
    assert len(sarif["results"]) == len(report.findings)
    assert [rule["id"] for rule in sarif["tool"]["driver"]["rules"]] == [check.id for check in CHECKS]
    suite = ElementTree.fromstring(made["junit"])
    assert int(suite.get("failures") or 0) == len({one.check for one in report.findings})
    assert int(suite.get("tests") or 0) == len(report.ran) + len(report.skipped)
    parser = HTMLParser()
    parser.feed(made["html"])
    assert "<b>" not in made["html"]


def test_sarif_has_file_and_line_of_what_was_rendered() -> None:
    results = json.loads(FORMATS["sarif"](REPORT, CHECKS))["runs"][0]["results"]
    place = results[1]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a/pod.yaml"}, "region": {"startLine": 7}}


def test_text_is_at_most_80_columns_wide_but_for_words_that_cannot_be_cut() -> None:
    long = [line for line in doctorview.text(REPORT) if len(line) > 80]
    assert long == []


def test_the_end_says_what_there_is_and_what_to_do_first() -> None:
    *_, count, first = doctorview.text(REPORT)
    assert count == "1 error, 1 warning; 3 checks ran; 1 skipped on test"
    assert "kubectl patch storageclass standard" in first
    assert list(doctorview.text(EMPTY)) == ["nothing found; 1 checks ran"]


def test_a_long_report_says_on_its_first_screen_what_to_do_first() -> None:
    many = replace(REPORT, findings=(CAUSE, *[replace(WARNING, hint=f"step {number}") for number in range(200)]))
    first = list(doctorview.text(many))[:24]
    assert first[0] == "1 error, 200 warnings: scheduling 201"
    assert any("1  KF603 StorageClass standard: kubectl patch storageclass" in line for line in first)
    assert any("step 0" in line for line in first)
    assert max(map(len, first)) <= 80


@pytest.mark.parametrize(
    ("report", "fail_on", "code"),
    [
        (REPORT, "error", 1),
        (replace(REPORT, findings=(WARNING,)), "error", 0),
        (replace(REPORT, findings=(WARNING,)), "warning", 1),
        (EMPTY, "info", 0),
        (replace(EMPTY, problems=("no cluster",)), "error", 3),
        (replace(REPORT, findings=(replace(CAUSE, check=CRASH),)), "error", 3),
    ],
)
def test_exit_codes(report: Report, fail_on: str, code: int) -> None:
    assert doctorrun.exit_code(report, doctorrun.Asked(fail_on=fail_on)) == code


@pytest.mark.parametrize(
    ("word", "is_covered"),
    [
        ("KF603", True),
        ("kf6*", True),
        ("KF604", False),
        ("KF603=StorageClass standard", True),
        ("KF603=StorageClass.storage.k8s.io *", True),
        ("KF603=StorageClass gold", False),
    ],
)
def test_suppressions_cover_checks_and_objects(word: str, is_covered: bool) -> None:
    (suppression,) = parse_suppressions([word], CHECKS)
    assert suppression.covers(CAUSE) is is_covered


def test_checks_are_chosen_by_id_pattern_and_group() -> None:
    assert {check.id for check in choose(CHECKS, ["kf601,KF603"], [])} == {"KF601", "KF603"}
    assert "KF601" not in {check.id for check in choose(CHECKS, ["scheduling"], ["KF60*"])}


@pytest.mark.parametrize("word", ["KF299", "schedulin"])
def test_a_check_that_does_not_exist_is_an_error(word: str) -> None:
    with pytest.raises(InputError, match=word):
        choose(CHECKS, [word], [])


def test_a_suppression_that_names_no_check_is_an_error() -> None:
    with pytest.raises(InputError, match="names no check"):
        parse_suppressions(["Deployment x"], CHECKS)
