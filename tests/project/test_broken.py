"""A broken project gets an error with file, line and hint from every command, and nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfinstall.cli.start import run

Refused = Callable[..., str]

COMPONENTS, PARAMETERS, CHANGES = (f"{folder}/kustomization.yaml" for folder in ("components", "parameters", "changes"))
PROD = "environments/prod/kustomization.yaml"


def params(*literals: str, name: str = "minio-params", behavior: str = "merge") -> str:
    lines = "".join(f"  - {literal}\n" for literal in literals)
    return f"configMapGenerator:\n- name: {name}\n  behavior: {behavior}\n  literals:\n{lines}"


BREAKS = {
    "bad YAML": (COMPONENTS, "a: [\n", 18, "not YAML"),
    "a field twice": (COMPONENTS, "namespace: other\n", 17, "not YAML: found duplicate key"),
    "an unknown component": (PARAMETERS, None, 6, "there is no component 'minoi'"),
    "an unknown parameter": (PARAMETERS, params("minioStorge=1Gi"), 10, "there is no parameter 'minioStorge'"),
    "a value of the wrong type": (PARAMETERS, params("minioStorage=lots"), 10, "minioStorage is 'lots'"),
    "a value of the wrong type in prod": (PROD, params("minioStorage=lots"), 12, "minioStorage is 'lots'"),
    "a parameter of another component": (PARAMETERS, params("numGpus=1"), 10, "'numGpus' is of tf-serving"),
    "a parameter set twice": (
        PARAMETERS,
        params("minioStorage=1Gi", "minioStorage=2Gi"),
        11,
        "'minioStorage' is set twice",
    ),
    "no value": (PARAMETERS, params("minioStorage"), 10, "'minioStorage' is no parameter"),
    "an old name": (
        PARAMETERS,
        params("tfJobImage=a/b:1", name="tf-operator-params"),
        10,
        "'tfJobImage' is called tfOperatorImage now",
    ),
    "parameters that do not merge": (
        PARAMETERS,
        params("minioStorage=1Gi", behavior="replace"),
        8,
        "must have 'behavior: merge'",
    ),
    "a value without its option": (
        PROD,
        params("minioStorageClass=fast"),
        1,
        "options/storage-class' is missing: what is set would have no effect",
    ),
    "an option nobody asked for": (PROD, None, 7, "is listed, but no parameter asks for it"),
    "no platform": (COMPONENTS, None, 1, "the project names no platform"),
    "an unknown platform": (COMPONENTS, None, 16, "there is no platform 'gkee'"),
    "a component without what it requires": (COMPONENTS, None, 9, "component argo requires minio"),
    "parameters that are not carried out": (CHANGES, None, 1, "base/minio/parameters' is missing"),
    "no list": (PROD, "configMapGenerator: {name: a}\n", 8, "'configMapGenerator' must be a list"),
    "a patch of nothing": (PROD, "patches:\n- path: missing.yaml\n", 9, "no such file: 'missing.yaml'"),
}
REPLACED = {
    "an unknown component": ("- ../components\n", "- ../components\n- ../catalogue/base/minoi\n"),
    "an option nobody asked for": (
        "- ../../changes\n",
        "- ../../catalogue/base/tf-serving/options/gpus\n- ../../changes\n",
    ),
    "no platform": ("- ../catalogue/platforms/gke\n", "- ../catalogue/base/minio/parameters\n"),
    "an unknown platform": ("platforms/gke", "platforms/gkee"),
    "a component without what it requires": ("- ../catalogue/base/minio\n", ""),
    "parameters that are not carried out": ("- ../catalogue/base/minio/parameters\n", ""),
}
"""Breaks by replacing text; the others append."""


def break_it(project: Path, what: str) -> str:
    path, more, _, _ = BREAKS[what]
    text = (project / path).read_text()
    changed = text.replace(*REPLACED[what]) if what in REPLACED else text + (more or "")
    assert changed != text
    (project / path).write_text(changed)
    return path


@pytest.mark.parametrize("what", BREAKS)
@pytest.mark.parametrize("words", [["build", "--environment", "prod"], ["param", "set", "notebookStorage", "5Gi"]])
def test_what_is_broken_is_named_with_its_file_and_line(
    what: str, words: list[str], project: Path, refused: Refused
) -> None:
    path = break_it(project, what)
    _, _, line, message = BREAKS[what]
    said = refused(*words)
    assert f"{path}:{line}: " in said
    assert message in said


@pytest.mark.parametrize(
    "words",
    [
        ["build"],
        ["show"],
        ["param", "list"],
        ["param", "unset", "numGpus"],
        ["component", "list"],
        ["component", "add", "katib"],
        ["env", "add", "more"],
        ["graph"],
        ["init", ".", "--platform", "gke"],
        ["apply", "--yes"],
        ["diff"],
    ],
    ids=" ".join,
)
def test_every_command_refuses_a_broken_project(
    words: list[str], project: Path, refused: Refused, no_cluster: None
) -> None:
    break_it(project, "a value of the wrong type")
    assert "parameters/kustomization.yaml:10: minioStorage is 'lots'" in refused(*words)


@pytest.fixture
def no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


def test_every_mistake_is_reported_at_once(project: Path, refused: Refused) -> None:
    with (project / PARAMETERS).open("a") as file:
        file.write(params("minioStorage=lots", "minioStorge=1Gi"))
    with (project / PROD).open("a") as file:
        file.write(params("minioStorage=-1"))
    assert refused("build").count("error:") == 3


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (lambda base: (base / "minio" / "service.yaml").write_text("---\n"), "base/minio/service.yaml was changed"),
        (lambda base: (base / "minio" / "service.yaml").unlink(), "base/minio/service.yaml is missing"),
        (lambda base: (base / "minio" / "more.yaml").write_text("a: b\n"), "more.yaml is not of the catalogue"),
        (lambda base: shutil.rmtree(base / "argo"), "base/argo/component.yaml is missing"),
    ],
    ids=["changed", "missing", "added", "a folder missing"],
)
def test_a_catalogue_that_is_not_as_it_was_written_is_refused(
    do: Callable[[Path], object], said: str, project: Path, refused: Refused
) -> None:
    do(project / "catalogue" / "base")
    for words in (["build"], ["param", "set", "notebookStorage", "5Gi"]):
        found = refused(*words)
        assert said in found
        assert "changes/kustomization.yaml as a patch" in found


def test_a_list_of_checksums_that_was_made_to_fit_is_refused(project: Path, refused: Refused) -> None:
    sums = project / "catalogue" / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("0", "1"))
    assert "catalogue.yaml:4: the checksum of catalogue/SHA256SUMS" in refused("build")


@pytest.mark.parametrize(("text", "line"), [("version: [\n", 2), ("\0", 1), ("version: 1\n", 1), ("- a\n", 1), ("", 1)])
def test_a_lock_that_says_nothing_is_refused(text: str, line: int, project: Path, refused: Refused) -> None:
    (project / "catalogue.yaml").write_text(text)
    assert f"catalogue.yaml:{line}: " in refused("build")


SPOILS = ["null", "5", "[]", "{a: b}", "- x", "- {a: 1}", "!!binary aGk=", "*a", "\0", "\t", "---", "'", "|", "<<: *a"]
PLACES = [COMPONENTS, PARAMETERS, CHANGES, PROD, "kustomization.yaml", "catalogue.yaml"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), st.integers(0, 20), st.sampled_from(SPOILS), st.booleans())
def test_a_spoilt_line_is_read_or_refused_and_never_a_bug(
    project: Path, path: str, line: int, spoil: str, is_added: bool
) -> None:
    text = (project / path).read_text()
    lines = text.splitlines()
    at = line % len(lines)
    lines[at : at + (0 if is_added else 1)] = [spoil if is_added else f"{lines[at].partition(':')[0]}: {spoil}"]
    (project / path).write_text("\n".join(lines))
    try:
        assert run(["param", "list"]) in (0, 2)
    finally:
        (project / path).write_text(text)


def test_a_file_that_is_gone_is_named(project: Path, refused: Refused) -> None:
    (project / CHANGES).unlink()
    assert "cannot read 'changes/kustomization.yaml'" in refused("build")


def test_a_change_that_does_not_build_is_not_written(project: Path, refused: Refused) -> None:
    """The patch is fine until its component goes."""
    with (project / CHANGES).open("a") as file:
        file.write("replacements:\n- source: {kind: Service, name: tf-serving}\n  targets:\n")
        file.write("  - select: {kind: Service, name: minio-service}\n    fieldPaths: [metadata.annotations.x]\n")
        file.write("    options: {create: true}\n")
    assert "changes/kustomization.yaml" in refused("component", "remove", "tf-serving")
