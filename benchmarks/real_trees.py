"""`python -m benchmarks.real_trees DIR ...`: build every kustomization below, and compare with `kubectl kustomize`.

For checkouts of other projects. Prints a row a DIR, then each folder where the two do not agree; ends with 1 if there
is one. Nothing is fetched: both are given a proxy that refuses, and folders that need the network are counted apart. A
folder that is refused because it reads files outside is compared again with `--load-restrictor LoadRestrictionsNone`.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from kfinstall.build import build_resources
from kfinstall.errors import KfinstallError
from kfinstall.load import load_tree
from kfinstall.manifest import dump_resources

KUBECTL = Path(sys.executable).parent / "kubectl"
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
TIMEOUT_S = 120
NO_PROXY_THERE = "http://127.0.0.1:9"
OFFLINE = {
    "HTTP_PROXY": NO_PROXY_THERE,
    "HTTPS_PROXY": NO_PROXY_THERE,
    "ALL_PROXY": NO_PROXY_THERE,
    "https_proxy": NO_PROXY_THERE,
    "http_proxy": NO_PROXY_THERE,
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
}
"""What keeps both tools, and the Git that they run, from the network, and lets them fail at once."""

NEEDS_NETWORK = re.compile(r"127\.0\.0\.1:9|127\.0\.0\.1 port 9|/git fetch|ssh://|dial tcp|no such host")
OUTSIDE = "is not in or below"
ANYWHERE = "LoadRestrictionsNone"


class Verdict(StrEnum):
    """What came of one folder."""

    SAME = "identical"
    REFUSED = "both refuse"
    NETWORK = "network"
    DIFFER = "differ"
    ONLY_OURS = "ours refuses"
    ONLY_THEIRS = "judge refuses"
    CRASH = "crash"


AGREED = {Verdict.SAME, Verdict.REFUSED, Verdict.NETWORK}


class Outcome(NamedTuple):
    """What one tool made of a folder: the text it prints, or why there is none; CPU time, as a machine has others."""

    text: bytes | None
    problem: str
    cpu_s: float
    is_crash: bool = False


class Compared(NamedTuple):
    """A folder, and what both made of it."""

    folder: Path
    options: tuple[str, ...]
    ours: Outcome
    theirs: Outcome

    @property
    def verdict(self) -> Verdict:
        """Give how the two agree; what the network is needed for says nothing about either."""
        if self.ours.is_crash:
            return Verdict.CRASH
        if self.theirs.text is None and NEEDS_NETWORK.search(self.theirs.problem):
            return Verdict.NETWORK
        return BY_SUCCESS[self.ours.text is not None, self.theirs.text is not None](self)


BY_SUCCESS: Mapping[tuple[bool, bool], Callable[[Compared], Verdict]] = {
    (True, True): lambda two: Verdict.SAME if two.ours.text == two.theirs.text else Verdict.DIFFER,
    (True, False): lambda two: Verdict.ONLY_THEIRS,
    (False, True): lambda two: Verdict.ONLY_OURS,
    (False, False): lambda two: Verdict.REFUSED,
}
"""Did ours build it, did the judge -> the verdict."""


def build_here(folder: Path, options: Sequence[str] = ()) -> Outcome:
    """Give what `kfinstall build` prints, from this process; anything that is no clear error is a crash."""
    began = time.process_time()
    text, problem, is_crash = None, "", False
    try:
        restrictor = "none" if ANYWHERE in options else "rootOnly"
        text = dump_resources(build_resources(load_tree(folder, load_restrictor=restrictor))).encode()
    except Exception as raised:  # noqa: BLE001 telling errors from crashes is what this is for
        errors, bugs = ExceptionGroup("", [raised]).split(KfinstallError)
        is_crash = bugs is not None
        problem = traceback.format_exc() if is_crash else "\n".join(map(str, _leaves(errors)))
    return Outcome(text, problem, time.process_time() - began, is_crash)


def _leaves(problem: BaseException | None) -> Iterator[BaseException]:
    if isinstance(problem, BaseExceptionGroup):
        for inner in problem.exceptions:
            yield from _leaves(inner)
    elif problem is not None:
        yield problem


def judge(folder: Path, options: Sequence[str] = ()) -> Outcome:
    """Give what `kubectl kustomize` prints."""
    command = [str(KUBECTL), "kustomize", str(folder), *options]
    began = _children_s()
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_S)
        text = done.stdout if done.returncode == 0 else None
        problem = done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        text, problem = None, f"not done after {TIMEOUT_S} s"
    return Outcome(text, problem, _children_s() - began)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(folder: Path) -> Compared:
    """Build one folder with both; without restrictions where the judge asks for it."""
    theirs = judge(folder)
    options = ("--load-restrictor", ANYWHERE) if theirs.text is None and OUTSIDE in theirs.problem else ()
    first = Compared(folder, (), build_here(folder), theirs)
    if not options or first.verdict not in AGREED:
        return first
    return Compared(folder, options, build_here(folder, options), judge(folder, options))


def folders_below(root: Path) -> list[Path]:
    """Give each folder with a kustomization, in order."""
    return sorted({found.parent for name in NAMES for found in root.rglob(name) if found.is_file()})


HEAD = f"{'':<40}{'folders':>8}{''.join(f'{verdict:>15}' for verdict in Verdict)}{'ours':>9}{'judge':>9}"


def row(name: str, compared: Sequence[Compared]) -> str:
    """Give the line of one tree: how many folders of each verdict, and what the identical ones took."""
    counts = Counter(one.verdict for one in compared)
    same = [one for one in compared if one.verdict is Verdict.SAME]
    ours_s, theirs_s = sum(one.ours.cpu_s for one in same), sum(one.theirs.cpu_s for one in same)
    columns = "".join(f"{counts[verdict]:>15}" for verdict in Verdict)
    return f"{name[-39:]:<40}{len(compared):>8}{columns}{ours_s:>8.1f}s{theirs_s:>8.1f}s"


def disagreements(compared: Iterable[Compared]) -> Iterator[str]:
    """Give the folders where the two do not agree, with what each says."""
    for one in compared:
        if one.verdict not in AGREED:
            yield f"{one.verdict}: {one.folder} {' '.join(one.options)}".rstrip()
            for name, problem in (("ours", one.ours.problem), ("judge", one.theirs.problem)):
                yield from (f"  {name}: {line}" for line in problem.strip().splitlines())


def slower(compared: Iterable[Compared]) -> Iterator[str]:
    """Give the folders that took us longer in here than the judge took as a whole program, the worst first."""
    late = [one for one in compared if one.verdict is Verdict.SAME and one.ours.cpu_s > one.theirs.cpu_s]
    for one in sorted(late, key=lambda one: one.theirs.cpu_s - one.ours.cpu_s):
        yield f"slower: {one.folder} {one.ours.cpu_s:.2f} s, judge {one.theirs.cpu_s:.2f} s"


def main() -> int:
    """Compare all folders below the named ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_trees", description=__doc__)
    parser.add_argument("roots", nargs="+", type=Path, metavar="DIR")
    os.environ.update(OFFLINE)
    everything: list[Compared] = []
    print(HEAD, flush=True)
    for root in parser.parse_args().roots:
        compared = [compare(folder) for folder in folders_below(root)]
        everything += compared
        print(row(root.name, compared), flush=True)
    for line in (*disagreements(everything), *slower(everything)):
        print(line)
    return 1 if any(one.verdict not in AGREED for one in everything) else 0


if __name__ == "__main__":
    sys.exit(main())
