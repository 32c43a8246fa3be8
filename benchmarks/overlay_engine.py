"""`kfinstall build` beside stock kustomize and `kubectl kustomize`: whole programs, in turn, on the same trees.

A trivial tree, a synthetic overlay of growing size, and a real tree where one is named.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import phases, stock
from benchmarks.processes import Cost, Program, environment, measure
from benchmarks.synthetic import write_overlay, write_trivial

BIN = Path(sys.executable).parent
COUNTS = (100, 300, 1000)
LARGE = 5000
KINDS = 3
ONCE = 1000
"""From this size on every program runs once: stock kustomize takes most of a minute."""

HEAD = f"{'':<28}{'program':<20}{'wall':>9}{'CPU':>9}{'peak':>9}{'kfinstall takes, of its wall, CPU, peak':>42}"


def report(rounds: int, tree: Path | None) -> Iterator[str]:
    """Measure and give the lines of the report, each as soon as it is known."""
    yield HEAD
    ours, others = _ours(), _others()
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_trivial(Path(scratch) / "trivial")
        measure(ours, folder, 1)
        yield from _compare("trivial", folder, ours, others, max(rounds, 15))
        yield from _growth(Path(scratch), ours, others, rounds)
    if tree is None:
        yield "no real tree was named: --tree DIR, for example the folder example/ of a checkout of kubeflow/manifests"
    else:
        yield from _compare(tree.name, tree, ours, others, rounds)
        yield from _profile(tree)


def _ours() -> Program:
    return Program("kfinstall", [str(BIN / "kfinstall"), "build"])


def _others() -> tuple[Program, ...]:
    return (
        Program(f"kustomize {stock.VERSION}", [str(stock.kustomize()), "build"]),
        Program("kubectl kustomize", [str(BIN / "kubectl"), "kustomize"]),
    )


def _growth(scratch: Path, ours: Program, others: tuple[Program, ...], rounds: int) -> Iterator[str]:
    """Measure overlays of growing size; the largest with our program alone."""
    per_resource_s: dict[int, float] = {}
    for count in (*COUNTS, LARGE):
        folder = write_overlay(scratch / str(count), count)
        once = 1 if count >= ONCE else rounds
        cost = measure(ours, folder, max(once, 3))
        yield _line(f"overlay, N = {count}", ours, cost, None)
        per_resource_s[count] = cost.wall_s / (count * KINDS)
        if count != LARGE:
            for other in others:
                yield _line("", other, measure(other, folder, once), cost)
    times = ", ".join(f"{count}: {seconds * 1e6:.0f} us" for count, seconds in per_resource_s.items())
    yield f"time per resource, start of the program included: {times}"
    yield f"at N = {LARGE} it is {per_resource_s[LARGE] / per_resource_s[COUNTS[0]]:.2f} of that at {COUNTS[0]}"
    yield from _profile(scratch / str(LARGE) / "overlay")


def _compare(what: str, folder: Path, ours: Program, others: tuple[Program, ...], rounds: int) -> Iterator[str]:
    cost = measure(ours, folder, rounds)
    yield _line(what, ours, cost, None)
    for other in others:
        yield _line("", other, measure(other, folder, rounds), cost)


def _line(what: str, program: Program, cost: Cost, ours: Cost | None) -> str:
    text = f"{what:<28}{program.name:<20}{cost.wall_s:>8.3f}s{cost.cpu_s:>8.3f}s{cost.peak_mib:>6.0f}MiB"
    if ours is None:
        return text
    ratios = [one / other for one, other in zip(ours, cost, strict=True)]
    return f"{text}{ratios[0]:>24.3f}{ratios[1]:>9.3f}{ratios[2]:>9.3f}"


def _profile(folder: Path) -> list[str]:
    """Give where our time goes, as a program of its own prints it."""
    command = [sys.executable, "-m", phases.__name__, str(folder)]
    printed = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout
    return ["where the time of kfinstall goes, without the start of Python:", *printed.splitlines()]
