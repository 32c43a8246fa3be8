"""The steps of a start, as a log shows them: a line on standard error when one is over, and now and then in between."""

from __future__ import annotations

import pytest

from kfinstall.cli.steps import show_steps
from kfinstall.localplane import Step


def told(capsys: pytest.CaptureFixture[str], *steps: Step) -> list[str]:
    with show_steps() as show:
        for step in steps:
            show(step)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_a_step_is_one_line_with_its_time_and_what_came_of_it(capsys: pytest.CaptureFixture[str]):
    done = Step("etcd and API server", "done", 1.31)
    shape = Step("the shape of gke", "done", 2.0, "nodes: 4")
    lines = told(capsys, Step(done.name, "started"), done, Step(shape.name, "started"), shape)
    assert [line.split() for line in lines] == [
        ["1.3s", "etcd", "and", "API", "server"],
        ["2.0s", "the", "shape", "of", "gke", "(nodes:", "4)"],
    ]


def test_a_long_step_says_every_quarter_of_a_minute_where_it_is(capsys: pytest.CaptureFixture[str]):
    ticks = [Step("building", "running", second, f"package {second}") for second in range(1, 40)]
    lines = told(capsys, Step("building", "started"), *ticks)
    assert [line.split()[-1] for line in lines] == ["15", "30"]


def test_a_step_that_fails_and_a_remark_are_told(capsys: pytest.CaptureFixture[str]):
    note = Step("programs", "note", detail="passed over: /x/etcd is version 3.4.0, etcd 3.6 is needed")
    lines = told(capsys, note, Step("building", "started"), Step("building", "failed", 3.0))
    assert "passed over: /x/etcd" in lines[0]
    assert "failed: building" in lines[1]
