"""`python -m benchmarks [NAME ...] [OPTIONS]`: measure, and print a table per benchmark."""

from __future__ import annotations

import argparse
import os
import platform
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import apply_engine, graphs, installs, localplane, overlay_engine, starts
from benchmarks.table import Row, lines

TREE_VARIABLE = "KFINSTALL_BENCH_TREE"


class Settings(NamedTuple):
    """What was asked for on the command line."""

    rounds: int
    tree: Path | None
    sizes: Sequence[int]


def _rows(measure: Callable[[int], Sequence[Row]]) -> Callable[[Settings], Iterable[str]]:
    return lambda settings: lines(measure(settings.rounds))


BENCHMARKS: Mapping[str, tuple[str, Callable[[Settings], Iterable[str]]]] = {
    "starts": ("start of a command", _rows(starts.measure)),
    "overlay_engine": ("rendering a kustomization", lambda given: overlay_engine.report(given.rounds, given.tree)),
    "localplane": ("start of a local control plane", _rows(localplane.measure)),
    "graphs": ("apply of random graphs, beside their longest path", lambda given: graphs.report(given.rounds)),
    "apply_engine": ("apply beside other installers", lambda given: apply_engine.report(given.rounds, given.sizes)),
    "installs": ("apply to healthy on a local control plane", _rows(installs.measure)),
}


def main() -> None:
    """Run the named benchmarks, all without a name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], default=[])
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is measured (default 3)")
    parser.add_argument(
        "--tree",
        type=Path,
        default=os.environ.get(TREE_VARIABLE) or None,
        help=f"a real kustomization to render as well (default: ${TREE_VARIABLE})",
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=apply_engine.SIZES,
        help="how many objects to install, multiples of 20 from 100 on (default: %(default)s)",
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or what was started would outlive it
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; medians of the rounds")
    for name in arguments.names or BENCHMARKS:
        title, report = BENCHMARKS[name]
        print("", title, sep="\n", flush=True)
        try:
            for line in report(Settings(arguments.rounds, arguments.tree, arguments.sizes)):
                print(line, flush=True)
        except installs.FailedRunError as error:
            raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
