"""The front door of `kfinstall build` decides nothing but what click would decide the same."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path

import click
import pytest

from kfinstall.cli.build import command
from kfinstall.cli.plain import BUILD_OPTIONS, FOLDER, plain_build
from kfinstall.cli.start import run

WORDS = (
    *(
        "",
        "dir",
        "-",
        "--",
        "-o",
        "-oout",
        "-o=out",
        "--output",
        "--output=out",
        "--output=",
        "--output=-",
        "--outpu=x",
    ),
    *("--format", "--format=yaml", "--format=json", "--format=JSON", "json", "yaml", "none", "LoadRestrictionsNone"),
    *("--load-restrictor", "--load-restrictor=LoadRestrictionsNone", "--reorder", "--reorder=legacy", "--reorder=x"),
    *("--origin", "--origin=yes", "--explain", "--explain=spec", "--no-cache", "--enable-managedby-label", "-h"),
    *("--help", "-e", "--env=A", "--enable-helm", "--as-current-user", "-oo", "--no-cachee", "-é", "--origin="),
)


def by_click(words: list[str]) -> dict[str, object] | None:
    """Give the parameters as click reads them; None where it has something to say."""
    try:
        with command.make_context("build", list(words)) as context:
            return dict(context.params)
    except (click.ClickException, click.exceptions.Exit):
        return None


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_what_the_front_door_takes_click_reads_the_same(count, capsys):
    taken = 0
    for words in product(WORDS, repeat=count):
        plain = plain_build(["build", *words])
        if plain is not None:
            taken += 1
            read = by_click(list(words))
            assert read is not None, words
            assert plain == {name: read.pop(name) for name in plain}, words
            assert not any(read.values()), words
    assert taken


@pytest.mark.parametrize(
    "words",
    [[], ["dir"], ["dir", "-o", "out"], ["--format=json", "dir"], ["--load-restrictor", "LoadRestrictionsNone", "d"]],
)
def test_usual_lines_are_taken(words):
    assert plain_build(["build", *words]) is not None


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["--help"],
        ["plan", "dir"],
        ["build", "one", "two"],
        ["build", "--origin", "--origin"],
        ["build", "--enable-helm", "dir"],
        ["build", "--format", "xml"],
        ["build", "dir", "-o"],
        ["build", "dir", "-o", "--origin"],
        ["build", ""],
    ],
)
def test_what_is_not_plain_is_left_to_click(line):
    assert plain_build(line) is None


def test_every_option_of_the_table_is_declared_to_click():
    declared = {name: option for option in command.params for name in option.opts}
    for option in BUILD_OPTIONS:
        for spelling in option.spellings:
            assert declared[spelling].name == option.parameter
            assert declared[spelling].is_flag == option.is_flag
    assert FOLDER in declared


@pytest.mark.parametrize("extra", [[], ["--format", "json"], ["--origin"], ["--explain", "data.k"], ["--reorder=none"]])
def test_both_ways_print_the_same(extra, tmp_path: Path, capsys):
    (tmp_path / "kustomization.yaml").write_text("resources: [one.yaml]\nnamePrefix: a-\n")
    (tmp_path / "one.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n")
    plain = ["build", str(tmp_path), *extra]
    through_click = ["build", *extra, "--", str(tmp_path)]
    assert plain_build(plain) is not None
    assert plain_build(through_click) is None
    assert run(plain) == 0
    printed = capsys.readouterr()
    assert run(through_click) == 0
    assert capsys.readouterr() == printed


def test_a_mistake_in_a_file_is_told_the_same_both_ways(tmp_path: Path, capsys):
    (tmp_path / "kustomization.yaml").write_text("resorces: []\n")
    assert run(["build", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert run(["build", "--", str(tmp_path)]) == 2
    assert capsys.readouterr() == told


def test_the_shell_s_questions_go_to_click_whatever_is_typed(tmp_path: Path):
    asked = {"_KFINSTALL_COMPLETE": "bash_complete", "COMP_WORDS": "kfinstall build --for", "COMP_CWORD": "2"}
    line = [sys.executable, "-m", "kfinstall", "build", str(tmp_path)]
    done = subprocess.run(line, env=asked, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "plain,--format\n"
