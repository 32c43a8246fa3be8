"""`python -m benchmarks [NAME ...] [--rounds N]`: measure, and print a table per benchmark."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Mapping, Sequence

from benchmarks import installs, localplane, starts
from benchmarks.table import Row, lines

BENCHMARKS: Mapping[str, tuple[str, Callable[[int], Sequence[Row]]]] = {
    "starts": ("start of a command", starts.measure),
    "localplane": ("start of a local control plane", localplane.measure),
    "installs": ("apply to healthy on a local control plane", installs.measure),
}


def main() -> None:
    """Run the named benchmarks, all without a name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], default=[])
    parser.add_argument("--rounds", type=int, default=3, help="how often each thing is measured (default 3)")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; medians of the rounds")
    for name in arguments.names or BENCHMARKS:
        title, measure = BENCHMARKS[name]
        print("", *lines(title, measure(arguments.rounds)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
