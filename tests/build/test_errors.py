"""What every error of a build says, whatever the mistake."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from rendering import build_text, errors_of, write_tree

from kfinstall.errors import InputError

CODE = Path(__file__).resolve().parents[2] / "kfinstall"
READERS = sorted(path for part in ("build", "load", "manifest", "fields") for path in CODE.glob(f"{part}/**/*.py"))
NO_FILE = {
    "reading/files.py": "the folder that was asked for holds no kustomization, or is a file",
    "reading/memory.py": "the tree is in memory: the caller gave the paths",
    "reading/tree.py": "the load restrictor is an option",
    "build/history.py": "the field path is an option",
    "load/git.py": "the place is added where it is fetched",
    "load/http.py": "the place is added where it is fetched",
    "load/downloads.py": "the place is added where what was had is given",
    "load/github.py": "the token is a variable",
    "load/helm.py": "the command is an option",
    "load/revisions.py": "the repository and the commit are arguments",
    "load/rendered.py": "it is a whole folder, or standard input",
    "manifest/emit.py": "the place is that of the resource, added when it is printed",
    "manifest/quote.py": "the place is that of the resource, added when it is printed",
    "build/field_paths.py": "the place is added where the path is written",
}
"""Modules with errors that have no place when they are made, and why."""


def _errors(path: Path) -> list[ast.Call]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("InputError", "FetchError")]


@pytest.mark.parametrize("path", [path for path in READERS if _errors(path)], ids=lambda path: path.stem)
def test_every_error_says_what_to_do_and_where(path: Path) -> None:
    may_lack_place = any(str(path).endswith(f"/{module}") for module in NO_FILE)
    for call in _errors(path):
        said = {keyword.arg for keyword in call.keywords}
        assert "hint" in said, f"line {call.lineno} has no hint"
        assert "origin" in said or may_lack_place, f"line {call.lineno} has no origin"


def test_a_name_never_makes_a_line_of_its_own(tmp_path: Path) -> None:
    odd = '"a\\nerror: b\\x1b[31m\\u2028c\\r"'
    write_tree(
        tmp_path,
        {
            "kustomization.yaml": f"resources: [{odd}, here.yaml]\n{odd}: 1\npatches:\n- path: {odd}\n",
            "here.yaml": f"apiVersion: v1\nkind: {odd}\n",
        },
    )
    with pytest.raises(ExceptionGroup) as caught:
        build_text(tmp_path)
    errors = errors_of(caught.value)
    assert len(errors) == 4
    for error in errors:
        first, hint = str(error).split("\n")
        assert first.startswith(str(tmp_path))
        assert hint.startswith("  hint: ")
        assert (first + hint).isprintable()


def test_an_item_that_its_own_pattern_does_not_match_is_not_created(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "kustomization.yaml": "resources: [a.yaml]\nreplacements:\n- source: {kind: Pod}\n  targets:\n"
            "  - select: {kind: Pod}\n    fieldPaths: ['spec.[name=lo+g].image']\n    options: {create: true}\n",
            "a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\n",
        },
    )
    with pytest.raises(InputError) as caught:
        build_text(tmp_path)
    place, hint = f"{tmp_path}/kustomization.yaml:5", "name the item in full"
    assert str(caught.value) == f"{place}: '[name=lo+g]' cannot be created: it is a pattern\n  hint: {hint}"


def test_text_in_a_value_that_cannot_be_written_into_is_named(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "kustomization.yaml": "resources: [a.yaml]\nreplacements:\n- sourceValue: x\n  targets:\n"
            "  - select: {kind: ConfigMap}\n    fieldPaths: ['data.text.a']\n",
            "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: |\n    a: [b\n    c: d\n",
        },
    )
    with pytest.raises(
        InputError, match=r"kustomization.yaml:5: the target 'data.text.a' of ConfigMap a cannot be written"
    ):
        build_text(tmp_path)


def test_details_of_an_error_are_lines_below_it() -> None:
    assert str(InputError("it failed", details=["one\ntwo", "three"])) == "it failed\n  one\\ntwo\n  three"
