"""The bench of installers, on a small set and without those that have to be built; no time of it is judged."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from benchmarks import installers
from benchmarks.apply_engine import Bench, Failed, Spent, measure, table, verdicts, write
from benchmarks.installers import STEPS
from benchmarks.installs import FailedRunError
from benchmarks.objects import KINDS, NAMESPACES, applications, manifests
from benchmarks.processes import Cost
from benchmarks.proxy import counting

COUNT = 100


@pytest.mark.parametrize("count", [100, 1000])
def test_there_are_as_many_objects_as_asked_for_and_one_image_is_changed(count: int):
    first = list(yaml.load_all(manifests(count), yaml.CSafeLoader))
    changed = list(yaml.load_all(manifests(count, changed_image=True), yaml.CSafeLoader))
    tally = Counter(one["kind"] for one in first)
    assert (len(first), len(tally)) == (count, KINDS)
    assert (tally["Namespace"], tally["Deployment"]) == (NAMESPACES, applications(count))
    assert sum(one != other for one, other in zip(first, changed, strict=True)) == 1


def test_each_step_is_done_and_its_requests_are_counted(plane, cluster, tmp_path):
    with counting(plane.kubeconfig, tmp_path) as proxy:
        _, bare = installers.bare(proxy.kubeconfig)
        bench = Bench(cluster, proxy, (installers.kfinstall(proxy.kubeconfig), bare))
        measured = measure(bench, write(tmp_path / "manifests", COUNT), 1)
    requests = {step: measured[step, "kfinstall"].requests for step in STEPS}
    assert measured[STEPS[0], bare.name].requests >= COUNT
    assert COUNT < requests["first install"] < 2.5 * COUNT
    assert requests["unchanged"] == KINDS + 5
    assert requests["one image"] < COUNT
    assert all(spent.cost.cpu_s > 0 and spent.cost.peak_mib > 0 for spent in measured.values())


def spent(wall_s: float, requests: int = 0) -> Spent:
    return Spent(Cost(wall_s, 0.5, 40.0), requests)


def test_a_table_has_a_row_an_installer_and_our_share_of_its_time():
    measured = {(step, name): spent(wall_s) for step in STEPS for name, wall_s in (("kfinstall", 2.0), ("Helm", 8.0))}
    first, second, *_ = table("100 objects", measured)
    assert first.split() == ["100", "objects,", "first", "install", "kfinstall", "2.00s", "0.50s", "40MiB", "0"]
    assert second.split() == ["Helm", "8.00s", "0.50s", "40MiB", "0", "0.25"]


class Broken:
    """An installer that fails at its second step."""

    name = "Broken"

    def steps(self):
        return STEPS

    def run(self, step, manifests):
        if step == STEPS[0]:
            return Cost(1.0, 0.5, 40.0)
        raise FailedRunError("'broken apply' ended with 1:\n  connection reset")


def test_an_installer_that_fails_is_a_row_that_says_why_and_the_others_go_on(plane, cluster, tmp_path):
    with counting(plane.kubeconfig, tmp_path) as proxy:
        bench = Bench(cluster, proxy, (Broken(), Broken()))
        measured = measure(bench, write(tmp_path / "manifests", COUNT), 1)
    assert measured[STEPS[0], "Broken"] == spent(1.0)
    assert measured[STEPS[1], "Broken"] == Failed("'broken apply' ended with 1: connection reset")
    assert len(measured) == 2
    ours = {(step, "kfinstall"): spent(0.1) for step in STEPS}
    lines = list(table("100 objects", {**ours, **measured}))
    assert [line.split() for line in lines if "Broken" in line] == [
        ["Broken", "1.00s", "0.50s", "40MiB", "0", "0.10"],
        ["Broken", *["failed:", "'broken", "apply'", "ended", "with", "1:", "connection", "reset"]],
    ]
    assert "met      ahead of every peer in each row" in "\n".join(verdicts(100, {**ours, **measured}))


def test_what_misses_its_target_is_named():
    ours = {(step, "kfinstall"): spent(1.3, KINDS + 6) for step in STEPS}
    bare = {(STEPS[0], "bare client, 8 connections"): spent(1.0)}
    peers = {(step, "Helm"): spent(1.2 if step == "delete" else 9.0) for step in STEPS}
    said = [" ".join(line.split()) for line in verdicts(1000, {**ours, **bare, **peers})]
    assert said == [
        "NOT MET first install at most 1.2 of the bare client, 8 connections: 1.30",
        "NOT MET ahead of every peer in each row: not in delete (Helm)",
        f"NOT MET unchanged: at most {KINDS + 5} requests: {KINDS + 6}",
        "NOT MET unchanged: within 1 s: 1.30 s",
        "met memory under 200 MB: 42 MB",
    ]
