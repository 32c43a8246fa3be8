"""What the benchmarks print, on made-up figures; nothing is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.graphs import longest_s, pressure_s, steps_s
from benchmarks.installs import failure
from benchmarks.overlay_engine import growth_lines, ratio_line
from benchmarks.phases import PARTS
from benchmarks.processes import Cost
from benchmarks.synthetic import write_overlay, write_trivial, write_wired
from benchmarks.table import Row, lines
from kfinstall.build import build_resources
from kfinstall.load import load_tree

ROOT = Path(__file__).parents[2]


def test_a_row_has_the_median_the_spread_and_the_ratio_of_the_medians():
    _, row = lines([Row("first install", (2.0, 1.0, 6.0), "kubectl", (4.0, 8.0, 5.0))])
    assert row.split() == ["first", "install", "2.00s", "1.00..6.00", "5.00s", "0.40", "kubectl"]


def test_a_row_without_another_ends_with_the_spread():
    _, row = lines([Row("nodes", (1.5,))])
    assert row.split() == ["nodes", "1.50s", "1.50..1.50"]


def test_costs_are_given_in_shares_of_the_other_s():
    line = ratio_line("ours / theirs", Cost(1.0, 3.0, 50.0), Cost(4.0, 4.0, 200.0))
    assert line.split() == ["ours", "/", "theirs", "0.250", "0.750", "0.250"]


def test_growth_is_the_largest_against_the_smallest():
    times, ratio = growth_lines({100: 0.001, 5000: 0.0012})
    assert "100: 1000 us, 5000: 1200 us" in times
    assert ratio == "at N = 5000 it is 1.20 of that at 100"


def test_a_failure_says_which_command_how_and_the_last_that_it_said():
    said = "\n".join(f"line {i}" for i in range(40))
    text = failure(["/bin/kfinstall", "apply", "--yes"], 4, said)
    assert text.startswith("'kfinstall apply --yes' ended with 4:\n  line 28\n")
    assert text.endswith("  line 39")
    assert failure(["kubectl"], 1, "").endswith("it said nothing")


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_what_the_profile_shows_is_there(part):
    (file,) = (path for path in (ROOT / "kfinstall").rglob("*.py") if str(path).endswith(f"/{part.file}"))
    assert f"def {part.function}(" in file.read_text()


def test_the_synthetic_trees_build_to_what_they_promise(tmp_path):
    assert len(build_resources(load_tree(write_trivial(tmp_path / "trivial")))) == 1
    assert len(build_resources(load_tree(write_overlay(tmp_path / "overlay", 20)))) == 60
    wired = build_resources(load_tree(write_wired(tmp_path / "wired", 20)))
    deployments = [one.manifest for one in wired if one.id.kind == "Deployment"]
    assert [one["metadata"]["annotations"] for one in deployments] == [{"first": "info", "level": "info"}] * 20


def test_the_longest_path_goes_through_what_is_needed_and_not_through_what_is_only_slow():
    assert longest_s([[], [], [0, 1], [1]], [1.0, 4.0, 2.0, 1.5]) == 6.0
    assert longest_s([[], [], [0]], [1.0, 9.0, 2.0]) == 9.0


def test_a_step_is_from_the_last_that_one_needs_being_up_to_it_being_made():
    assert steps_s([[], [], [0, 1]], [0.0, 0.5, 4.25], [3.0, 4.0, 9.0]) == (0.25,)


def test_the_pressure_is_the_time_in_which_something_waited(tmp_path):
    told = tmp_path / "cpu"
    told.write_text("some avg10=1.00 avg60=1.00 avg300=1.00 total=2500000\nfull avg10=0.00 avg60=0 avg300=0 total=7\n")
    assert pressure_s(told) == 2.5
