"""Mistakes around Secrets are told without their values, and so are our own bugs."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from kfinstall.cli.start import EXIT_BUG, fail, run
from kfinstall.errors import ClusterError
from tests.leaks import Detector

WORD = "Zq8wXk29vLmPtR4s"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\n"
TREE = "resources: [secret.yaml]\n"

BROKEN_FILES = {
    "not YAML": SECRET + f"stringData:\n  word: {WORD}\n bad: [{WORD}\n",
    "a key twice": SECRET + f"stringData:\n  word: {WORD}\n  word: {WORD}\n",
    "a tab": SECRET + f"stringData:\n\tword: {WORD}\n",
    "a text for a mapping": SECRET + f"stringData: {WORD}\n",
    "a list for a mapping": SECRET + f"stringData: [{WORD}]\n",
    "a mapping for a text": SECRET + f"stringData: {{word: {{a: {WORD}}}}}\n",
    "an asterisk without quotes": SECRET + f"stringData: {{word: *{WORD}}}\n",
    "a bad escape": SECRET + f'stringData: {{word: "{WORD}\\q"}}\n',
    "no resource": f"{WORD}\n",
    "twice the same": f"{SECRET}stringData: {{word: {WORD}}}\n---\n{SECRET}stringData: {{word: {WORD}}}\n",
}

GENERATOR = "secretGenerator:\n- name: login\n  "
PATCH = TREE + "patches:\n- target: {kind: Secret}\n  patch: |\n    "
BROKEN_TREES = {
    "a literal without a key": GENERATOR + f"literals: [{WORD}]\n",
    "a literal with an empty key": GENERATOR + f"literals: ['={WORD}']\n",
    "a key twice": GENERATOR + f"literals: ['a={WORD}', 'a={WORD}']\n",
    "literals that are no list": GENERATOR + f"literals: {{a: {WORD}}}\n",
    "a field that does not exist": GENERATOR + f"literal: ['a={WORD}']\n",
    "a generator that is none": f"secretGenerator: a={WORD}\n",
    "a test that fails": PATCH + f"[{{op: test, path: /stringData/word, value: {WORD}}}]\n",
    "a path into a text": PATCH + f"[{{op: add, path: /stringData/word/x, value: {WORD}}}]\n",
    "an operation that does not exist": PATCH + f"[{{op: change, path: /stringData/word, value: {WORD}}}]\n",
    "a patch that is a text": PATCH + f"{WORD}\n",
    "a source inside a text": TREE
    + "replacements:\n- source: {kind: Secret, name: login, fieldPath: stringData.word.x}\n"
    + "  targets: [{select: {kind: Secret}, fieldPaths: [stringData.other]}]\n",
    "twice the same": "resources: [secret.yaml, ./secret.yaml]\n",
}


def check(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["graph", str(source), "-o", "json", "--no-cache"])
    said = capsys.readouterr()
    assert code == 2, said
    assert Detector([WORD.encode()]).find(said.out + said.err) == []


@pytest.mark.parametrize("mistake", BROKEN_FILES)
def test_a_mistake_in_a_manifest(mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "secret.yaml").write_text(BROKEN_FILES[mistake])
    check(tmp_path / "secret.yaml", capsys)


@pytest.mark.parametrize("mistake", BROKEN_TREES)
def test_a_mistake_in_a_kustomization(mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "secret.yaml").write_text(SECRET + "stringData: {word: another}\n")
    (tmp_path / "kustomization.yaml").write_text(BROKEN_TREES[mistake])
    check(tmp_path, capsys)


def unexpected() -> list[Exception]:
    """Give exceptions as Python and libraries make them, each with the value in its words."""
    encoded = b64encode(WORD.encode()).decode()
    made: list[Exception] = [ValueError(WORD), KeyError(WORD), OSError(2, "no such file", WORD), RuntimeError(encoded)]
    for act in (lambda: json.loads(f"[{WORD}"), lambda: {}[WORD], lambda: int(WORD), lambda: WORD.encode().index(b"!")):
        try:
            act()
        except Exception as error:  # noqa: BLE001  # any of them, that is the point
            made.append(error)
    chained = ValueError("outer")
    chained.__cause__ = ClusterError(f"no: {WORD}", hint=encoded)
    return [*made, chained, ExceptionGroup(WORD, [ValueError(WORD), ClusterError(WORD)])]


@pytest.mark.parametrize("number", range(len(unexpected())))
def test_a_bug_is_reported_without_a_value(number: int, capsys: pytest.CaptureFixture[str]):
    problem = unexpected()[number]
    assert fail(problem, ["param", "set", "word", WORD]) == EXIT_BUG
    said = capsys.readouterr()
    path = Path(said.err.partition("values is in ")[2].partition(";")[0])
    report = path.read_text()
    path.unlink()
    assert Detector([WORD.encode()]).find(report + said.out + said.err) == []
    assert type(problem).__name__ in report
