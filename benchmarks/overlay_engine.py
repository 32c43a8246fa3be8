"""`kfinstall build` beside stock kustomize and `kubectl kustomize`: whole programs, in turn, on the same trees.

A trivial tree, two synthetic overlays of growing size (in the second, names, replacements and vars lead from resource
to resource), and a real tree where one is named.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import phases, stock
from benchmarks.processes import Cost, Program, empty_cache, environment, measure
from benchmarks.synthetic import write_overlay, write_trivial, write_wired

BIN = Path(sys.executable).parent
COUNTS = (100, 300, 1000)
LARGE = 5000
WIRED_COUNTS = (100, 1000, 3000)
KINDS = 3
ONCE = 1000
"""From this size on every program runs once: stock kustomize takes most of a minute."""

HEAD = f"{'':<22}{'program':<40}{'wall':>9}{'CPU':>9}{'peak':>9}"

COLD = Program("kfinstall, empty cache", [str(BIN / "kfinstall"), "build"], empty_cache)
WARM = Program("kfinstall", [str(BIN / "kfinstall"), "build"])


def report(rounds: int, tree: Path | None) -> Iterator[str]:
    """Measure and give the lines of the report, each as soon as it is known."""
    yield HEAD
    others = _others()
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_trivial(Path(scratch) / "trivial")
        yield from _compare("trivial", folder, (COLD, WARM), others, max(rounds, 15))
        yield from _growth(Path(scratch), others, rounds)
        yield from _wired(Path(scratch), rounds)
    if tree is None:
        yield "no real tree was named: --tree DIR, for example the folder example/ of a checkout of kubeflow/manifests"
    else:
        yield from _compare(tree.name, tree, (COLD, WARM), others, rounds)
        yield from _profile(tree)


def _others() -> tuple[Program, ...]:
    return (
        Program(f"kustomize {stock.VERSION}", [str(stock.kustomize()), "build"]),
        Program("kubectl kustomize", [str(BIN / "kubectl"), "kustomize"]),
    )


def _growth(scratch: Path, others: tuple[Program, ...], rounds: int) -> Iterator[str]:
    """Measure overlays of growing size; the largest with our program alone."""
    per_resource_s: dict[int, float] = {}
    for count in (*COUNTS, LARGE):
        folder = write_overlay(scratch / str(count), count)
        compared = others if count != LARGE else ()
        costs: dict[str, Cost] = {}
        yield from _compare(f"overlay, N = {count}", folder, (COLD,), compared, 1 if count >= ONCE else rounds, costs)
        per_resource_s[count] = costs[COLD.name].wall_s / (count * KINDS)
    yield from growth_lines(per_resource_s)
    yield from _profile(scratch / str(LARGE) / "overlay")


def _wired(scratch: Path, rounds: int) -> Iterator[str]:
    """Measure ours on overlays in which everything leads somewhere else: what looks at all for each shows here."""
    per_resource_s: dict[int, float] = {}
    for count in WIRED_COUNTS:
        folder = write_wired(scratch / f"wired-{count}", count)
        costs: dict[str, Cost] = {}
        yield from _compare(f"wired, N = {count}", folder, (COLD,), (), 1 if count >= ONCE else rounds, costs)
        per_resource_s[count] = costs[COLD.name].wall_s / (count * KINDS)
    yield from growth_lines(per_resource_s)


def growth_lines(per_resource_s: Mapping[int, float]) -> list[str]:
    """Give the time per resource at each size, and how much more it is at the largest than at the smallest."""
    times = ", ".join(f"{count}: {seconds * 1e6:.0f} us" for count, seconds in per_resource_s.items())
    first, last = min(per_resource_s), max(per_resource_s)
    return [
        f"time per resource, start of the program included: {times}",
        f"at N = {last} it is {per_resource_s[last] / per_resource_s[first]:.2f} of that at {first}",
    ]


def _compare(
    what: str,
    folder: Path,
    ours: tuple[Program, ...],
    others: tuple[Program, ...],
    rounds: int,
    costs: dict[str, Cost] | None = None,
) -> Iterator[str]:
    """Measure each program, ours first, then give the ratios; `costs` receives what was measured."""
    costs = {} if costs is None else costs
    for program in (*ours, *others):
        cost = costs[program.name] = measure(program, folder, rounds)
        yield f"{what:<22}{program.name:<40}{cost.wall_s:>8.3f}s{cost.cpu_s:>8.3f}s{cost.peak_mib:>6.0f}MiB"
        what = ""
    for mine in ours:
        for other in others:
            yield ratio_line(f"{mine.name} / {other.name}", costs[mine.name], costs[other.name])


def ratio_line(name: str, mine: Cost, its: Cost) -> str:
    """Give our cost in shares of another's: below 1, ours is less."""
    wall, cpu, peak = (one / other for one, other in zip(mine, its, strict=True))
    return f"{'':<22}{name:<40}{wall:>9.3f}{cpu:>9.3f}{peak:>9.3f}"


def _profile(folder: Path) -> list[str]:
    """Give where our time goes without a cache, as a program of its own prints it."""
    command = [sys.executable, "-m", phases.__name__, str(folder)]
    printed = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout
    return ["where the time of kfinstall goes, without the start of Python and without a cache:", *printed.splitlines()]
